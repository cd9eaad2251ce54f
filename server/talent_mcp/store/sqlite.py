"""The embedded store: one SQLite file, shared by processes, written in groups, durable at each commit."""

import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
import apsw

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.private_files import make_private_folder
from talent_mcp.store.protocol import Head
from talent_mcp.store.rows import rows_of
from talent_mcp.store.sqlite_file import FAILURES, explained, identity, open_reader, open_writer, transaction
from talent_mcp.store.sqlite_log import SELECT_ENTRIES, read_tree, stored_entry, write_batch
from talent_mcp.store.sqlite_tasks import SqliteTasks
from talent_mcp.store.turns import Turns

T = TypeVar("T")

LOCK_SECONDS = 5.0
PAGE = 1_000
CHECKPOINT_PAGES = 1_000
MOST_KEPT = 10_000
"""Entries without a waiter that are kept for the next write while the log cannot be written."""


class Ticket:
    """An entry on its way to the disk: `head` is the log's state once the entry is durable."""

    def __init__(self, entry: Entry, since: float, *, awaited: bool) -> None:
        self.entry = entry
        self.since = since
        self.awaited = awaited
        self.head: Head | None = None
        self.failure: StoreUnavailable | None = None


class SqliteStore:
    """A Store in one file.

    Whoever finds the writer free writes for all that wait (group commit). The advisory lock in front of every
    write and checkpoint is what makes processes take turns: SQLite's own busy handler starves them. After an
    input/output error nothing is written until the process starts anew, as a second fsync may lie about what
    the first one lost.
    """

    def __init__(
        self, path: Path, *, lock_seconds: float = LOCK_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._lock_seconds = lock_seconds
        self._clock = clock
        self._turns = Turns(path.with_suffix(".lock"))
        self._queue: list[Ticket] = []
        self._writing = anyio.Lock()
        self._reading = anyio.Lock()
        self._writer: apsw.Connection | None = None
        self._reader: apsw.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._poisoned = False
        self._wal_pages = 0
        self.tasks = SqliteTasks(self._read, self._change)

    async def append(self, entry: Entry) -> Head:
        ticket = Ticket(entry, self._clock(), awaited=True)
        self._queue.append(ticket)
        # A write that has begun is always seen to its end, so that its caller knows whether it happened.
        with anyio.CancelScope(shield=True):
            async with self._writing:
                if ticket.head is None and ticket.failure is None:
                    await self._write_queue()
        if ticket.head is None:
            raise ticket.failure or StoreUnavailable("the audit log lost track of an entry")
        return ticket.head

    def enqueue(self, entry: Entry) -> None:
        self._queue.append(Ticket(entry, self._clock(), awaited=False))

    async def head(self, tenant: str) -> Head:
        tree = await self._read(lambda db: read_tree(db, tenant))
        return Head(tree.size, tree.root)

    async def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        end = (await self.head(tenant)).size if stop is None else stop
        for page in range(start, end, PAGE):
            rows = await self._rows(
                "WHERE e.tenant = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx",
                (tenant, page, min(page + PAGE, end)),
            )
            for row in rows:
                yield row

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        return await self._rows("WHERE e.tenant = ? AND e.call_id = ? ORDER BY e.idx", (tenant, call_id))

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        sql = """SELECT call_id FROM entries WHERE tenant = ? AND type IN ('intent', 'denied')
                 ORDER BY idx DESC LIMIT ?"""
        return await self._read(lambda db: [row[0] for row in rows_of(db, sql, tenant, limit)])

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        sql = "SELECT call_id FROM open_calls WHERE tenant = ? ORDER BY call_id"
        return await self._read(lambda db: [row[0] for row in rows_of(db, sql, tenant)])

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        # An attempt that never left used up nothing at the vendor.
        sql = """SELECT at FROM entries WHERE type = 'attempt' AND tenant = ? AND vendor = ? AND at >= ?
                 AND coalesce(json_extract(CAST(envelope AS TEXT), '$.error'), '') NOT IN
                 ('ConnectError', 'ConnectTimeout', 'PoolTimeout', 'UnsupportedProtocol') ORDER BY at"""
        return await self._read(lambda db: [row[0] for row in rows_of(db, sql, tenant, vendor, since)])

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._writing, self._reading:
                if self._queue:
                    await self._write_queue()
                await anyio.to_thread.run_sync(self._close)

    async def _write_queue(self) -> None:
        batch, self._queue = self._queue, []
        await anyio.to_thread.run_sync(self._write, batch)
        # Nobody waits for these, but the log must not lose them: they go with the next write that succeeds.
        lost = [ticket for ticket in batch if ticket.failure and not ticket.awaited]
        self._queue[:0] = [Ticket(ticket.entry, ticket.since, awaited=False) for ticket in lost[-MOST_KEPT:]]

    def _write(self, batch: list[Ticket]) -> None:
        entries = [ticket.entry for ticket in batch]
        since = min((ticket.since for ticket in batch if ticket.awaited), default=self._clock())
        try:
            with explained():
                heads = self._commit(lambda db: write_batch(db, entries), since)
        except StoreUnavailable as failure:
            for ticket in batch:
                ticket.failure = failure
            return
        for ticket in batch:
            ticket.head = heads[ticket.entry.tenant]

    async def _change(self, change: Callable[[apsw.Connection], T]) -> T:
        async with self._writing:
            return await anyio.to_thread.run_sync(self._changed, change)

    def _changed(self, change: Callable[[apsw.Connection], T]) -> T:
        with explained():
            return self._commit(change, self._clock())

    def _commit(self, change: Callable[[apsw.Connection], T], since: float) -> T:
        if self._poisoned:
            raise StoreUnavailable("the disk failed earlier; check it, then start the server again")
        try:
            with self._exclusive(since) as db:
                with transaction(db):
                    result = change(db)
                self._checkpoint(db)
            return result
        except apsw.IOError:
            self._poisoned = True
            raise

    @contextmanager
    def _exclusive(self, since: float) -> Generator[apsw.Connection]:
        """The writer, in this process's turn; whoever has waited since `since` waits no longer than it may."""
        make_private_folder(self._path.parent)
        with self._turns.turn(max(0.0, since + self._lock_seconds - self._clock())):
            if self._writer is None:
                self._writer = open_writer(self._path)
                self._writer.set_wal_hook(self._remember_wal_size)
                self._file = identity(self._path)
            self._require_the_same_file()
            yield self._writer

    def _require_the_same_file(self) -> None:
        if identity(self._path) != self._file:
            raise StoreUnavailable("its file was moved or deleted; put it back, or start the server again")

    def _remember_wal_size(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self, db: apsw.Connection) -> None:
        if self._wal_pages >= CHECKPOINT_PAGES:
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    async def _rows(self, where: str, values: tuple[str | int, ...]) -> list[StoredEntry]:
        return await self._read(lambda db: [stored_entry(*row) for row in rows_of(db, SELECT_ENTRIES + where, *values)])

    async def _read(self, query: Callable[[apsw.Connection], T]) -> T:
        async with self._reading:
            return await anyio.to_thread.run_sync(self._query, query)

    def _query(self, query: Callable[[apsw.Connection], T]) -> T:
        with explained():
            if self._reader is None:
                with self._exclusive(self._clock()):
                    self._reader = open_reader(self._path)
            self._require_the_same_file()
            return query(self._reader)

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        if self._writer is not None:
            self._close_writer(self._writer)
        self._writer = self._reader = None
        self._turns.close()

    def _close_writer(self, writer: apsw.Connection) -> None:
        try:
            with self._turns.turn(self._lock_seconds):
                writer.close()
        except FAILURES:
            # All is durable; only folding the write-ahead log back is left to the next process.
            writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            writer.close(force=True)
