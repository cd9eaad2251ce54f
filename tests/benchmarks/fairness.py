"""Several processes that append to one log as fast as they can: how much less the slowest gets than the fastest.

Run with a folder, a number and two times (Unix seconds), it is one of those processes: it says how much it appended.
"""

import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import anyio

from talent_mcp.store.sqlite.store import SqliteStore

from .appends import some_entry
from .processes import NotMeasured
from .table import Row

MODULE = "tests.benchmarks.fairness"
FAIRNESS_COLUMNS = ("the slowest process", "the fastest")
PROCESSES = 4
START_SECONDS = 3.0
SECONDS = 1.5
LEAST_SHARE = 0.3
APART = 10_000_000
"""How far apart the numbers of two processes' entries begin."""


def measure_fairness(folder: Path, rounds: int) -> Row:
    """The worst of some rounds.

    Raises:
        NotMeasured: a process did not append.
    """
    worst = min((one_round(folder / f"fair-{number}") for number in range(rounds)), key=share)
    return Row(
        measure=f"{PROCESSES} processes on one log",
        values=(f"{min(worst) / SECONDS:,.0f}/s", f"{max(worst) / SECONDS:,.0f}/s"),
        ratio=share(worst),
        target=f">= {LEAST_SHARE:.2f}",
        met=share(worst) >= LEAST_SHARE,
    )


def share(done: list[int]) -> float:
    return min(done) / max(done)


def one_round(folder: Path) -> list[int]:
    """How many entries each process appended in the same seconds."""
    start = time.time() + START_SECONDS
    command = [sys.executable, "-m", MODULE, str(folder)]
    processes = [
        subprocess.Popen([*command, str(number), str(start), str(start + SECONDS)], stdout=subprocess.PIPE)  # noqa: S603  # ourselves
        for number in range(PROCESSES)
    ]
    done = [int(process.communicate()[0] or 0) for process in processes]
    if not all(done):
        raise NotMeasured("a process appended nothing to the shared log")
    return done


async def append_between(folder: Path, number: int, start: float, stop: float) -> int:
    store, numbers = SqliteStore(folder / "audit.db"), count(number * APART)
    await store.append(some_entry(next(numbers)))
    await anyio.sleep(max(0.0, start - time.time()))
    done = 0
    while time.time() < stop:
        await store.append(some_entry(next(numbers)))
        done += 1
    await store.close()
    return done


if __name__ == "__main__":
    print(anyio.run(append_between, Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
