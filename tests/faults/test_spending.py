"""Four processes spend from one budget at once: together never more than it is, and all that each of them took counts."""

import sys
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Budget, Limits
from talent_mcp.store.sqlite import SqliteStore
from tests.faults.rounds import ROUNDS
from tests.faults.spender import AT

pytestmark = pytest.mark.anyio

SPENDER = [sys.executable, str(Path(__file__).with_name("spender.py"))]
PROCESSES = 4
CALLS = 16
SECONDS = 300


def reserving(hundredths: int) -> Entry:
    fields: dict[str, JsonValue] = {"principal": "p", "tool": "search_people", "reserves": hundredths / 100}
    return write_entry(tenant="default", call_id="last", type_="intent", at=AT, fields=fields)


async def spend(home: Path, name: str, most: int, said: list[tuple[int, int]]) -> None:
    done = await anyio.run_process([*SPENDER, str(home), name, str(CALLS), str(most)], stderr=None)
    spent, refused = done.stdout.split()
    said.append((int(spent), int(refused)))


@pytest.mark.parametrize("number", range(max(1, ROUNDS // 6)))
async def test_processes_that_spend_at_once_keep_one_budget(tmp_path: Path, number: int) -> None:
    most = 700 + 53 * (number % 40)
    said = list[tuple[int, int]]()
    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as processes:
            for process in range(PROCESSES):
                processes.start_soon(spend, tmp_path, f"{number}-{process}", most, said)
    store = SqliteStore(tmp_path / "audit.db")
    rows = await store.spending("default", first="0000-01-01", last="9999-12-31")
    spent, refused = (sum(column) for column in zip(*said, strict=True))
    assert sum(row.reserved for row in rows) == 0
    assert sum(row.spent for row in rows) == spent <= most
    assert refused > 0
    assert (await verify(store, "default")).problem is None
    assert (await store.head("default")).size == 2 * (PROCESSES * CALLS - refused)
    with pytest.raises(OverBudget):
        await store.append(reserving(most - spent + 1), limits=Limits(tenant=Budget(per_day=most)))
    await store.close()
