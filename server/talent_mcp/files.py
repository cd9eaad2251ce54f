"""Files that the operator allows, opened without following a link on the way."""

import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio.to_thread

from talent_tools.errors import InvalidArguments
from talent_tools.files import File

NO_FOLDER = (
    "No folder is open to this server, so no file can be sent. "
    "Ask the operator to set TALENT_FILE_FOLDERS to the folder that holds the files."
)
OUTSIDE = (
    "That file lies outside the folders that the operator allows, or behind a link. Ask the person to put it there."
)
MISSING = "There is no such file in the allowed folders. Ask the person for its path."
NOT_A_FILE = "That path is not a regular file. Ask the person for the file's path."
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".md": "text/markdown",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
"""By extension, from the IANA registry; the standard library's table differs between machines."""
OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class AllowedFiles:
    """Reads files below the folders that the operator allows; with none, reads nothing."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    async def __call__(self, path: str, /, *, limit: int) -> File:
        """See talent_tools.files.OpenFile."""
        if not self._folders:
            raise InvalidArguments(NO_FOLDER)
        return await anyio.to_thread.run_sync(self._read, path, limit)

    def _read(self, path: str, limit: int) -> File:
        asked = Path(path).expanduser() if path.startswith("~/") else Path(path)
        if "\0" in path or ".." in asked.parts:
            raise InvalidArguments(OUTSIDE)
        refusal = InvalidArguments(OUTSIDE)
        for folder in self._folders:
            try:
                return read_below(folder, below(folder, asked), limit)
            except FileNotFoundError:
                refusal = InvalidArguments(MISSING)
            except OSError:
                continue
        raise refusal


def below(folder: Path, asked: Path) -> Path:
    """The path relative to the folder.

    Raises:
        PermissionError: it names a place elsewhere.
    """
    if not asked.is_absolute():
        return asked
    for root in (folder.absolute(), folder.resolve()):
        if asked.is_relative_to(root):
            return asked.relative_to(root)
    raise PermissionError("outside")


def read_below(folder: Path, relative: Path, limit: int) -> File:
    with opened_below(folder, relative) as descriptor:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidArguments(NOT_A_FILE)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    if len(content) > limit:
        size = max(status.st_size, len(content)) / 1_000_000
        raise InvalidArguments(
            f"That file has {size:.1f} MB; the most that can be sent is {limit / 1_000_000:.1f} MB in one call. "
            "Ask the person for a smaller one."
        )
    return File(
        name=relative.name,
        media_type=MEDIA_TYPES.get(relative.suffix.lower(), "application/octet-stream"),
        content=content,
    )


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
    resolved = (folder / relative).resolve(strict=True)
    if resolved != folder.resolve() / relative:
        raise PermissionError("behind a link")
    return os.open(resolved, OPEN)
