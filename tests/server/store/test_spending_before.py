"""A log from before there were budgets: what was reported as spent counts, once."""

from pathlib import Path
from typing import Any

import apsw
import pytest

from talent_mcp.audit.entries import EntryType, write_entry
from talent_mcp.store.protocol import Spending
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio

BEFORE = "DROP TABLE spending; DROP TABLE spending_by_day; DROP TABLE answers; PRAGMA user_version = 4"
NOON = 1_790_000_000.0


async def append(store: SqliteStore, call_id: str, type_: EntryType, **fields: Any) -> None:
    await store.append(write_entry(tenant="default", call_id=call_id, type_=type_, at=NOON, fields=fields))


async def test_what_was_spent_before_there_were_reservations_counts(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    store = SqliteStore(path)
    for call_id in ("c1", "c2", "c3", "c4"):
        await append(store, call_id, "intent", principal="ada", tool="search_people")
    await append(store, "c1", "outcome", outcome="success", credits=0.6)
    await append(store, "c2", "outcome", outcome="unknown")
    await append(store, "c2", "outcome", outcome="success", credits=0.2)
    await append(store, "c3", "outcome", outcome="success")
    await append(store, "c4", "outcome", outcome="success", credits=-3)
    await store.close()
    old = apsw.Connection(str(path))
    rows_of(old, BEFORE)
    old.close()
    store = SqliteStore(path)
    expected = [Spending(day="2026-09-21", principal="ada", tool="search_people", reserved=0, spent=80)]
    assert await store.spending("default", first="2026-09-01", last="2026-09-30") == expected
    await store.close()
    store = SqliteStore(path)
    assert await store.spending("default", first="2026-09-01", last="2026-09-30") == expected
    await store.close()
