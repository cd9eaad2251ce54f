"""How SQLite answers what is asked of one call or of a budget: through an index, so that it costs the same however long
the log is."""

from pathlib import Path

import apsw
import pytest

from talent_mcp.store.sqlite.log import SELECT_ABANDONED, SELECT_CALL, SELECT_RECORDED
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.spending import SELECT_SPENDING, SELECT_USED
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio


async def steps(home: Path, sql: str, values: int) -> list[str]:
    """What SQLite would do, step by step, on a new log."""
    store = SqliteStore(home / "audit.db")
    await store.head("default")
    await store.close()
    db = apsw.Connection(str(home / "audit.db"))
    plan = [str(step[3]) for step in rows_of(db, f"EXPLAIN QUERY PLAN {sql}", *["x"] * values)]
    db.close()
    return plan


@pytest.mark.parametrize("sql", [SELECT_CALL, SELECT_RECORDED, SELECT_ABANDONED])
async def test_the_entries_of_a_call_are_found_by_their_index(tmp_path: Path, sql: str) -> None:
    plan = await steps(tmp_path, sql, sql.count("?"))
    of_entries = [step for step in plan if step.startswith(("SEARCH e", "SCAN e"))]
    assert [step.partition(" (")[2].partition(")")[0] for step in of_entries] == ["tenant=? AND call_id=?"]


@pytest.mark.parametrize(("sql", "values"), [(SELECT_USED, 5), (SELECT_SPENDING, 3)])
async def test_a_budget_adds_up_the_days_of_a_tenant_and_no_calls(tmp_path: Path, sql: str, values: int) -> None:
    plan = await steps(tmp_path, sql, values)
    assert plan == ["SEARCH spending_by_day USING PRIMARY KEY (tenant=? AND day>? AND day<?)"]
