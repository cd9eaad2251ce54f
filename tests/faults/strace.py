"""strace, which shows the system calls of a process, and lets one of them fail or be its last."""

import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.programs import require

SECONDS = 120
CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\(")


@dataclass(frozen=True, slots=True)
class Traced:
    """A process that ran under strace: its exit code, the lines that it wrote, and the calls that it made."""

    code: int
    lines: list[str]
    calls: list[str]

    def counted(self) -> Counter[str]:
        """How often each system call was made, by the thread that made it most often: strace counts by thread."""
        each = Counter((found["thread"], found["name"]) for call in self.calls if (found := CALL.match(call)))
        most = Counter[str]()
        for (_, name), number in each.items():
            most[name] = max(most[name], number)
        return most


def traced(command: Sequence[str], log: Path, calls: Sequence[str], *inject: str) -> Traced:
    """Run a command to its end with these calls traced, and `inject` done to some of them (strace's --inject)."""
    strace = [require("strace"), "-f", "-y", "-o", str(log), "-e", f"trace={','.join(calls)}"]
    injected = [f"--inject={each}" for each in inject]
    ran = subprocess.run([*strace, *injected, *command], capture_output=True, timeout=SECONDS, check=False)  # noqa: S603  # a command of ours
    return Traced(ran.returncode, ran.stdout.decode().splitlines(), log.read_text(errors="replace").splitlines())
