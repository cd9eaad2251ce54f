"""Files that only their owner may read."""

import os
import stat
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

OTHERS = stat.S_IRWXG | stat.S_IRWXO
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without waiting: a pipe in the place of a file must not hang the server."""


BESIDE = ".talent-mcp-"
"""How the names of files begin that are on their way to their own."""
LEFT_SECONDS = 60.0
"""Nothing is on its way for so long: whoever wrote it was killed over that."""


class NotPrivate(PermissionError):
    """Others than the owner may read the file."""


def make_private_folder(path: Path) -> Path:
    """The folder, made with mode 0700, as are those above it, where it was missing; durable on return."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir(exist_ok=True, mode=0o700)
        # A folder that one may add to but not list cannot be synced.
        with suppress(PermissionError):
            sync_folder(missing.parent)
    path.mkdir(exist_ok=True)
    return path


def create_private_file(path: Path, content: bytes) -> None:
    """Make a file of mode 0600 that appears whole or not at all; one that is there already is left alone."""
    with written_beside(path, content) as source, suppress(FileExistsError):
        path.hardlink_to(source)
    sync_folder(path.parent)


def replace_private_file(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 in place of what was there, whole or not at all."""
    with written_beside(path, content) as source:
        source.replace(path)
    sync_folder(path.parent)


def read_private_file(path: Path, *, limit: int, others: int = OTHERS) -> bytes:
    """The first bytes of a regular file, up to the limit; `others` are the bits of its mode that must not be set.

    Raises:
        NotPrivate: one of them is set.
        OSError: it is not there, is no regular file, or cannot be read.
    """
    descriptor = os.open(path, READ)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        if shared(status.st_mode, others):
            raise NotPrivate("others may read it")
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def readable_by_others(path: Path) -> bool:
    """Whether the file's mode lets anyone but its owner in."""
    return shared(path.stat().st_mode)


def shared(mode: int, others: int = OTHERS) -> bool:
    """Windows keeps no such mode: there a file inherits the access list of the user's profile, and this is False."""
    return sys.platform != "win32" and bool(mode & others)


@contextmanager
def written_beside(path: Path, content: bytes) -> Generator[Path]:
    """A durable temporary file in the same folder, gone at the end unless it was moved."""
    make_private_folder(path.parent)
    remove_left_over(path.parent)
    with NamedTemporaryFile(dir=path.parent, prefix=BESIDE, delete=False) as temporary:
        source = Path(temporary.name)
        try:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
            temporary.close()
            yield source
        finally:
            source.unlink(missing_ok=True)


def remove_left_over(folder: Path) -> None:
    """Delete what was on its way in this folder when its process was killed."""
    for left in folder.glob(f"{BESIDE}*"):
        with suppress(FileNotFoundError, PermissionError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink()


def sync_folder(folder: Path) -> None:
    """Make a new name in the folder durable, where folders can be opened (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
