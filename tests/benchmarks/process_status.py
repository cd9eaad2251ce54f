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


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What it has open: files, pipes and the like, and sockets, which come and go with its connections."""

    files: int
    sockets: int


def descriptors(pid: int) -> Descriptors:
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = sum(link.startswith("socket:") for link in links)
    return Descriptors(len(links) - sockets, sockets)


def threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
