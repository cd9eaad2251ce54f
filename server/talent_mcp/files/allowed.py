"""Files that the operator allows, opened without following a link on the way."""

import os
import re
import stat
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path, PurePath
from typing import TypeVar

import anyio.to_thread

from talent_mcp.files.own import OwnFiles
from talent_mcp.files.types import NotWhatItSays, media_type
from talent_tools.errors import InvalidArguments
from talent_tools.files import File

NO_FOLDER = (
    "No folder is open to this server, so no file can be sent. "
    "Ask the person to add it with `talent-mcp files add PATH` and for its handle, or the operator to set "
    "TALENT_FILE_FOLDERS to the folder that holds the files."
)
OUTSIDE = (
    "That file lies outside the folders that the operator allows, or behind a link. "
    "Ask the person to put it there, or to add it with `talent-mcp files add PATH`."
)
MISSING = "There is no such file in the allowed folders. Ask the person for its path."
UNREADABLE = "That file cannot be read by this server. Ask the person to give it the right to."
NOT_WHAT_IT_SAYS = (
    "The content of that file is not what the ending of its name says, so nothing was sent. "
    "Ask the person for the right file, or to rename it."
)
NOT_A_FILE = "That path is not a regular file. Ask the person for the file's path."
UNSAFE_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
LONGEST_NAME, LONGEST_SUFFIX = 150, 10
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""A pipe must not hang the server, nor a terminal become its own."""
OPEN = os.O_RDONLY | WITHOUT_WAITING | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


P = TypeVar("P", bound=PurePath)


class AllowedFiles:
    """Reads files below the folders that the operator allows; with none, reads nothing.

    `never` names files and folders that are not read wherever they lie: the server's own.
    """

    def __init__(self, folders: Sequence[Path], *, never: Sequence[Path] = ()) -> None:
        self._folders = folders
        self._never = OwnFiles(never)

    async def __call__(self, path: str, /, *, limit: int) -> File:
        """See talent_tools.files.OpenFile."""
        if not self._folders:
            raise InvalidArguments(NO_FOLDER)
        return await anyio.to_thread.run_sync(self._read, path, limit)

    def _read(self, path: str, limit: int) -> File:
        refusal = OUTSIDE
        for folder in self._folders:
            try:
                return read_below(folder, below(folder, path), limit, self._never)
            except FileNotFoundError:
                refusal = MISSING
            except PermissionError:
                refusal = UNREADABLE
            except (OSError, ValueError, RuntimeError):
                # Behind a link or outside, or no path at all: with a NUL in it, or in a home that nobody knows.
                continue
        raise InvalidArguments(refusal)


def below(folder: Path, path: str) -> Path:
    """The path relative to the folder.

    Raises:
        ValueError: it names a place elsewhere.
    """
    asked = Path(path)
    if path.startswith("~/"):
        asked = Path.home() / path[2:]
    return relative(asked, [folder.absolute(), folder.resolve()])


def relative(asked: P, roots: Sequence[P]) -> P:
    if ".." in asked.parts:
        raise ValueError("may lead outside")
    if not asked.anchor:
        return asked
    # With an anchor and yet not absolute, on Windows: at the root of this drive, or on another one.
    for root in roots:
        if asked.is_relative_to(root):
            return asked.relative_to(root)
    raise ValueError("outside")


def read_below(folder: Path, relative: Path, limit: int, never: OwnFiles) -> File:
    # Before it is opened: closing a file of SQLite's drops the locks that this process holds on it.
    never.refuse(folder / relative)
    with opened_below(folder, relative) as descriptor:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InvalidArguments(NOT_A_FILE)
        never.refuse_same([found])
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
        size = max(os.fstat(descriptor).st_size, len(content))
    if len(content) > limit:
        raise InvalidArguments(
            f"That file has {ceil(size / 1000):,} kB; the most that can be sent is {limit // 1000:,} kB in one call. "
            "Ask the person for a smaller one."
        )
    name = sane_name(relative.name)
    return File(name=name, media_type=told_type(name, content), content=content)


def told_type(name: str, content: bytes) -> str:
    """The type of a file, by the name under which it is sent: another ending may have come out of making it sane.

    Raises:
        InvalidArguments: its content is not what its name says.
    """
    with suppress(NotWhatItSays):
        return media_type(PurePath(name).suffix.lower(), content)
    raise InvalidArguments(NOT_WHAT_IT_SAYS)


def sane_name(name: str) -> str:
    """The name without what a receiver may stumble over: path separators, control and invisible characters."""
    visible = "".join(character for character in unicodedata.normalize("NFC", name) if character.isprintable())
    plain = UNSAFE_IN_NAMES.sub("_", visible).strip(" .")
    suffix = Path(plain).suffix
    if len(suffix) > LONGEST_SUFFIX:
        suffix = ""
    stem = plain.removesuffix(suffix)[: LONGEST_NAME - len(suffix)].rstrip(" .")
    return f"{stem}{suffix}" or "file"


@contextmanager
def opened_below(folder: Path, relative: Path) -> Generator[int]:
    """A descriptor of the file, reached step by step so that no link can be swapped in between."""
    if os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW"):
        descriptor = open_without_links(folder, relative.parts)
    else:
        # Windows has no openat: there a folder that others may change is not a safe choice (SECURITY.md).
        descriptor = open_resolved(folder, relative)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_without_links(folder: Path, parts: Sequence[str]) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for position, part in enumerate(parts, 1):
        flags = OPEN | os.O_NOFOLLOW | (os.O_DIRECTORY if position < len(parts) else 0)
        try:
            step = os.open(part, flags, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = step
    return descriptor


def open_resolved(folder: Path, relative: Path) -> int:
    root = folder.resolve()
    resolved = (root / relative).resolve(strict=True)
    if resolved != root / relative or not resolved.is_relative_to(root):
        raise ValueError("behind a link, or outside")
    return os.open(resolved, OPEN)
