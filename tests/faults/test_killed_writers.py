"""Four processes append to one log and are killed again and again: nothing that they acknowledged is lost.

`make test` kills a dozen times, `make faults` two hundred times (FAULT_ROUNDS).
"""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.abc
import pytest
from anyio.streams.text import TextReceiveStream

from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.power_cuts import damage
from tests.faults.rounds import ROUNDS, seeded

pytestmark = pytest.mark.anyio

APPENDER = [sys.executable, str(Path(__file__).with_name("appender.py"))]
WRITERS = 4
LIVES = max(1, 2 * ROUNDS // WRITERS)
"""How often each of them is killed."""
MOST_ENTRIES = 40
CHECKPOINT_PAGES = 60
SECONDS = 600


async def lines(process: anyio.abc.Process) -> AsyncIterator[str]:
    """Whole lines of standard output; one that death cut short is none."""
    assert process.stdout is not None
    rest = ""
    async for text in TextReceiveStream(process.stdout):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line


async def live_and_die(home: Path, name: str, entries: int) -> set[str]:
    """Append until so many entries are acknowledged, and be killed then; all that were."""
    acknowledged = set[str]()
    async with await anyio.open_process([*APPENDER, str(home), name, "0", str(CHECKPOINT_PAGES)], stderr=None) as one:
        async for line in lines(one):
            word, call_id = line.split(" ", 1)
            assert word == "ack", line
            acknowledged.add(call_id)
            if len(acknowledged) == entries:
                one.kill()
    return acknowledged


async def test_no_entry_that_a_killed_process_acknowledged_is_lost(tmp_path: Path) -> None:
    acknowledged = set[str]()

    async def writer(number: int) -> None:
        random = seeded("writer", number)
        for life in range(LIVES):
            acknowledged.update(await live_and_die(tmp_path, f"{number}-{life}", random.randint(1, MOST_ENTRIES)))

    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as writers:
            for number in range(WRITERS):
                writers.start_soon(writer, number)
    await holds(tmp_path, acknowledged)
    print(f"\n{WRITERS * LIVES} processes killed, {len(acknowledged)} entries acknowledged")  # noqa: T201  # the measured figure


async def holds(home: Path, expected: set[str]) -> None:
    store = SqliteStore(home / "audit.db")
    stored = [one async for one in store.entries("default")]
    assert [one.index for one in stored] == [*range(len(stored))]
    calls = [one.entry.call_id for one in stored]
    assert len(calls) == len(set(calls))
    assert expected <= set(calls)
    assert (await verify(store, "default")).problem is None
    await store.close()
    assert damage(home / "audit.db") == []
