"""Entries in the SQLite file: read as they are stored, written together with the head that counts them."""

from typing import Any

import apsw

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import Head
from talent_mcp.store.rows import rows_of

SELECT_ENTRIES = """
SELECT e.idx, e.tenant, e.call_id, e.type, e.at, e.vendor, e.envelope, p.body
FROM entries e LEFT JOIN payloads p ON p.tenant = e.tenant AND p.idx = e.idx
"""


def stored_entry(index: int, *fields: Any) -> StoredEntry:
    return StoredEntry(index, Entry(*fields))


def write_batch(db: apsw.Connection, entries: list[Entry]) -> dict[str, Head]:
    return {tenant: write_entries(db, tenant, group) for tenant, group in by_tenant(entries)}


def by_tenant(entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.tenant, []).append(entry)
    return sorted(groups.items())


def read_tree(db: apsw.Connection, tenant: str) -> Tree:
    rows = rows_of(db, "SELECT size, frontier FROM heads WHERE tenant = ?", tenant)
    try:
        return Tree.from_bytes(*rows[0]) if rows else Tree()
    except ValueError as error:
        raise StoreUnavailable("what it says of its own end is damaged; do not write to it, and keep a copy") from error


def write_entries(db: apsw.Connection, tenant: str, entries: list[Entry]) -> Head:
    """Append a tenant's entries and move its head, inside the caller's transaction."""
    tree = read_tree(db, tenant)
    for index, entry in enumerate(entries, tree.size):
        row = (tenant, index, entry.call_id, entry.type, entry.at, entry.vendor, entry.envelope)
        rows_of(db, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
        if entry.payload is not None:
            rows_of(db, "INSERT INTO payloads VALUES (?, ?, ?)", tenant, index, entry.payload)
        track_open_call(db, entry)
    tree = tree.append(leaf_hash(entry.envelope) for entry in entries)
    rows_of(db, "INSERT OR REPLACE INTO heads VALUES (?, ?, ?)", tenant, tree.size, tree.to_bytes())
    return Head(tree.size, tree.root)


def track_open_call(db: apsw.Connection, entry: Entry) -> None:
    if entry.type == "intent":
        rows_of(db, "INSERT INTO open_calls VALUES (?, ?)", entry.tenant, entry.call_id)
    elif entry.settles:
        rows_of(db, "DELETE FROM open_calls WHERE tenant = ? AND call_id = ?", entry.tenant, entry.call_id)
