"""The shared store: one PostgreSQL database for servers on any number of machines, written in groups."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import anyio

from talent_mcp.audit.entries import Entry, StoredEntry, moment
from talent_mcp.errors import StoreUnavailable
from talent_mcp.spending.limits import Limits
from talent_mcp.store.batches import Ticket, give_heads, has_failed, kept
from talent_mcp.store.growth import Growth
from talent_mcp.store.indexed import claimant, newest
from talent_mcp.store.leases import Leases
from talent_mcp.store.postgres.acknowledged import PostgresAcknowledged
from talent_mcp.store.postgres.database import SECONDS, PostgresDatabase
from talent_mcp.store.postgres.failures import InDoubt
from talent_mcp.store.postgres.log import (
    SELECT_RECORDS,
    end_leases,
    entries_where,
    read_tree,
    write_abandoned,
    write_batch,
)
from talent_mcp.store.postgres.rows import column_of, rows_of
from talent_mcp.store.postgres.spending import spending_between
from talent_mcp.store.postgres.tasks import PostgresTasks
from talent_mcp.store.protocol import Head, OpenCall, Record, Spending

PAGE = 1_000


class PostgresStore:
    """A Store in one database; whoever finds the writer free writes for all that wait, in one transaction.

    An append takes `seconds` at most. Where the connection was lost while a transaction was committed, the entries
    are looked for over a new one before anybody is told what became of them.
    """

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._database = PostgresDatabase(url, "audit", seconds=seconds)
        self._acknowledged = PostgresAcknowledged(self._database)
        self._writing = anyio.Lock(fast_acquire=True)
        self._queue: list[Ticket] = []
        self._failed = False
        self._leases = Leases()
        self.tasks = PostgresTasks(self._database)

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        ticket = Ticket(entry, anyio.current_time(), awaited=True, limits=limits)
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
        self._queue.append(Ticket(entry, anyio.current_time(), awaited=False, again=self._failed))

    async def head(self, tenant: str) -> Head:
        tree = await self._database.read(lambda db: read_tree(db, tenant))
        return Head(tree.size, tree.root)

    async def tenants(self) -> list[str]:
        return await self._column("SELECT tenant FROM talent_audit.heads WHERE size > 0 ORDER BY tenant")

    async def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        end = (await self.head(tenant)).size if stop is None else stop
        for page in range(start, end, PAGE):
            where = "WHERE e.tenant = $1 AND e.idx >= $2 AND e.idx < $3 ORDER BY e.idx"
            for entry in await self._entries(where, tenant, page, min(page + PAGE, end)):
                yield entry

    async def records(self, tenant: str, start: int, stop: int) -> list[Record]:
        return await self._database.read(lambda db: rows_of(db, SELECT_RECORDS, tenant, start, stop))

    async def leaves(self, tenant: str, start: int, stop: int) -> list[bytes]:
        sql = "SELECT leaf FROM talent_audit.entries WHERE tenant = $1 AND idx >= $2 AND idx < $3 ORDER BY idx"
        return await self._column(sql, tenant, start, stop)

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        return await self._entries("WHERE e.tenant = $1 AND e.call_id = $2 ORDER BY e.idx", tenant, call_id)

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        sql = """SELECT call_id FROM talent_audit.entries WHERE tenant = $1 AND type IN ('intent', 'denied')
                 ORDER BY idx DESC LIMIT $2"""
        return await self._column(sql, tenant, limit)

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        sql = "SELECT call_id FROM talent_audit.open_calls WHERE tenant = $1 ORDER BY call_id"
        return await self._column(sql, tenant)

    async def calls_with_request(
        self, tenant: str, principal: str, request: str, *, start: int, stop: int
    ) -> list[str]:
        sql = """SELECT call_id FROM talent_audit.entries
                 WHERE tenant = $1 AND idx >= $2 AND idx < $3 AND type = 'intent'
                 AND talent_audit.said(envelope, 'request') = $4 AND talent_audit.said(envelope, 'principal') = $5
                 ORDER BY idx"""
        return await self._column(sql, tenant, start, stop, request, principal)

    async def claimant(self, tenant: str, claim: str) -> StoredEntry | None:
        where = """JOIN talent_audit.claims c ON c.tenant = e.tenant AND c.idx = e.idx
                   WHERE c.tenant = $1 AND c.claim = $2"""
        return claimant(await self._entries(where, tenant, claim), claim)

    async def newest_answer(self, tenant: str, names: Sequence[str]) -> StoredEntry | None:
        where = """WHERE e.tenant = $1 AND e.idx = (SELECT max(a.idx) FROM talent_audit.answers a
                   WHERE a.tenant = $1 AND a.name = ANY($2::text[]))"""
        return newest(await self._entries(where, tenant, [*names]), names)

    async def plans_since(self, tenant: str, time: str) -> list[str]:
        sql = """SELECT call_id FROM talent_audit.entries WHERE type = 'plan' AND tenant = $1 AND time >= $2
                 ORDER BY time, idx"""
        return await self._column(sql, tenant, time)

    async def spending(self, tenant: str, *, first: str, last: str) -> list[Spending]:
        return await self._database.read(lambda db: spending_between(db, tenant, first, last))

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        # An attempt that never left used up nothing at the vendor.
        sql = """SELECT time FROM talent_audit.entries
                 WHERE type = 'attempt' AND tenant = $1 AND vendor = $2 AND time >= $3
                 AND coalesce(talent_audit.said(envelope, 'error'), '') NOT IN
                 ('ConnectError', 'ConnectTimeout', 'PoolTimeout', 'UnsupportedProtocol') ORDER BY time"""
        times: list[str] = await self._column(sql, tenant, vendor, moment(since))
        return [datetime.fromisoformat(time).timestamp() for time in times]

    async def resolve_abandoned(self, write: Callable[[OpenCall], Entry], *, now: float) -> list[OpenCall]:
        abandoned, grown = await self._database.change(lambda db: write_abandoned(db, now, write, self._acknowledged))
        self._acknowledged.take(grown)
        return abandoned

    async def remove_bodies(self, tenant: str, indices: Sequence[int]) -> int:
        sql = "DELETE FROM talent_audit.payloads WHERE tenant = $1 AND idx = ANY($2::bigint[]) RETURNING 1"
        return len(await self._database.change(lambda db: rows_of(db, sql, tenant, [*indices])))

    async def bodies_before(self, tenant: str, time: str, *, limit: int) -> list[int]:
        sql = """SELECT p.idx FROM talent_audit.payloads p
                 JOIN talent_audit.entries e ON e.tenant = p.tenant AND e.idx = p.idx
                 WHERE p.tenant = $1 AND e.time < $2 ORDER BY p.idx LIMIT $3"""
        return await self._column(sql, tenant, time, limit)

    async def require_usable(self) -> None:
        """Raises WrongDatabase: the database is not one to write to, and stays so until somebody changes it."""
        await self._database.require_usable()

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._writing:
                if self._queue:
                    await self._write_queue()
            if processes := self._leases.processes():
                with suppress(StoreUnavailable):
                    await self._database.change(lambda db: end_leases(db, processes))
            await self._database.close()

    async def _write_queue(self) -> None:
        batch, self._queue = self._queue, []
        try:
            grown = await self._written(batch)
        except StoreUnavailable as failure:
            for ticket in batch:
                ticket.failure = failure
        else:
            give_heads(batch, {tenant: Head(after.size, after.root) for tenant, (_, after) in grown.items()})
        self._queue[:0] = kept(batch)
        self._failed = has_failed(batch)

    async def _written(self, batch: Sequence[Ticket]) -> dict[str, Growth]:
        """How the logs grew, once these entries are durable.

        Raises:
            StoreUnavailable: they are not, as far as is known: of those that were in doubt to the end it is not.
        """
        since = min((ticket.since for ticket in batch if ticket.awaited), default=anyio.current_time())
        until = since + self._database.seconds
        leases = self._leases.due(ticket.entry for ticket in batch)
        while True:
            try:
                grown = await self._database.transact(
                    lambda db: write_batch(db, batch, leases, self._acknowledged), until=until
                )
            except InDoubt:
                for ticket in batch:
                    ticket.again = True
                if not await self._database.pause(until):
                    raise
            else:
                self._leases.taken(leases)
                self._acknowledged.take(grown)
                return grown

    async def _entries(self, where: str, *values: str | int | list[str]) -> list[StoredEntry]:
        return await self._database.read(lambda db: entries_where(db, where, *values))

    async def _column(self, sql: str, *values: str | float) -> list[Any]:
        return await self._database.read(lambda db: column_of(db, sql, *values))
