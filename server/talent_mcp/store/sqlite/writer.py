"""The connection of the embedded store that writes: in this process's turns, one thread at a time."""

import logging
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import apsw

from talent_mcp.errors import StoreUnavailable
from talent_mcp.private_files import make_private_folder
from talent_mcp.store.sqlite.file import (
    FAILURES,
    Durability,
    Lost,
    connect,
    explained,
    identity,
    open_writer,
    sync_wal,
    transaction,
    write_anew,
)
from talent_mcp.store.sqlite.pace import Pace
from talent_mcp.store.turns import Turns

logger = logging.getLogger(__name__)

T = TypeVar("T")

MEND_SECONDS = 5.0
"""How long after one attempt to mend the file the next one is made."""
DISTRUSTED = "the disk failed; what was recorded is checked before anything more is written"


class Writer:
    """Changes the file, durably.

    The advisory lock in front of every write and checkpoint is what makes processes take turns: SQLite's own busy
    handler starves them. After an input/output error nothing is written until the file was mended: a second fsync
    may lie about what the first one lost. `check` looks whether the file, opened anew, still holds what was
    acknowledged, and raises Lost if not; `clock` (seconds, monotonic) says when to try, and how long turns are waited
    for.
    """

    def __init__(
        self,
        path: Path,
        migrations: str,
        *,
        check: Callable[[apsw.Connection], None],
        clock: Callable[[], float],
        durability: Durability,
    ) -> None:
        self._path = path
        self._migrations = migrations
        self._check = check
        self._clock = clock
        self._durability = durability
        self._turns = Turns(path.with_suffix(".lock"))
        self._db: apsw.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._refusal: str | None = None
        self._next_mending = -math.inf
        self._wal_pages = 0
        self._pace = Pace()

    def is_quick(self) -> bool:
        """Whether commits take so little time here that the next one need not be made in a thread."""
        return self._db is not None and self._pace.is_quick and not self._is_long()

    def commit(self, change: Callable[[apsw.Connection], T], *, until: float, fold: bool = True) -> T:
        """Make a change in a transaction of its own; `until` (on the clock given) is how long to wait for a turn.
        With `fold` a write-ahead log that has become long is folded back into the file, which takes its time.

        Raises:
            Locked: no turn came.
            StoreUnavailable: nothing was changed; after an input/output error it may turn out that it was.
        """
        with explained(), self._exclusive(until) as db:
            began = time.monotonic()
            with transaction(db):
                result = change(db)
            self._pace.took(time.monotonic() - began)
            if fold:
                self._checkpoint(db)
        return result

    def require_the_same_file(self) -> None:
        """Raises StoreUnavailable: the file was moved or deleted since it was opened."""
        if identity(self._path) != self._file:
            raise StoreUnavailable("its file was moved or deleted; put it back, or start the server again")

    def make_sure_of_the_file(self, *, until: float) -> None:
        """Make the file, if it is not there, and bring it to the newest version, unless that was done before."""
        if self._file is None:
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
            sync_wal(self._path)

    def may_be_mended(self) -> bool:
        """Whether an input/output error stands in the way, and it is time to try again."""
        return self._refusal is not None and self._clock() >= self._next_mending

    def mend(self, *, until: float) -> None:
        """Open the file anew, and write to it again if it holds what was acknowledged; if not, never again."""
        self._next_mending = self._clock() + MEND_SECONDS
        try:
            with explained(), self._turns.turn(until - self._clock()):
                self._reopen()
        except StoreUnavailable as failure:
            self._refusal = str(failure)
            self._abandon()
            if isinstance(failure, Lost):
                self._next_mending = math.inf
            logger.error("%s cannot be used after an input/output error: %s", self._path.name, failure)
        else:
            self._refusal = None
            logger.warning("%s was opened anew after an input/output error; nothing is missing", self._path.name)

    def close(self, *, until: float) -> None:
        if self._refusal is not None:
            self._abandon()
        elif self._db is not None:
            self._close(self._db, until)
        self._db = self._file = None
        self._turns.close()

    @contextmanager
    def _exclusive(self, until: float) -> Generator[apsw.Connection]:
        if self._refusal is not None:
            raise StoreUnavailable(self._refusal)
        if self._db is None:
            make_private_folder(self._path.parent)
        with self._turns.turn(until - self._clock()):
            try:
                db = self._db or self._open()
                self.require_the_same_file()
                yield db
            except apsw.IOError:
                self._refusal = DISTRUSTED
                raise

    def _open(self) -> apsw.Connection:
        db = self._adopted(open_writer(self._path, self._migrations, self._durability.pragmas))
        self._file = identity(self._path)
        return db

    def _reopen(self) -> None:
        self._abandon()
        if self._file is None:
            self._open()
            return
        self.require_the_same_file()
        write_anew(self._path)
        self._check(self._adopted(connect(self._path, self._durability.pragmas)))

    def _adopted(self, db: apsw.Connection) -> apsw.Connection:
        db.set_wal_hook(self._remember_wal_size)
        self._db = db
        return db

    def _remember_wal_size(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _is_long(self) -> bool:
        return self._wal_pages >= self._durability.checkpoint_pages

    def _checkpoint(self, db: apsw.Connection) -> None:
        """What was committed is durable whatever becomes of this; after a failure the next commit tries again."""
        if not self._is_long():
            return
        try:
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.IOError:
            self._refusal = DISTRUSTED
        except apsw.Error as error:
            logger.warning("%s could not take in its write-ahead log: %s", self._path.name, type(error).__name__)

    def _close(self, db: apsw.Connection, until: float) -> None:
        try:
            with self._turns.turn(until - self._clock()):
                db.close()
                self._db = None
        except FAILURES:
            # All is durable; only folding the write-ahead log back is left to the next process.
            self._abandon()

    def _abandon(self) -> None:
        """Close the connection, and leave file and write-ahead log as they are."""
        if self._db is not None:
            self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._db.close(force=True)
        self._db = None
