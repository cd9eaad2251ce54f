"""The reference for durable appends: a file of lines, written in groups and synced once a group, that knows no more."""

import os
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread

Sync = Callable[[int], None]
# macOS and Windows have no fdatasync.
DATA_SYNC: Sync = getattr(os, "fdatasync", os.fsync)


class JsonlLog:
    """Whoever finds the file free writes for all that wait, in a thread."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._queue: list[bytes] = []
        self._writing = anyio.Lock(fast_acquire=True)
        self._asked = self._durable = 0

    async def append(self, line: bytes) -> None:
        """Return once the line would survive a power cut."""
        self._queue.append(line)
        self._asked += 1
        own = self._asked
        async with self._writing:
            if self._durable < own:
                batch, self._queue = self._queue, []
                await anyio.to_thread.run_sync(self._write, batch)
                self._durable += len(batch)

    def close(self) -> None:
        self._file.close()

    def _write(self, batch: list[bytes]) -> None:
        self._file.write(b"".join(batch))
        DATA_SYNC(self._file.fileno())
