"""The connection of the embedded store that writes: in this process's turns, one thread at a time."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import apsw

from talent_mcp.errors import StoreUnavailable
from talent_mcp.private_files import make_private_folder
from talent_mcp.store.sqlite_file import FAILURES, explained, identity, open_writer, transaction
from talent_mcp.store.turns import Turns

T = TypeVar("T")

CHECKPOINT_PAGES = 4_000
QUICK_SECONDS = 0.003
"""A commit that takes no longer on this disk may be made without a thread of its own."""
REMEMBERED = 8
"""Of how many commits the duration is averaged."""


class Writer:
    """Changes the file, durably.

    The advisory lock in front of every write and checkpoint is what makes processes take turns: SQLite's own busy
    handler starves them. After an input/output error nothing is written until the process starts anew, as a second
    fsync may lie about what the first one lost.
    """

    def __init__(self, path: Path, migrations: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._migrations = migrations
        self._turns = Turns(path.with_suffix(".lock"))
        self._db: apsw.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._poisoned = False
        self._wal_pages = 0
        self._seconds = QUICK_SECONDS

    def is_quick(self) -> bool:
        """Whether commits take so little time here that one need not be made in a thread."""
        return self._db is not None and self._seconds < QUICK_SECONDS

    def commit(self, change: Callable[[apsw.Connection], T], *, until: float) -> T:
        """Make a change in a transaction of its own; `until` (on the clock given) is how long to wait for a turn.

        Raises:
            Locked: no turn came.
            StoreUnavailable: nothing was changed.
        """
        with explained():
            return self._committed(change, until)

    def require_the_same_file(self) -> None:
        """Raises StoreUnavailable: the file was moved or deleted since it was opened."""
        if identity(self._path) != self._file:
            raise StoreUnavailable("its file was moved or deleted; put it back, or start the server again")

    def make_sure_of_the_file(self, *, until: float) -> None:
        """Make the file, if it is not there, and bring it to the newest version."""
        with self._exclusive(until):
            pass

    def fold(self, *, until: float) -> None:
        """Fold the write-ahead log back into the file and empty it, so that nothing deleted is left in either.

        Raises:
            StoreUnavailable: a reader was in the way for all that time.
        """
        with explained(), self._exclusive(until) as db:
            db.set_busy_timeout(max(0, int((until - self._clock()) * 1000)))
            try:
                db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                db.set_busy_timeout(0)

    def close(self, *, until: float) -> None:
        if self._db is not None:
            self._close(self._db, until)
        self._db = None
        self._turns.close()

    def _committed(self, change: Callable[[apsw.Connection], T], until: float) -> T:
        if self._poisoned:
            raise StoreUnavailable("the disk failed earlier; check it, then start the server again")
        try:
            with self._exclusive(until) as db:
                began = time.monotonic()
                with transaction(db):
                    result = change(db)
                self._seconds += (time.monotonic() - began - self._seconds) / REMEMBERED
                self._checkpoint(db)
            return result
        except apsw.IOError:
            self._poisoned = True
            raise

    @contextmanager
    def _exclusive(self, until: float) -> Generator[apsw.Connection]:
        if self._db is None:
            make_private_folder(self._path.parent)
        with self._turns.turn(until - self._clock()):
            if self._db is None:
                self._db = open_writer(self._path, self._migrations)
                self._db.set_wal_hook(self._remember_wal_size)
                self._file = identity(self._path)
            self.require_the_same_file()
            yield self._db

    def _remember_wal_size(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self, db: apsw.Connection) -> None:
        if self._wal_pages >= CHECKPOINT_PAGES:
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _close(self, db: apsw.Connection, until: float) -> None:
        try:
            with self._turns.turn(until - self._clock()):
                db.close()
        except FAILURES:
            # All is durable; only folding the write-ahead log back is left to the next process.
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            db.close(force=True)
