"""Thousands of seeded runs of agents that insist, over vendors that fail and processes that die between any two steps.

`make test` makes some; `make faults` more than ten thousand (FAULT_ROUNDS). FAULT_SEED makes one of them
again: its choices are the same, though which of two that run at once is faster may not be.
"""

import gc
import os
import re
from collections.abc import Generator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
import stamina

from talent_mcp.audit.verify import verify
from talent_mcp.store.postgres.store import PostgresStore
from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.rounds import ROUNDS
from tests.faults.simulation import ALL, NewStore, Protections, Run, firm
from tests.faults.weakened import WEAKENED
from tests.postgres import database_of

pytestmark = [
    pytest.mark.anyio,
    # A process that dies closes nothing.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

Approval = Literal["ask", "auto"]
A_FIRM = {"sqlite": 20, "postgres": 6}
"""How many runs share the processes of one firm: the connections of those that died stay until it ends."""
MANY = ROUNDS >= 100
RUNS = {"sqlite": 4_200 if MANY else 60, "postgres": 900 if MANY else 12}
"""Under each policy: 10,200 in all."""
UNTIL_IT_SHOWS = 1_000


@pytest.fixture(autouse=True)
def _at_once() -> Generator[None]:
    """Nothing is waited for before a request is made again."""
    with stamina.set_testing(True, attempts=3):
        yield
    gc.collect()


@pytest.fixture
def memory() -> Generator[Path]:
    """A folder in memory, where there is one: what a disk does is tested elsewhere."""
    shared = Path("/dev/shm")  # noqa: S108  # a private folder is made in it
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


def new_store(database: str, home: Path) -> NewStore:
    url = database_of(home) if database == "postgres" else None
    return lambda: SqliteStore(home / "audit.db") if url is None else PostgresStore(url)


def seeds(database: str, approval: Approval, count: int) -> list[str]:
    only = os.environ.get("FAULT_SEED")
    every = [f"{database}-{approval}-{number}" for number in range(count)]
    return every if only is None else [seed for seed in every if seed == only]


async def problems(
    home: Path, approval: Approval, wanted: Sequence[str], protections: Protections = ALL, *, shows: str | None = None
) -> dict[str, list[str]]:
    """What is wrong after each of the runs in which something is, by their seeds; until something `shows`."""
    found: dict[str, list[str]] = {}
    database = wanted[0].partition("-")[0] if wanted else "sqlite"
    together = A_FIRM[database]
    for start in range(0, len(wanted), together):
        place = home / str(start)
        place.mkdir()
        async with firm(place, new_store(database, place), approval, protections) as servers:
            for seed in wanted[start : start + together]:
                if wrong := await Run(servers, seed, asks=approval == "ask").go():
                    found[seed] = wrong
                if shows is not None and re.search(shows, str(found)):
                    return found
            if protections is ALL:
                report = await verify(servers.processes[0].house.store, f"run-{wanted[start]}")
                assert report.problem is None
    return found


@pytest.mark.parametrize("approval", ["ask", "auto"])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_nothing_is_done_twice_unseen_or_over_the_budget(database: str, approval: Approval, memory: Path) -> None:
    assert await problems(memory, approval, seeds(database, approval, RUNS[database])) == {}


@pytest.mark.parametrize("protection", WEAKENED)
async def test_without_a_protection_it_shows(protection: str, memory: Path) -> None:
    """The runs can tell: each protection, once it is taken away, is missed."""
    weakened = WEAKENED[protection]
    wanted = seeds("sqlite", weakened.approval, UNTIL_IT_SHOWS)
    found = await problems(memory, weakened.approval, wanted, weakened.protections, shows=weakened.shows)
    assert re.search(weakened.shows, str(found))
