"""The embedded store: one SQLite file, shared by processes, written in groups, durable at each commit."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import apsw

from talent_mcp.audit.entries import Entry, StoredEntry, moment
from talent_mcp.errors import OverBudget, StoreUnavailable
from talent_mcp.spending.limits import Limits
from talent_mcp.store.batches import Ticket, give_heads, has_failed, kept, unclaimed
from talent_mcp.store.indexed import claimant, newest
from talent_mcp.store.leases import Leases
from talent_mcp.store.protocol import Head, OpenCall, Record, Spending
from talent_mcp.store.sqlite.acknowledged import Acknowledged
from talent_mcp.store.sqlite.database import DURABLE, LOCK_SECONDS, SqliteDatabase
from talent_mcp.store.sqlite.file import Durability, Locked
from talent_mcp.store.sqlite.log import (
    SELECT_RECORDS,
    claimed_already,
    end_leases,
    entries_of_call,
    entries_where,
    is_recorded,
    read_tree,
    write_abandoned,
    write_batch,
)
from talent_mcp.store.sqlite.own_keys import require_own_keys
from talent_mcp.store.sqlite.pace import FEW
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.spending import require_budget, spending_between, track_spending
from talent_mcp.store.sqlite.tasks import SqliteTasks

PAGE = 1_000


class SqliteStore:
    """A Store in one file.

    Whoever finds the writer free writes for all that wait (group commit), in a thread. Where one call alone is
    under way and the disk is quick, it writes at once: nobody waits for the event loop then, and the way to a
    thread and back would take longer than the write. After an input/output error the file is opened anew and checked
    before it is written to again; `clock` (seconds, monotonic) says when that is tried.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock_seconds: float = LOCK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        durability: Durability = DURABLE,
    ) -> None:
        self._clock = clock
        self._acknowledged = Acknowledged()
        self._database = SqliteDatabase(
            path,
            "audit",
            check=self._acknowledged.check,
            lock_seconds=lock_seconds,
            clock=clock,
            durability=durability,
        )
        self._queue: list[Ticket] = []
        self._under_way: set[str] = set()
        self._failed = False
        self._leases = Leases()
        self.tasks = SqliteTasks(self._database)

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        ticket = Ticket(entry, self._clock(), awaited=True, limits=limits)
        self._queue.append(ticket)
        if entry.type == "intent":
            self._under_way.add(entry.call_id)
        # A write that has begun is always seen to its end, so that its caller knows whether it happened.
        with anyio.CancelScope(shield=True):
            async with self._database.writing:
                if ticket.head is None and ticket.failure is None:
                    await self._write_queue()
        if entry.type == "outcome" or ticket.head is None:
            self._under_way.discard(entry.call_id)
        if ticket.head is None:
            raise ticket.failure or StoreUnavailable("the audit log lost track of an entry")
        return ticket.head

    def enqueue(self, entry: Entry) -> None:
        self._queue.append(Ticket(entry, self._clock(), awaited=False, again=self._failed))

    async def head(self, tenant: str) -> Head:
        tree = await self._database.look(lambda db: read_tree(db, tenant))
        return Head(tree.size, tree.root)

    async def tenants(self) -> list[str]:
        return await self._column("SELECT tenant FROM heads ORDER BY tenant")

    async def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        end = (await self.head(tenant)).size if stop is None else stop
        for page in range(start, end, PAGE):
            stop = min(page + PAGE, end)
            where = "WHERE e.tenant = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx"
            for entry in await self._entries(where, tenant, page, stop, few=stop - page <= FEW):
                yield entry

    async def records(self, tenant: str, start: int, stop: int) -> list[Record]:
        return await self._database.read(lambda db: rows_of(db, SELECT_RECORDS, tenant, start, stop))

    async def leaves(self, tenant: str, start: int, stop: int) -> list[bytes]:
        sql = "SELECT leaf FROM entries WHERE tenant = ? AND idx >= ? AND idx < ? ORDER BY idx"
        return await self._column(sql, tenant, start, stop)

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        return await self._database.look(lambda db: entries_of_call(db, tenant, call_id))

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        sql = """SELECT call_id FROM entries WHERE tenant = ? AND type IN ('intent', 'denied')
                 ORDER BY idx DESC LIMIT ?"""
        return await self._column(sql, tenant, limit)

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        return await self._column("SELECT call_id FROM open_calls WHERE tenant = ? ORDER BY call_id", tenant)

    async def calls_with_request(
        self, tenant: str, principal: str, request: str, *, start: int, stop: int
    ) -> list[str]:
        sql = """SELECT call_id FROM entries WHERE tenant = ? AND idx >= ? AND idx < ? AND type = 'intent'
                 AND json_extract(envelope, '$.request') = ? AND json_extract(envelope, '$.principal') = ?
                 ORDER BY idx"""
        return await self._column(sql, tenant, start, stop, request, principal)

    async def claimant(self, tenant: str, claim: str) -> StoredEntry | None:
        where = "JOIN claims c ON c.tenant = e.tenant AND c.idx = e.idx WHERE c.tenant = ? AND c.claim = ?"
        return claimant(await self._entries(where, tenant, claim, few=True), claim)

    async def newest_answer(self, tenant: str, names: Sequence[str]) -> StoredEntry | None:
        where = """JOIN answers a ON a.tenant = e.tenant AND a.idx = e.idx
                   WHERE a.tenant = ? AND a.name = ? ORDER BY a.idx DESC LIMIT 1"""
        found = [entry for name in names for entry in await self._entries(where, tenant, name, few=True)]
        return newest(found, names)

    async def plans_since(self, tenant: str, time: str) -> list[str]:
        sql = "SELECT call_id FROM entries WHERE type = 'plan' AND tenant = ? AND time >= ? ORDER BY time, idx"
        return await self._column(sql, tenant, time)

    async def spending(self, tenant: str, *, first: str, last: str) -> list[Spending]:
        return await self._database.look(lambda db: spending_between(db, tenant, first, last))

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        # An attempt that never left used up nothing at the vendor.
        sql = """SELECT time FROM entries WHERE type = 'attempt' AND tenant = ? AND vendor = ? AND time >= ?
                 AND coalesce(json_extract(envelope, '$.error'), '') NOT IN
                 ('ConnectError', 'ConnectTimeout', 'PoolTimeout', 'UnsupportedProtocol') ORDER BY time"""
        times: list[str] = await self._column(sql, tenant, vendor, moment(since))
        return [datetime.fromisoformat(time).timestamp() for time in times]

    async def resolve_abandoned(self, write: Callable[[OpenCall], Entry], *, now: float) -> list[OpenCall]:
        end = self._acknowledged.end
        abandoned, grown = await self._database.change(lambda db: write_abandoned(db, now, write, end))
        self._acknowledged.take(grown)
        return abandoned

    async def remove_bodies(self, tenant: str, indices: Sequence[int]) -> int:
        sql = "DELETE FROM payloads WHERE tenant = ? AND idx = ? RETURNING 1"
        removed = await self._database.change(
            lambda db: sum(bool(rows_of(db, sql, tenant, index)) for index in indices)
        )
        await self._database.forget()
        return removed

    async def bodies_before(self, tenant: str, time: str, *, limit: int) -> list[int]:
        sql = """SELECT p.idx FROM payloads p JOIN entries e ON e.tenant = p.tenant AND e.idx = p.idx
                 WHERE p.tenant = ? AND e.time < ? ORDER BY p.idx LIMIT ?"""
        return await self._column(sql, tenant, time, limit)

    async def require_keys(self, identity: bytes) -> None:
        """Raises StoreUnavailable: this log was sealed with keys of another identity, or it cannot be used."""
        await require_own_keys(self._database, identity)

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._database.writing:
                if self._queue:
                    await self._write_queue()
            if processes := self._leases.processes():
                with suppress(StoreUnavailable):
                    await self._database.change(lambda db: end_leases(db, processes))
            await self._database.close()

    async def _write_queue(self) -> None:
        await self._database.mend()
        batch, self._queue = self._queue, []
        if not (self._is_alone() and self._write(batch, wait=False)):
            await anyio.to_thread.run_sync(self._write, batch)
        self._queue[:0] = kept(batch)
        self._failed = has_failed(batch)

    def _is_alone(self) -> bool:
        return len(self._under_way) <= 1 and self._database.writer.is_quick()

    def _write(self, batch: list[Ticket], wait: bool = True) -> bool:
        """Whether an attempt was made; without waiting none is, while another process has its turn."""
        entries = [ticket.entry for ticket in batch]
        since = min((ticket.since for ticket in batch if ticket.awaited), default=self._clock())
        until = since + self._database.lock_seconds if wait else 0.0
        leases, end = self._leases.due(entries), self._acknowledged.end
        try:
            grown = self._database.writer.commit(
                lambda db: write_batch(db, to_write(db, batch), leases, end), until=until, fold=wait
            )
        except StoreUnavailable as failure:
            if isinstance(failure, Locked) and not wait:
                return False
            for ticket in batch:
                ticket.failure = failure
            return True
        self._leases.taken(leases)
        self._acknowledged.take(grown)
        give_heads(batch, {tenant: Head(after.size, after.root) for tenant, (_, after) in grown.items()})
        return True

    async def _entries(self, where: str, *values: str | int, few: bool = False) -> list[StoredEntry]:
        read = self._database.look if few else self._database.read
        return await read(lambda db: entries_where(db, where, *values))

    async def _column(self, sql: str, *values: str | int) -> list[Any]:
        return await self._database.read(lambda db: [row[0] for row in rows_of(db, sql, *values)])


def to_write(db: apsw.Connection, batch: Iterable[Ticket]) -> list[Ticket]:
    """All but what a write that failed before has written after all, what claims what another entry has, and what is
    over its budget. Each is judged after all before it: what those reserve counts, and what they settle."""
    new: list[Ticket] = []
    for ticket in batch:
        ticket.failure = None
        if not (ticket.again and is_recorded(db, ticket.entry)):
            new.append(ticket)
    claimed = {claim for one in new for claim in claimed_already(db, one.entry)}
    return [ticket for ticket in unclaimed(new, claimed) if is_within_budget(db, ticket)]


def is_within_budget(db: apsw.Connection, ticket: Ticket) -> bool:
    """Whether the entry may be appended; if so, what it reserves or settles is."""
    try:
        if ticket.limits is not None:
            require_budget(db, ticket.entry, ticket.limits)
    except OverBudget as refusal:
        ticket.failure = refusal
        return False
    track_spending(db, ticket.entry)
    return True
