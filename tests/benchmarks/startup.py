"""From the start of the process to its answer to initialize on stdio, and what it then keeps in memory."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .pipe_client import PipeClient
from .processes import BARE_HELLO, TALENT_MCP, NotMeasured, running
from .table import Row

SPAWN_LIMIT = 1.10
MEMORY_LIMIT = 1.25


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds to the answer, then the memory's peak and its present size in KiB."""

    seconds: float
    peak: int
    resident: int


def measure_startup(folder: Path, spawns: int) -> list[Row]:
    ours: list[Start] = []
    bare: list[Start] = []
    extra = {"TALENT_HOME": str(folder / "startup"), "OCEAN_API_TOKEN": "sandbox-ocean"}
    started((*TALENT_MCP, "serve"), extra, folder)
    started(BARE_HELLO, {}, folder)
    for _ in range(spawns):
        ours.append(started((*TALENT_MCP, "serve"), extra, folder))
        bare.append(started(BARE_HELLO, {}, folder))
    return rows(ours, bare)


def started(command: Sequence[str], extra: dict[str, str], folder: Path) -> Start:
    begun = time.perf_counter()
    with running(command, extra, folder / "startup.log", piped=True) as process:
        PipeClient(process).initialize()
        seconds = time.perf_counter() - begun
        return Start(seconds, *memory(process.pid))


def memory(pid: int) -> tuple[int, int]:
    """VmHWM and VmRSS in KiB.

    Raises:
        NotMeasured: the system does not tell (only Linux does, in /proc).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        raise NotMeasured("memory is read from /proc, which this system has not") from None
    values = dict(re.findall(r"^(VmHWM|VmRSS):\s+(\d+) kB$", status, re.MULTILINE))
    return int(values["VmHWM"]), int(values["VmRSS"])


def rows(ours: list[Start], bare: list[Start]) -> list[Row]:
    spawn = compared([start.seconds * 1000 for start in ours], [start.seconds * 1000 for start in bare])
    peak = compared([start.peak / 1024 for start in ours], [start.peak / 1024 for start in bare])
    resident = compared([start.resident / 1024 for start in ours], [start.resident / 1024 for start in bare])
    return [
        row("spawn to initialize, stdio", "ms", spawn, SPAWN_LIMIT),
        row("memory, peak (VmHWM)", "MiB", peak, MEMORY_LIMIT),
        row("memory, resident (VmRSS)", "MiB", resident, MEMORY_LIMIT),
    ]


def compared(ours: list[float], bare: list[float]) -> tuple[float, float]:
    return median(ours), median(bare)


def row(measure: str, unit: str, values: tuple[float, float], limit: float) -> Row:
    ours, bare = values
    return Row(
        measure=measure,
        ours=f"{ours:.1f} {unit}",
        reference=f"{bare:.1f} {unit}",
        ratio=ours / bare,
        target=f"<= {limit:.2f}",
        met=ours / bare <= limit,
    )
