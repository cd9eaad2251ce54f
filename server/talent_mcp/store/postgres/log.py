"""Entries in PostgreSQL: read as they are stored, written together with the head that counts them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.batches import Ticket, by_tenant, unclaimed
from talent_mcp.store.growth import Growth
from talent_mcp.store.leases import LEASE_SECONDS
from talent_mcp.store.postgres.acknowledged import PostgresAcknowledged
from talent_mcp.store.postgres.rows import Db, column_of, rows_of
from talent_mcp.store.postgres.spending import within_budget
from talent_mcp.store.protocol import OpenCall

SELECT_ENTRIES = """
SELECT e.idx, e.tenant, e.envelope, p.body
FROM talent_audit.entries e LEFT JOIN talent_audit.payloads p ON p.tenant = e.tenant AND p.idx = e.idx
"""
SELECT_RECORDS = """
SELECT e.idx, convert_to(e.envelope, 'UTF8'), e.leaf, p.body
FROM talent_audit.entries e LEFT JOIN talent_audit.payloads p ON p.tenant = e.tenant AND p.idx = e.idx
WHERE e.tenant = $1 AND e.idx >= $2 AND e.idx < $3 ORDER BY e.idx
"""
HEAD = "SELECT size, frontier FROM talent_audit.heads WHERE tenant = $1"
RECORDED = """
SELECT leaf FROM talent_audit.entries
WHERE tenant = $1 AND leaf = ANY($3::bytea[]) AND (call_id = ANY($2::text[]) OR call_id IS NULL)
"""
WRITE = """
WITH entry AS (
    INSERT INTO talent_audit.entries (tenant, idx, envelope, leaf)
    SELECT $1, $2::bigint + place - 1, envelope, leaf
    FROM unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS new (envelope, leaf, place)
), payload AS (
    INSERT INTO talent_audit.payloads (tenant, idx, body)
    SELECT $1, idx, body FROM unnest($5::bigint[], $6::bytea[]) AS new (idx, body)
), opened AS (
    INSERT INTO talent_audit.open_calls (tenant, call_id, process, state)
    SELECT $1, call_id, process, state FROM unnest($7::text[], $8::text[], $9::text[]) AS new (call_id, process, state)
), settled AS (
    DELETE FROM talent_audit.open_calls WHERE tenant = $1 AND call_id = ANY($10::text[])
), doubted AS (
    UPDATE talent_audit.open_calls SET state = 'unknown' WHERE tenant = $1 AND call_id = ANY($11::text[])
), claimed AS (
    INSERT INTO talent_audit.claims (tenant, claim, idx)
    SELECT $1, claim, idx FROM unnest($12::text[], $13::bigint[]) AS new (claim, idx)
), answered AS (
    INSERT INTO talent_audit.answers (tenant, name, idx)
    SELECT $1, name, idx FROM unnest($14::text[], $15::bigint[]) AS new (name, idx)
)
UPDATE talent_audit.heads SET size = $16, frontier = $17 WHERE tenant = $1
"""
"""All of a tenant's batch in one way to the database and back; a table is changed once, as all see the same moment."""
TAKEN = "SELECT claim FROM talent_audit.claims WHERE tenant = $1 AND claim = ANY($2::text[])"
RENEW = """
INSERT INTO talent_audit.leases (process, until) SELECT * FROM unnest($1::text[], $2::float8[])
ON CONFLICT (process) DO UPDATE SET until = excluded.until
"""
DEAD = "NOT EXISTS (SELECT 1 FROM talent_audit.leases l WHERE l.process = o.process AND l.until > $1)"
LEFT_BEHIND = f"""
SELECT DISTINCT tenant FROM talent_audit.open_calls o WHERE o.state = 'running' AND {DEAD} ORDER BY tenant
"""  # noqa: S608  # a condition of ours
ABANDONED = f"""
SELECT o.tenant, o.call_id, o.process, e.vendor FROM talent_audit.open_calls o
LEFT JOIN talent_audit.entries e ON e.tenant = o.tenant AND e.call_id = o.call_id AND e.type = 'intent'
WHERE o.state = 'running' AND {DEAD} AND o.tenant = ANY($2::text[]) ORDER BY o.tenant, o.call_id
"""  # noqa: S608  # a condition of ours


@dataclass(slots=True)
class OpenCalls:
    """What a batch changes in the list of calls in doubt."""

    opened: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    settled: dict[str, None] = field(default_factory=dict[str, None])
    doubted: dict[str, None] = field(default_factory=dict[str, None])

    def take(self, entry: Entry) -> None:
        if entry.type == "intent":
            self.opened[entry.call_id] = (str(entry.fields.get("process", "")), "running")
        elif entry.settles:
            self.doubted.pop(entry.call_id, None)
            if self.opened.pop(entry.call_id, None) is None:
                self.settled[entry.call_id] = None
        elif entry.type == "outcome":
            self._doubt(entry.call_id)

    def _doubt(self, call_id: str) -> None:
        if call_id in self.opened:
            self.opened[call_id] = (self.opened[call_id][0], "unknown")
        elif call_id not in self.settled:
            self.doubted[call_id] = None


def tree_of(found: Sequence[tuple[Any, ...]]) -> Tree:
    try:
        return Tree.from_bytes(*found[0]) if found else Tree()
    except ValueError:
        raise StoreUnavailable("what it says of its own end is damaged; do not write to it, and keep a copy") from None


async def read_tree(db: Db, tenant: str) -> Tree:
    return tree_of(await rows_of(db, HEAD, tenant))


async def locked_tree(db: Db, tenant: str) -> Tree:
    """Where a tenant's log ends, which nobody else moves until this transaction ends."""
    found = await rows_of(db, f"{HEAD} FOR UPDATE", tenant)
    if not found:
        sql = "INSERT INTO talent_audit.heads (tenant, size, frontier) VALUES ($1, 0, '') ON CONFLICT DO NOTHING"
        await db.execute(sql, tenant)
        found = await rows_of(db, f"{HEAD} FOR UPDATE", tenant)
    return tree_of(found)


async def write_batch(
    db: Db, batch: Sequence[Ticket], leases: Mapping[str, float], acknowledged: PostgresAcknowledged
) -> dict[str, Growth]:
    """Append the entries of these tickets, and remember until when processes are surely alive."""
    for ticket in batch:
        ticket.failure = None
    grown = {tenant: await write_entries(db, tenant, tickets, acknowledged) for tenant, tickets in by_tenant(batch)}
    if leases:
        await db.execute(RENEW, [*leases], [*leases.values()])
    return grown


async def write_entries(db: Db, tenant: str, tickets: Sequence[Ticket], acknowledged: PostgresAcknowledged) -> Growth:
    """Append a tenant's entries and move its head, inside the caller's transaction."""
    before = await locked_tree(db, tenant)
    await acknowledged.require(db, tenant, before)
    unclaimed_ones = await claiming(db, tenant, await unrecorded(db, tenant, tickets))
    new = [ticket.entry for ticket in await within_budget(db, tenant, unclaimed_ones)]
    if not new:
        return before, before
    leaves = [leaf_hash(entry.envelope) for entry in new]
    after, calls = before.append(leaves), OpenCalls()
    for entry in new:
        calls.take(entry)
    claims = [(claim, index) for index, entry in enumerate(new, before.size) for claim in entry.claims]
    answers = [(name, index) for index, entry in enumerate(new, before.size) for name in entry.answers]
    bodies = {index: entry.body for index, entry in enumerate(new, before.size) if entry.body is not None}
    await db.execute(
        WRITE,
        tenant,
        before.size,
        [entry.envelope.decode() for entry in new],
        leaves,
        [*bodies],
        [*bodies.values()],
        [*calls.opened],
        [process for process, _ in calls.opened.values()],
        [state for _, state in calls.opened.values()],
        [*calls.settled],
        [*calls.doubted],
        [claim for claim, _ in claims],
        [index for _, index in claims],
        [name for name, _ in answers],
        [index for _, index in answers],
        after.size,
        after.to_bytes(),
    )
    return before, after


async def claiming(db: Db, tenant: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those that claim nothing that another entry has; the others are refused."""
    claims = [claim for ticket in tickets for claim in ticket.entry.claims]
    taken = [(tenant, claim) for claim in await column_of(db, TAKEN, tenant, claims)] if claims else []
    return unclaimed(tickets, taken)


async def unrecorded(db: Db, tenant: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """What there is to write: all but what a write that seemed to fail has written after all.

    Asked with the head locked: a transaction of which nobody knows how it ended has ended by then.
    """
    doubtful = {leaf_hash(ticket.entry.envelope): ticket.entry.call_id for ticket in tickets if ticket.again}
    if not doubtful:
        return [*tickets]
    written = {*await column_of(db, RECORDED, tenant, [*doubtful.values()], [*doubtful])}
    return [one for one in tickets if not one.again or leaf_hash(one.entry.envelope) not in written]


async def write_abandoned(
    db: Db, now: float, write: Callable[[OpenCall], Entry], acknowledged: PostgresAcknowledged
) -> tuple[list[OpenCall], dict[str, Growth]]:
    """Append what `write` says of each running call whose process is not surely alive any more."""
    tenants = await column_of(db, LEFT_BEHIND, now)
    for tenant in tenants:
        # Before the calls are listed: an outcome that is being written is then there, or comes after.
        await locked_tree(db, tenant)
    # A lease that lasts longer than any is from before the clock was put back: it ends after a whole one from now.
    await db.execute("UPDATE talent_audit.leases SET until = $1 WHERE until > $1", now + LEASE_SECONDS)
    abandoned = [OpenCall(*row) for row in await rows_of(db, ABANDONED, now, tenants)]
    tickets = [Ticket(write(call), 0.0, awaited=False) for call in abandoned]
    grown = await write_batch(db, tickets, {}, acknowledged)
    await db.execute("DELETE FROM talent_audit.leases WHERE until <= $1", now)
    return abandoned, grown


async def end_leases(db: Db, processes: Iterable[str]) -> None:
    """These processes run no calls any more."""
    await db.execute("DELETE FROM talent_audit.leases WHERE process = ANY($1::text[])", [*processes])


async def entries_where(db: Db, where: str, *values: Any) -> list[StoredEntry]:
    found = await rows_of(db, SELECT_ENTRIES + where, *values)
    return [StoredEntry(index, Entry(tenant, envelope.encode(), body)) for index, tenant, envelope, body in found]
