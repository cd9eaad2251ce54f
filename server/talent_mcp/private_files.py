"""Files that only their owner may read."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 where it was missing."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def create_private_file(path: Path, content: bytes) -> None:
    """Make a file of mode 0600 that appears whole or not at all; one that is there already is left alone."""
    make_private_folder(path.parent)
    with NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        temporary.write(content)
        temporary.flush()
        os.fsync(temporary.fileno())
    source = Path(temporary.name)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(source)
    finally:
        source.unlink()


def replace_private_file(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 in place of what was there, whole or not at all."""
    make_private_folder(path.parent)
    with NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        temporary.write(content)
        temporary.flush()
        os.fsync(temporary.fileno())
    Path(temporary.name).replace(path)


def readable_by_others(path: Path) -> bool:
    """Whether the file's mode lets anyone but its owner in.

    Windows keeps no such mode: there a file inherits the access list of the user's profile, and this is False.
    """
    return sys.platform != "win32" and bool(path.stat().st_mode & OTHERS)
