"""Processes take turns at one file: an advisory lock that the system lets go of when its holder dies."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

POLL_SECONDS = 0.002


class Turns:
    """The lock of one process, for its threads in turn.

    The file stays open: to open it anew at each turn would cost every call more than the lock itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = Lock()
        self._descriptor: int | None = None

    @contextmanager
    def turn(self, seconds: float) -> Generator[None]:
        """Hold the lock, after waiting for it no longer than that.

        Raises:
            TimeoutError: others held it for all that time.
            OSError: the file can be neither opened nor made.
        """
        until = time.monotonic() + seconds
        if not self._threads.acquire(timeout=max(0.0, seconds)):
            raise TimeoutError
        try:
            descriptor = self._locked(until)
            try:
                yield
            finally:
                unlock(descriptor)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Let go of the file; the next turn opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _locked(self, until: float) -> int:
        while True:
            descriptor = self._opened()
            if try_lock(descriptor):
                if self._is_still_named(descriptor):
                    return descriptor
                self.close()
            if time.monotonic() >= until:
                raise TimeoutError
            time.sleep(POLL_SECONDS)

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self._path, flags, 0o600)
        return self._descriptor

    def _is_still_named(self, descriptor: int) -> bool:
        """False where someone deleted the file meanwhile: others then lock another one."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.lstat())
        except FileNotFoundError:
            return False


def try_lock(descriptor: int) -> bool:
    # Loaded in the writing thread at the first entry: start-up need not wait for it.
    from filelock import lock_descriptor

    return lock_descriptor(descriptor, blocking=False)


def unlock(descriptor: int) -> None:
    from filelock import unlock_descriptor

    unlock_descriptor(descriptor)
