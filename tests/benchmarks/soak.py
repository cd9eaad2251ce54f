"""A hundred thousand calls of one server: whether it grows, and whether it slows down as its log does."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from statistics import median
from subprocess import Popen
from typing import Any
from uuid import UUID

from .contenders import OURS
from .pipe_client import PipeClient
from .process_status import Descriptors, descriptors, memory, threads
from .processes import running
from .servers import settings
from .table import Row
from .tool_requests import Ask, Pair

MARKS = (1_000, 10_000, 50_000, 100_000)
IN_FLIGHT = 64
BATCH = 1_000
ROUNDS, CALLS = 200, 4
"""At each mark: how often the grown server and the young one take turns, with how many calls each."""
MIB = 1024 * 1024
SOAK_COLUMNS = (
    "calls",
    "calls/s",
    "one call, ms",
    "young server, ms",
    "ratio",
    "VmRSS, MiB",
    "files open",
    "sockets",
    "threads",
    "audit.db, MiB",
    "WAL, MiB",
)
STEADY = 1
"""The place of the mark by which every memory that has an end is about full."""
SUMMARY_COLUMNS = (f"after {MARKS[-1]:,} calls", f"after {MARKS[STEADY]:,}")
NOISE = 1.05
"""Two times and two sizes of the same are hardly ever nearer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The server after so many calls; `rate` is that of the calls since the mark before, in calls a second."""

    calls: int
    rate: float
    grown: float
    young: float
    resident: float
    open: Descriptors
    threads: int
    log: float
    wal: float

    @property
    def ratio(self) -> float:
        return self.grown / self.young

    def cells(self) -> tuple[str, ...]:
        return (
            f"{self.calls:,}",
            f"{self.rate:.0f}",
            f"{self.grown:.3f}",
            f"{self.young:.3f}",
            f"{self.ratio:.2f}",
            f"{self.resident:.1f}",
            str(self.open.files),
            str(self.open.sockets),
            str(self.threads),
            f"{self.log:.1f}",
            f"{self.wal:.1f}",
        )


class Server:
    """One talent-mcp on stdio with a log of its own."""

    def __init__(self, stack: ExitStack, folder: Path, origin: str) -> None:
        environment = settings(folder, origin)
        command, log = OURS.command(origin), folder / "soak.log"
        self._process: Popen[bytes] = stack.enter_context(running(command, environment, log, piped=True))
        self._home = folder / "home"
        self._client = PipeClient(self._process)
        self._client.initialize()

    def flood(self, asks: Iterator[Ask], calls: int) -> float:
        """The seconds that so many of these calls take."""
        return sum(self._client.flood(list(islice(asks, BATCH)), IN_FLIGHT) for _ in range(0, calls, BATCH))

    def call(self, asks: Iterator[Ask]) -> list[float]:
        """The milliseconds of each of a few calls, one at a time."""
        return [self._client.call(ask) * 1000 for ask in islice(asks, CALLS)]

    def mark(self, calls: int, rate: float, grown: float, young: float) -> Mark:
        return Mark(
            calls=calls,
            rate=rate,
            grown=grown,
            young=young,
            resident=memory(self._process.pid).resident,
            open=descriptors(self._process.pid),
            threads=threads(self._process.pid),
            log=self._size("audit.db"),
            wal=self._size("audit.db-wal"),
        )

    def _size(self, name: str) -> float:
        return (self._home / name).stat().st_size / MIB


def measure_soak(folder: Path, origin: str, pairs: Sequence[Pair]) -> list[Mark]:
    """The marks. Each call is about somebody else, so that whatever is remembered of people would grow."""
    marks: list[Mark] = []
    with ExitStack() as stack:
        server, young = (Server(stack, folder / name, origin) for name in ("grown", "young"))
        asks = about_others(pairs)
        young.flood(asks, MARKS[0])
        for before, mark in zip((0, *MARKS), MARKS, strict=False):
            seconds = server.flood(asks, mark - before)
            grown, fresh = in_turn(server, young, asks)
            marks.append(server.mark(mark, (mark - before) / seconds, grown, fresh))
    return marks


def in_turn(server: Server, young: Server, asks: Iterator[Ask]) -> tuple[float, float]:
    """Median milliseconds of one call of each."""
    grown: list[float] = []
    fresh: list[float] = []
    for _ in range(ROUNDS):
        grown += server.call(asks)
        fresh += young.call(asks)
    return median(grown), median(fresh)


def about_others(pairs: Sequence[Pair]) -> Iterator[Ask]:
    """The four calls in turn without end, each about a person of its own."""
    for number in count():
        pair = pairs[number % len(pairs)]
        yield Ask(pair.tool, {**pair.ours(number), **about(pair.tool, number)})


def about(tool: str, number: int) -> Mapping[str, Any]:
    """What differs for the person of this number. The vendors have them with that name in all that is their own, and
    with another title and position."""
    name, person_id = f"person-{number}", str(UUID(int=number))
    position = f"Controller {number}"
    arguments: dict[str, Mapping[str, Any]] = {
        "search_people": {"people": {"countries": ["de"], "names": [name]}},
        "enrich_person": {"person": {"linkedin": f"https://www.linkedin.com/in/{name}"}},
        "update_stardex_person": {
            "person_id": person_id,
            "changes": {
                "current_job_title": f"Finance Director {number}",
                "emails": {"add": [{"value": f"{person_id}@kontobahn.example"}]},
            },
        },
        "upsert_jarvi_profile": {
            "profile": {"email_addresses": [f"{name}@example.com"], "first_name": "Mara", "current_position": position}
        },
    }
    return arguments[tool]


def summary(first: Mark, last: Mark) -> list[Row]:
    """What the calls between two marks changed."""
    return [
        row("one call, to the young server's", last.ratio, first.ratio, NOISE),
        row("VmRSS, MiB", last.resident, first.resident, NOISE),
        row("files open", last.open.files, first.open.files, 1.00),
    ]


def row(measure: str, last: float, first: float, limit: float) -> Row:
    return Row(
        measure=measure,
        values=(f"{last:.2f}", f"{first:.2f}"),
        ratio=last / first,
        target=f"<= {limit:.2f}",
        met=last <= first * limit,
    )
