"""Logs from before there were budgets, and from before it was kept apart what nobody had reported."""

from pathlib import Path
from typing import Any

import apsw
import pytest

from talent_mcp.audit.entries import EntryType, write_entry
from talent_mcp.store.protocol import Spending, Store
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from tests.postgres import database_of, migrate, shared_cluster
from tests.server.store.stores import STORES

pytestmark = pytest.mark.anyio

BEFORE = "DROP TABLE spending; DROP TABLE spending_by_day; DROP TABLE answers; PRAGMA user_version = 4"
NOON = 1_790_000_000.0
WITHOUT_ASSUMED = """
DROP TRIGGER spending_settles{on};
ALTER TABLE spending DROP COLUMN assumed;
ALTER TABLE spending_by_day DROP COLUMN assumed;
"""
SQLITE_SIX = f"""
DROP TRIGGER spending_begins;
{WITHOUT_ASSUMED.format(on="")}
CREATE TRIGGER spending_begins AFTER INSERT ON spending BEGIN SELECT 1; END;
CREATE TRIGGER spending_settles AFTER UPDATE OF spent ON spending BEGIN SELECT 1; END;
PRAGMA user_version = 6;
"""
POSTGRES_FOUR = f"""
SET ROLE talent_owner;
SET search_path = talent_audit;
{WITHOUT_ASSUMED.format(on=" ON spending")}
CREATE TRIGGER spending_settles AFTER UPDATE OF spent ON spending FOR EACH ROW EXECUTE FUNCTION spending_settles();
DELETE FROM migrations WHERE number = 5;
"""  # noqa: S608  # statements of ours


def sqlite_before(home: Path) -> None:
    old = apsw.Connection(str(home / "audit.db"))
    rows_of(old, SQLITE_SIX)
    old.close()


def postgres_before(home: Path) -> None:
    url = database_of(home)
    name = url.rpartition("/")[2]
    shared_cluster().sql(POSTGRES_FOUR, name)
    assert migrate(shared_cluster().url(name, "talent_owner")).returncode == 0


BEFORE_ASSUMED = {"sqlite": sqlite_before, "postgres": postgres_before}


async def append(store: Store, call_id: str, type_: EntryType, **fields: Any) -> None:
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


@pytest.mark.parametrize("database", STORES)
async def test_what_nobody_had_reported_is_found_in_an_older_log(database: str, tmp_path: Path) -> None:
    async with STORES[database](tmp_path) as store:
        for call_id in ("c1", "c2", "c3", "c4", "c5"):
            await append(store, call_id, "intent", principal="ada", tool="enrich_person", reserves=1.1)
        await append(store, "c1", "outcome", outcome="success", credits=0.1)
        await append(store, "c2", "outcome", outcome="success", credits_at_most=1.1)
        await append(store, "c3", "outcome", outcome="failure")
        await append(store, "c4", "outcome", outcome="unknown")
        await append(store, "c4", "resolved", **{"as": "happened"})
        expected = await store.spending("default", first="2026-09-01", last="2026-09-30")
    BEFORE_ASSUMED[database](tmp_path)
    async with STORES[database](tmp_path) as store:
        (row,) = await store.spending("default", first="2026-09-01", last="2026-09-30")
        assert [row] == expected
        assert (row.spent, row.assumed, row.reserved) == (230, 220, 110)
