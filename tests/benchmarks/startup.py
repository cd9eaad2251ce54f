"""From the start of the process to its answer to initialize on stdio, and what it then keeps in memory."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .contenders import BARE, CONTENDERS, OURS, Contender
from .pipe_client import PipeClient
from .process_status import memory
from .processes import running
from .table import Row

SPAWN_LIMIT = 1.02
MEMORY_LIMIT = 1.25


@dataclass(frozen=True, slots=True)
class Start:
    """One start: milliseconds to the answer, then the memory's peak and its present size in MiB."""

    milliseconds: float
    peak: float
    resident: float


def measure_startup(folder: Path, spawns: int) -> list[Row]:
    starts: dict[Contender, list[Start]] = {contender: [] for contender in CONTENDERS}
    for contender in CONTENDERS:
        started(contender, folder)
    for _ in range(spawns):
        for contender in CONTENDERS:
            starts[contender].append(started(contender, folder))
    return [
        row("spawn to initialize, stdio", "ms", starts, lambda start: start.milliseconds, SPAWN_LIMIT),
        row("memory, peak (VmHWM)", "MiB", starts, lambda start: start.peak, MEMORY_LIMIT),
        row("memory, resident (VmRSS)", "MiB", starts, lambda start: start.resident, MEMORY_LIMIT),
    ]


def started(contender: Contender, folder: Path) -> Start:
    extra = {"TALENT_HOME": str(folder / "startup"), "OCEAN_API_TOKEN": "sandbox-ocean"} if contender.is_ours else {}
    begun = time.perf_counter()
    with running(contender.hello, extra, folder / "startup.log", piped=True) as process:
        PipeClient(process).initialize()
        milliseconds = (time.perf_counter() - begun) * 1000
        kept = memory(process.pid)
        return Start(milliseconds, kept.peak, kept.resident)


def row(
    measure: str,
    unit: str,
    starts: Mapping[Contender, Sequence[Start]],
    value: Callable[[Start], float],
    limit: float,
) -> Row:
    medians = {contender: median(map(value, found)) for contender, found in starts.items()}
    ratio = medians[OURS] / medians[BARE]
    return Row(
        measure=measure,
        values=tuple(f"{medians[contender]:.1f} {unit}" for contender in CONTENDERS),
        ratio=ratio,
        target=f"<= {limit:.2f}",
        met=ratio <= limit,
    )
