"""Two servers are given the same notes at once, one of them is killed, and a third is given them again: no note is
saved twice, and what nobody knows is said to be in doubt.

`make test` does it twice; `make faults` more often (FAULT_ROUNDS).
"""

from pathlib import Path
from signal import SIGKILL
from typing import Any

import anyio
import pytest

from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.rounds import ROUNDS, seeded
from tests.processes import Pipe, Vendors, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

NOTES = 6
TIMES = max(2, ROUNDS // 10)
SETTINGS = "call_seconds = 4\n[jarvi]\nrequests_per_minute = 0\nrequests_per_day = 0\n"


def marks(time: int) -> list[str]:
    return [f"mark-{time}-{n}" for n in range(NOTES)]


async def give(pipe: Pipe, time: int) -> None:
    """The same calls, whichever server is given them."""
    await pipe.initialize()
    for number, mark in enumerate(marks(time), 1):
        note = {"profile": {"external_id": "e-1"}, "history_entry": {"message": mark}}
        await pipe.request(number, "tools/call", name="upsert_jarvi_profile", arguments=note)


async def answers(pipe: Pipe, time: int) -> dict[str, Any]:
    """What the agent is told of each note: a result, or the text of a failure."""
    told: dict[str, Any] = {}
    while len(told) < NOTES:
        message = await pipe.answer()
        if isinstance(number := message.get("id"), int) and 1 <= number <= NOTES:
            result = message["result"]
            told[marks(time)[number - 1]] = result.get("structuredContent") or result["content"][0]["text"]
    return told


async def saved(vendors: Vendors) -> list[str]:
    """The notes that reached Jarvi."""
    bodies = [request["body"] for request in await vendors.received() if request["method"] == "POST"]
    return [body["historyEntryMessage"] for body in bodies if "historyEntryMessage" in body]


async def test_no_note_is_saved_twice_whatever_dies(tmp_path: Path) -> None:
    home, random, doubted = tmp_path / "home", seeded("repeated writes"), 0
    (tmp_path / "settings.toml").write_text(SETTINGS)
    async with vendors_on_a_port("--no-rate-limits", "--latency", "0.05") as vendors:
        environment = {**vendors.environment(home), "TALENT_CONFIG": str(tmp_path / "settings.toml")}
        environment["TALENT_APPROVAL"] = "auto"
        for time in range(TIMES):
            async with piped(environment) as first, piped(environment) as second:
                await give(first, time)
                await give(second, time)
                arrived = random.randrange(2, 3 * NOTES)
                with anyio.move_on_after(20):
                    while len(await vendors.received()) < arrived:
                        pass
                first.process.send_signal(SIGKILL)
                await first.ended()
                await answers(second, time)
            async with piped(environment) as third:
                await give(third, time)
                told = await answers(third, time)
            arrived_notes = await saved(vendors)
            for mark, answer in told.items():
                if isinstance(answer, str):
                    assert arrived_notes.count(mark) <= 1
                    doubted += "is under way" in answer or "is not known" in answer
                else:
                    assert answer["status"] == "saved"
                    assert arrived_notes.count(mark) == 1
            await vendors.reset()
    store = SqliteStore(home / "audit.db")
    assert len(await store.calls_in_doubt("default")) >= doubted
    assert (await verify(store, "default")).problem is None
    await store.close()
