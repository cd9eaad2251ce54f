"""One SQLite file, shared by processes: read in a thread, changed in this process's turns."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
import apsw

from talent_mcp.store.sqlite.file import Durability, Lost, explained, open_reader
from talent_mcp.store.sqlite.pace import Pace
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.writer import Writer

T = TypeVar("T")

LOCK_SECONDS = 5.0
DURABLE = Durability()


class SqliteDatabase:
    """Reads and changes the file, which is made and brought to the newest of these migrations at its first use.

    Every method raises StoreUnavailable when the file cannot be used. `writing` is held for each change, `writer`
    is for who holds it. `check` looks whether a file that was opened anew after an input/output error still holds
    what was acknowledged, and raises Lost if not; `clock` (seconds, monotonic) says when that is tried. Another
    `durability` than the default, and another `pace` of looks, are for tests.
    """

    def __init__(
        self,
        path: Path,
        migrations: str,
        *,
        check: Callable[[apsw.Connection], None],
        lock_seconds: float = LOCK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        durability: Durability = DURABLE,
        pace: Pace | None = None,
    ) -> None:
        self.writer = Writer(path, migrations, check=self._check, clock=clock, durability=durability)
        self._clock = clock
        self.writing = anyio.Lock(fast_acquire=True)
        self.lock_seconds = lock_seconds
        self._path = path
        self._check_content = check
        self._revision = 0
        self._reading = anyio.Lock(fast_acquire=True)
        self._reader: apsw.Connection | None = None
        self._pace = pace or Pace()

    async def read(self, query: Callable[[apsw.Connection], T], /) -> T:
        """What a query gives that changes nothing."""
        if self.writer.may_be_mended():
            async with self.writing:
                await self.mend()
        async with self._reading:
            return await anyio.to_thread.run_sync(self._query, query)

    async def look(self, query: Callable[[apsw.Connection], T], /) -> T:
        """The same for a query of a few rows: it is made at once where that is quick."""
        if self.writer.may_be_mended():
            return await self.read(query)
        async with self._reading:
            timed = partial(self._timed, query)
            if self._reader is not None and self._pace.is_quick:
                return self._query(timed)
            return await anyio.to_thread.run_sync(self._query, timed)

    async def change(self, change: Callable[[apsw.Connection], T], /) -> T:
        """Make a change in a transaction of its own; durable on return."""
        return await self._write(lambda until: self._changed(change, until))

    async def forget(self) -> None:
        """Leave no copy in the files of what was deleted before."""
        await self._write(lambda until: self.writer.fold(until=until))

    async def mend(self) -> None:
        """After an input/output error, and when it is time to: open the file anew and check it."""
        if self.writer.may_be_mended():
            with anyio.CancelScope(shield=True):
                async with self._reading:
                    await anyio.to_thread.run_sync(self._mend)

    async def close(self) -> None:
        """Close the file; the next use opens it again."""
        with anyio.CancelScope(shield=True):
            async with self.writing, self._reading:
                await anyio.to_thread.run_sync(self._close)

    def until(self) -> float:
        """How long who begins to wait now may wait for a turn."""
        return self._clock() + self.lock_seconds

    async def _write(self, work: Callable[[float], T]) -> T:
        until = self.until()
        async with self.writing:
            await self.mend()
            return await anyio.to_thread.run_sync(work, until)

    def _query(self, query: Callable[[apsw.Connection], T]) -> T:
        with explained():
            if self._reader is None:
                self.writer.make_sure_of_the_file(until=self.until())
                self._reader = open_reader(self._path)
            self.writer.require_the_same_file()
            return query(self._reader)

    def _timed(self, query: Callable[[apsw.Connection], T], db: apsw.Connection) -> T:
        began = time.monotonic()
        try:
            return query(db)
        finally:
            self._pace.took(time.monotonic() - began)

    def _changed(self, change: Callable[[apsw.Connection], T], until: float) -> T:
        result, self._revision = self.writer.commit(lambda db: self._counted(db, change), until=until)
        return result

    def _counted(self, db: apsw.Connection, change: Callable[[apsw.Connection], T]) -> tuple[T, int]:
        """What a change gives, and the file's revision after it: the same if there was nothing to change."""
        before = db.total_changes()
        result = change(db)
        if db.total_changes() == before:
            return result, self._revision
        number: int = rows_of(db, "UPDATE revision SET number = number + 1 RETURNING number")[0][0]
        if number <= self._revision:
            raise Lost
        return result, number

    def _check(self, db: apsw.Connection) -> None:
        try:
            if rows_of(db, "SELECT max(number) FROM revision")[0][0] < self._revision:
                raise Lost
            self._check_content(db)
        except (apsw.SQLError, TypeError):
            # A table is missing, or what it counts.
            raise Lost from None

    def _mend(self) -> None:
        self._close_reader()
        self.writer.mend(until=self.until())

    def _close(self) -> None:
        self._close_reader()
        self.writer.close(until=self.until())

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None
