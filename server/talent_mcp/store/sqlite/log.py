"""Entries in the SQLite file: read as they are stored, written together with the head that counts them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import apsw

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.batches import Ticket, by_tenant
from talent_mcp.store.growth import Growth
from talent_mcp.store.leases import LEASE_SECONDS
from talent_mcp.store.protocol import OpenCall
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.spending import track_spending

End = Callable[[apsw.Connection, str], Tree]
"""Reads where a tenant's log ends."""

SELECT_ENTRIES = """
SELECT e.idx, e.tenant, e.envelope, p.body
FROM entries e LEFT JOIN payloads p ON p.tenant = e.tenant AND p.idx = e.idx
"""

# The planner knows no numbers of this file, and without being told would read a tenant's whole log for one call.
SELECT_CALL = """
SELECT e.idx, e.tenant, e.envelope, p.body
FROM entries e INDEXED BY entries_by_call LEFT JOIN payloads p ON p.tenant = e.tenant AND p.idx = e.idx
WHERE e.tenant = ? AND e.call_id = ? ORDER BY e.idx
"""

SELECT_RECORDED = "SELECT 1 FROM entries INDEXED BY entries_by_call WHERE tenant = ? AND call_id IS ? AND leaf = ?"

SELECT_ABANDONED = """
SELECT o.tenant, o.call_id, o.process, e.vendor FROM open_calls o
LEFT JOIN entries e INDEXED BY entries_by_call
ON e.tenant = o.tenant AND e.call_id = o.call_id AND e.type = 'intent'
WHERE o.state = 'running' AND NOT EXISTS
(SELECT 1 FROM leases l WHERE l.process = o.process AND l.until > ?) ORDER BY o.tenant, o.call_id
"""

SELECT_RECORDS = """
SELECT e.idx, CAST(e.envelope AS BLOB), e.leaf, p.body
FROM entries e LEFT JOIN payloads p ON p.tenant = e.tenant AND p.idx = e.idx
WHERE e.tenant = ? AND e.idx >= ? AND e.idx < ? ORDER BY e.idx
"""


def stored_entry(index: int, tenant: str, envelope: str, body: bytes | None) -> StoredEntry:
    return StoredEntry(index, Entry(tenant, envelope.encode(), body))


def write_batch(
    db: apsw.Connection, tickets: Iterable[Ticket], leases: Mapping[str, float], end: End
) -> dict[str, Growth]:
    """Append entries, and remember until when processes are surely alive."""
    for process, until in leases.items():
        rows_of(db, "INSERT OR REPLACE INTO leases VALUES (?, ?)", process, until)
    return {
        tenant: write_entries(db, tenant, [ticket.entry for ticket in group], end)
        for tenant, group in by_tenant(tickets)
    }


def read_tree(db: apsw.Connection, tenant: str) -> Tree:
    rows = rows_of(db, "SELECT size, frontier FROM heads WHERE tenant = ?", tenant)
    try:
        return Tree.from_bytes(*rows[0]) if rows else Tree()
    except ValueError as error:
        raise StoreUnavailable("what it says of its own end is damaged; do not write to it, and keep a copy") from error


def write_entries(db: apsw.Connection, tenant: str, entries: list[Entry], end: End) -> Growth:
    """Append a tenant's entries and move its head, inside the caller's transaction."""
    before = end(db, tenant)
    leaves = [leaf_hash(entry.envelope) for entry in entries]
    for index, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), before.size):
        rows_of(db, "INSERT INTO entries VALUES (?, ?, ?, ?)", tenant, index, entry.envelope.decode(), leaf)
        if entry.body is not None:
            rows_of(db, "INSERT INTO payloads VALUES (?, ?, ?)", tenant, index, entry.body)
        for claim in entry.claims:
            rows_of(db, "INSERT INTO claims VALUES (?, ?, ?)", tenant, claim, index)
        for name in entry.answers:
            rows_of(db, "INSERT INTO answers VALUES (?, ?, ?)", tenant, name, index)
        track_open_call(db, entry)
    after = before.append(leaves)
    rows_of(db, "INSERT OR REPLACE INTO heads VALUES (?, ?, ?)", tenant, after.size, after.to_bytes())
    return before, after


def is_recorded(db: apsw.Connection, entry: Entry) -> bool:
    return bool(rows_of(db, SELECT_RECORDED, entry.tenant, entry.call_id or None, leaf_hash(entry.envelope)))


def claimed_already(db: apsw.Connection, entry: Entry) -> list[tuple[str, str]]:
    """What an entry claims and another one has, with its tenant."""
    sql = "SELECT tenant, claim FROM claims WHERE tenant = ? AND claim = ?"
    return [row for claim in entry.claims for row in rows_of(db, sql, entry.tenant, claim)]


def track_open_call(db: apsw.Connection, entry: Entry) -> None:
    if entry.type == "intent":
        values = (entry.tenant, entry.call_id, str(entry.fields.get("process", "")))
        rows_of(db, "INSERT INTO open_calls VALUES (?, ?, ?, 'running')", *values)
    elif entry.settles:
        rows_of(db, "DELETE FROM open_calls WHERE tenant = ? AND call_id = ?", entry.tenant, entry.call_id)
    elif entry.type == "outcome":
        sql = "UPDATE open_calls SET state = 'unknown' WHERE tenant = ? AND call_id = ?"
        rows_of(db, sql, entry.tenant, entry.call_id)


def write_abandoned(
    db: apsw.Connection, now: float, write: Callable[[OpenCall], Entry], end: End
) -> tuple[list[OpenCall], dict[str, Growth]]:
    """Append what `write` says of each running call whose process is not surely alive any more."""
    # A lease that lasts longer than any is from before the clock was put back: it ends after a whole one from now.
    rows_of(db, "UPDATE leases SET until = ?1 WHERE until > ?1", now + LEASE_SECONDS)
    abandoned = [OpenCall(*row) for row in rows_of(db, SELECT_ABANDONED, now)]
    ends = [write(call) for call in abandoned]
    for entry in ends:
        track_spending(db, entry)
    grown = write_batch(db, [Ticket(entry, 0.0, awaited=False) for entry in ends], {}, end)
    rows_of(db, "DELETE FROM leases WHERE until <= ?", now)
    return abandoned, grown


def end_leases(db: apsw.Connection, processes: Iterable[str]) -> None:
    """These processes run no calls any more."""
    for process in processes:
        rows_of(db, "DELETE FROM leases WHERE process = ?", process)


def entries_of_call(db: apsw.Connection, tenant: str, call_id: str) -> list[StoredEntry]:
    return [stored_entry(*row) for row in rows_of(db, SELECT_CALL, tenant, call_id)]


def entries_where(db: apsw.Connection, where: str, *values: Any) -> list[StoredEntry]:
    return [stored_entry(*row) for row in rows_of(db, SELECT_ENTRIES + where, *values)]
