"""Killed at any moment, the server leaves no request at a vendor that its log does not know.

`make test` kills it a few times; `make faults` a hundred times (FAULT_ROUNDS).
"""

import json
import os
import signal
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.store import SqliteStore
from tests.houses import settings_in
from tests.processes import Pipe, Vendors, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "6"))
CALLS = 24
LATENCY_SECONDS = "0.05"
"""Long enough that calls are under way at every vendor when the server dies."""


def calls(round_: int) -> list[tuple[str, dict[str, Any]]]:
    """Concurrent calls of which each carries a mark of its own to the vendor."""
    marks = [f"mark-{round_}-{n}" for n in range(CALLS)]
    searches = [("search_people", {"people": {"names": [mark]}, "limit": 1}) for mark in marks[::2]]
    upserts = [("upsert_jarvi_profile", {"profile": {"external_id": mark}}) for mark in marks[1::2]]
    return [*searches, *upserts]


async def live_and_die(vendors: Vendors, environment: dict[str, str], round_: int, arrived: int) -> None:
    """Start calls, and kill the server once this many of them have arrived at the vendors."""
    async with piped(environment) as pipe:
        await pipe.initialize()
        for number, (tool, arguments) in enumerate(calls(round_), 1):
            await pipe.request(number, "tools/call", name=tool, arguments=arguments)
        while len(await vendors.received()) < arrived:
            pass
        pipe.process.send_signal(signal.SIGKILL)
        await pipe.ended()


def marks_in(value: Any) -> set[str]:
    """Every mark in a JSON value."""
    return {word for word in json.dumps(value).replace('"', " ").split() if word.startswith("mark-")}


async def unrecorded(vendors: Vendors, house: House) -> set[str]:
    """Marks that reached a vendor and stand in no intent."""
    arrived = marks_in([request["body"] for request in await vendors.received()])
    intents = [one async for one in house.store.entries("default") if one.entry.type == "intent"]
    return arrived - marks_in(await house.reader.payloads(intents))


async def test_no_request_at_a_vendor_is_without_an_intent(tmp_path: Path) -> None:
    home, random = tmp_path / "home", Random(20261123)  # noqa: S311  # a seed makes the moments repeatable
    limits = "\n".join(f"[{vendor}]\nrequests_per_minute = 0\nrequests_per_day = 0" for vendor in ("ocean", "jarvi"))
    (tmp_path / "settings.toml").write_text(limits)
    options = ("--no-rate-limits", "--credits", "1000000", "--latency", LATENCY_SECONDS)
    cut_off = 0
    async with vendors_on_a_port(*options) as vendors:
        environment = {**vendors.environment(home), "TALENT_CONFIG": str(tmp_path / "settings.toml")}
        for round_ in range(ROUNDS):
            doubtful = await calls_in_doubt(home)
            await live_and_die(vendors, environment, round_, random.randrange(CALLS))
            async with open_house(settings_in(home), {}) as house:
                assert await unrecorded(vendors, house) == set()
                assert (await verify(house.store, "default")).problem is None
            cut_off += await calls_in_doubt(home) > doubtful
            await vendors.reset()
    assert cut_off >= ROUNDS / 2


async def calls_in_doubt(home: Path) -> int:
    store = SqliteStore(home / "audit.db")
    found = await store.calls_in_doubt("default")
    await store.close()
    return len(found)


async def test_what_was_running_when_the_process_died_is_listed_as_in_doubt(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        await vendors.arm("ocean", "latency", seconds=30)
        async with piped(vendors.environment(tmp_path)) as pipe:
            await pipe.initialize()
            await wait_for_one(vendors, pipe)
            pipe.process.send_signal(signal.SIGKILL)
            await pipe.ended()
    store = SqliteStore(tmp_path / "audit.db")
    assert len(await store.calls_in_doubt("default")) == 1
    await store.close()


async def wait_for_one(vendors: Vendors, pipe: Pipe) -> None:
    await pipe.request(1, "tools/call", name="search_people", arguments={})
    with anyio.fail_after(30):
        while not await vendors.received():
            pass
