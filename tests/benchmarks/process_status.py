"""What Linux tells of a process in /proc."""

import re
from dataclasses import dataclass
from pathlib import Path

from .processes import NotMeasured

KIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """VmHWM and VmRSS in MiB."""

    peak: float
    resident: float


def memory(pid: int) -> Memory:
    """What it keeps at this moment, and the most that it ever kept.

    Raises:
        NotMeasured: the system does not tell (only Linux does).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        raise NotMeasured("memory is read from /proc, which this system has not") from None
    values = dict(re.findall(r"^(VmHWM|VmRSS):\s+(\d+) kB$", status, re.MULTILINE))
    return Memory(int(values["VmHWM"]) / KIB, int(values["VmRSS"]) / KIB)


def descriptors(pid: int) -> int:
    """How many files, pipes and sockets it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
