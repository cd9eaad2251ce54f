"""What a key in memory is kept from: core dumps, and debuggers of the same user."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

PR_SET_DUMPABLE = 4
"""prctl(2). A process that cannot be dumped cannot be attached to either, nor its memory be read in /proc."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What this system lets a process do for its memory."""

    core_dumps_off: bool
    tracing_off: bool


@cache
def protect_memory() -> Protection:
    """Switch off core dumps and tracing of this process, once; called before the first key is read."""
    return Protection(core_dumps_off=switch_off_core_dumps(), tracing_off=switch_off_tracing())


def switch_off_core_dumps() -> bool:
    """Whether that can be done: not on Windows."""
    if sys.platform == "win32":
        return False
    # Imported late, as ctypes is below: a server is up before it needs a key.
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def switch_off_tracing() -> bool:
    """Whether that can be done: on Linux, where no filter of system calls forbids it."""
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
