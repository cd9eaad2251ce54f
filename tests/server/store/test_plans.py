"""How SQLite answers what is asked of one call: through an index, so that it costs the same however long the log is."""

from pathlib import Path

import apsw
import pytest

from talent_mcp.store.rows import rows_of
from talent_mcp.store.sqlite import SqliteStore
from talent_mcp.store.sqlite_log import SELECT_ABANDONED, SELECT_CALL, SELECT_RECORDED

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("sql", [SELECT_CALL, SELECT_RECORDED, SELECT_ABANDONED])
async def test_the_entries_of_a_call_are_found_by_their_index(tmp_path: Path, sql: str) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.head("default")
    await store.close()
    db = apsw.Connection(str(tmp_path / "audit.db"))
    plan = [str(step[3]) for step in rows_of(db, f"EXPLAIN QUERY PLAN {sql}", *["x"] * sql.count("?"))]
    db.close()
    of_entries = [step for step in plan if step.startswith(("SEARCH e", "SCAN e"))]
    assert [step.partition(" (")[2].partition(")")[0] for step in of_entries] == ["tenant=? AND call_id=?"]
