"""Which files are opened, as Linux tells it (inotify), whoever opens them; of other systems nothing is learnt."""

import ctypes
import os
import struct
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

IN_OPEN = 0x20
EVENT = struct.Struct("iIII")
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Openings:
    """What happens below the folders that are watched."""

    descriptor: int | None
    folders: dict[int, Path]

    def seen(self) -> set[Path]:
        """What was opened since this was last asked, the folders themselves among it."""
        return {self.folders[watched] / name for watched, name in events_in(self._waiting())}

    def _waiting(self) -> bytes:
        if self.descriptor is None:
            return b""
        with suppress(BlockingIOError):
            return os.read(self.descriptor, MOST_BYTES)
        return b""


def events_in(read: bytes) -> Iterator[tuple[int, str]]:
    """Which folder is meant, and the name in it, or none; see inotify(7)."""
    at = 0
    while at < len(read):
        watched, _, _, length = EVENT.unpack_from(read, at)
        at += EVENT.size + length
        yield watched, os.fsdecode(read[at - length : at].rstrip(b"\0"))


@contextmanager
def openings_in(folders: Sequence[Path]) -> Generator[Openings]:
    """Watch what is opened in these folders; not below them."""
    if sys.platform != "linux":
        yield Openings(None, {})
        return
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        watched = {libc.inotify_add_watch(descriptor, os.fsencode(folder), IN_OPEN): folder for folder in folders}
        assert -1 not in {descriptor, *watched}, os.strerror(ctypes.get_errno())
        yield Openings(descriptor, watched)
    finally:
        os.close(descriptor)
