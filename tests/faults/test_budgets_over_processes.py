"""64 calls at once, of four servers with one log: what Ocean.io has charged in the end is within the budget, and is
what the log says.

`make test` does it once; `make faults` more often (FAULT_ROUNDS).
"""

from pathlib import Path
from typing import Any

import anyio
import pytest

from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.rounds import ROUNDS, seeded
from tests.processes import Pipe, Vendors, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

SERVERS = 4
CALLS = 16
CREDITS = 500
HUNDREDTHS_OF_A_PERSON = 20
LOST = 2
SETTINGS = "[ocean]\nrequests_per_minute = 0\nrequests_per_day = 0\n"


async def search(environment: dict[str, str], ready: list[Pipe], go: anyio.Event, told: dict[str, Any]) -> None:
    """A server that is asked for one person, for two, for three and so on, all at once, when all servers are there."""
    async with piped(environment) as pipe:
        await pipe.initialize()
        ready.append(pipe)
        if len(ready) == SERVERS:
            go.set()
        await go.wait()
        server = ready.index(pipe)
        for number in range(1, CALLS + 1):
            await pipe.request(number, "tools/call", name="search_people", arguments={"limit": number})
        answered = 0
        while answered < CALLS:
            message = await pipe.answer()
            if isinstance(identity := message.get("id"), int) and identity:
                told[f"{server} {identity}"] = message["result"]
                answered += 1


async def charged(vendors: Vendors) -> int:
    """Hundredths of a credit that Ocean.io has taken."""
    left: float = (await vendors.http.get("/_sandbox/state")).json()["credits"]
    return round((CREDITS - left) * 100)


async def searches(vendors: Vendors) -> int:
    return sum(request["path"].endswith("/search/people") for request in await vendors.received())


@pytest.mark.parametrize("number", range(max(1, ROUNDS // 10)))
async def test_servers_that_are_asked_at_once_spend_no_more_than_there_is(tmp_path: Path, number: int) -> None:
    budget, told, ready = seeded("servers spend", number).randint(3_000, 9_000), dict[str, Any](), list[Pipe]()
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS)
    async with vendors_on_a_port("--no-rate-limits", "--credits", str(CREDITS), "--latency", "0.02") as vendors:
        environment = {
            **vendors.environment(tmp_path / "home"),
            "TALENT_CONFIG": str(settings),
            "TALENT_BUDGET_PER_MONTH": f"{budget / 100:.2f}",
            "TALENT_KEEP_SEARCHES_SECONDS": "0",
        }
        await vendors.arm("ocean", "drop", times=LOST)
        go = anyio.Event()
        async with anyio.create_task_group() as servers:
            for _ in range(SERVERS):
                servers.start_soon(search, environment, ready, go, told)
        taken, sent = await charged(vendors), await searches(vendors)
    store = SqliteStore(tmp_path / "home" / "audit.db")
    rows = await store.spending("default", first="0000-01-01", last="9999-12-31")
    doubted = await store.calls_in_doubt("default")
    await store.close()
    failed = {call: result["content"][0]["text"] for call, result in told.items() if result.get("isError")}
    refused = {call for call, text in failed.items() if "is over the budget" in text}
    spent, used = sum(row.spent for row in rows), sum(row.spent + row.reserved for row in rows)
    assert spent <= taken <= used <= budget
    assert refused
    assert budget - used < min(int(call.split()[1]) for call in refused) * HUNDREDTHS_OF_A_PERSON
    assert sent == SERVERS * CALLS - len(refused)
    assert len(doubted) == len(failed) - len(refused) == LOST
