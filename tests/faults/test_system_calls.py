"""Each system call of a process that writes the log is its last once, and each fails once: nothing that was
acknowledged is lost, nothing is damaged, and what could not be written is refused in our words.

`make test` kills at a few of them, `make faults` at all; failures are a sample.
"""

import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.file import REASONS
from talent_mcp.store.sqlite.store import SqliteStore
from talent_mcp.store.sqlite.writer import DISTRUSTED
from tests.faults.power_cuts import damage
from tests.faults.rounds import ROUNDS, seeded
from tests.faults.strace import Traced, traced

pytestmark = pytest.mark.anyio

APPENDER = [sys.executable, str(Path(__file__).with_name("appender.py"))]
ENTRIES, CHECKPOINT_PAGES = 5, 20
WRITING = ("mkdir", "flock", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
SAYING = "write"
KILLED = (128 + signal.SIGKILL, -signal.SIGKILL)
ALL_ROUNDS = 100
"""From so many rounds on a process is killed at each call that it makes."""
FAILURES = 1 + ROUNDS // 5
"""Calls that fail, of each kind of failure."""
OUR_WORDS = {DISTRUSTED, *(words for _, words in REASONS)}

Point = tuple[str, int]
"""A system call, and which one of its kind."""


def append(home: Path, name: str, *inject: str) -> Traced:
    command = [*APPENDER, str(home), name, str(ENTRIES), str(CHECKPOINT_PAGES)]
    return traced(command, home.with_suffix(".strace"), [*WRITING, SAYING], *inject)


@pytest.fixture(params=["a new log", "a log that is there"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder to begin with in each round."""
    home = tmp_path / "start"
    if request.param == "a new log":
        home.mkdir()
    else:
        append(home, "before")
    return home


def points(start: Path, calls: Sequence[str], most: int | None, *seed: object) -> list[Point]:
    """The calls that a process makes that nothing happens to, or some of them."""
    counted = append(shutil.copytree(start, start.with_name("whole")), "whole").counted()
    every = [(call, number) for call in calls for number in range(1, counted[call] + 1)]
    return every if most is None else sorted(seeded(start.name, *seed).sample(every, most))


def homes(start: Path, every: list[Point]) -> Iterator[tuple[Point, Path]]:
    for point in every:
        home = start.with_name(f"{point[0]}-{point[1]}")
        shutil.copytree(start, home)
        yield point, home


def acknowledged(ran: Traced) -> set[str]:
    return {line.split()[1] for line in ran.lines if line.startswith("ack ")}


def refused(ran: Traced) -> list[str]:
    """Why entries were refused."""
    return [line.split(" ", 2)[2] for line in ran.lines if line.startswith("refused ")]


async def holds(home: Path, expected: set[str]) -> None:
    """The log has these entries, verifies, and can be written to."""
    store = SqliteStore(home / "audit.db")
    assert expected <= {one.entry.call_id async for one in store.entries("default")}
    assert (await verify(store, "default")).problem is None
    entry = write_entry(tenant="default", call_id="afterwards", type_="denied", at=1.0, fields={})
    assert (await store.append(entry)).size > len(expected)
    await store.close()
    assert damage(home / "audit.db") == []


async def test_a_process_that_is_killed_at_a_system_call_loses_no_acknowledged_entry(start: Path) -> None:
    before = {f"before-{n}" for n in range(ENTRIES)} if (start / "audit.db").exists() else set[str]()
    every, killed = points(start, (*WRITING, SAYING), None if ROUNDS >= ALL_ROUNDS else ROUNDS), 0
    for (call, number), home in homes(start, every):
        ran = append(home, "killed", f"{call}:signal=KILL:when={number}")
        killed += ran.code in KILLED
        await holds(home, before | acknowledged(ran))
        shutil.rmtree(home)
    print(f"\nkilled at {killed} system calls")  # noqa: T201  # the measured figure
    # Which thread makes a call differs from run to run, and strace counts by thread: a few are never reached.
    assert killed >= len(every) / 2


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("lasting", ["", "+"], ids=["once", "from then on"])
async def test_a_system_call_that_fails_is_told_in_our_words_and_costs_no_acknowledged_entry(
    start: Path, error: str, lasting: str
) -> None:
    for (call, number), home in homes(start, points(start, WRITING, FAILURES, error, lasting)):
        ran = append(home, "failed", f"{call}:error={error}:when={number}{lasting}")
        assert ran.code == 0
        assert set(refused(ran)) <= OUR_WORDS
        assert len(acknowledged(ran)) + len(refused(ran)) == ENTRIES
        # strace counts by thread: a call may fail once in each of two.
        assert lasting or len(refused(ran)) <= 2
        await holds(home, acknowledged(ran))
        shutil.rmtree(home)
