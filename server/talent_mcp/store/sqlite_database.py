"""One SQLite file, shared by processes: read in a thread, changed in this process's turns."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
import apsw

from talent_mcp.store.sqlite_file import explained, open_reader
from talent_mcp.store.sqlite_writer import Writer

T = TypeVar("T")

LOCK_SECONDS = 5.0


class SqliteDatabase:
    """Reads and changes the file, which is made and brought to the newest of these migrations at its first use.

    Every method raises StoreUnavailable when the file cannot be used. `writing` is held for each change, `writer`
    is for who holds it.
    """

    def __init__(
        self,
        path: Path,
        migrations: str,
        *,
        lock_seconds: float = LOCK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.writer = Writer(path, migrations, clock)
        self._clock = clock
        self.writing = anyio.Lock(fast_acquire=True)
        self.lock_seconds = lock_seconds
        self._path = path
        self._reading = anyio.Lock(fast_acquire=True)
        self._reader: apsw.Connection | None = None

    async def read(self, query: Callable[[apsw.Connection], T], /) -> T:
        """What a query gives that changes nothing."""
        async with self._reading:
            return await anyio.to_thread.run_sync(self._query, query)

    async def change(self, change: Callable[[apsw.Connection], T], /) -> T:
        """Make a change in a transaction of its own; durable on return."""
        until = self.until()
        async with self.writing:
            return await anyio.to_thread.run_sync(lambda: self.writer.commit(change, until=until))

    async def forget(self) -> None:
        """Leave no copy in the files of what was deleted before."""
        until = self.until()
        async with self.writing:
            await anyio.to_thread.run_sync(lambda: self.writer.fold(until=until))

    async def close(self) -> None:
        """Close the file; the next use opens it again."""
        with anyio.CancelScope(shield=True):
            async with self.writing, self._reading:
                await anyio.to_thread.run_sync(self._close)

    def until(self) -> float:
        """How long who begins to wait now may wait for a turn."""
        return self._clock() + self.lock_seconds

    def _query(self, query: Callable[[apsw.Connection], T]) -> T:
        with explained():
            if self._reader is None:
                self.writer.make_sure_of_the_file(until=self.until())
                self._reader = open_reader(self._path)
            self.writer.require_the_same_file()
            return query(self._reader)

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self.writer.close(until=self.until())
