"""Files that a person handed to the server, each known by a handle; on disk they are sealed.

A handle says nothing of what it stands for, opens for its tenant only, and is no path: whatever a model sends in its
place leads to no other file.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TypeVar, TypeVarTuple

from anyio import to_thread
from pydantic_core import from_json, to_json

from talent_mcp.audit.sealing import PartKey, Unreadable, open_parts, parts_of, seal
from talent_mcp.audit.tenant_keys import TenantKeys
from talent_mcp.errors import TalentError
from talent_mcp.keys.data_keys import KeyGone
from talent_mcp.private_files import create_private_file, read_private_file, remove_left_over
from talent_tools.errors import InvalidArguments
from talent_tools.files import File

PREFIX = "file:"
HANDLE = re.compile(r"file:[0-9a-f]{24}", re.ASCII)
HANDLE_BYTES = 12
FOLDER_BYTES = 16
MOST_BYTES = 8_000_000
"""Of a sealed file; what can be sent is less."""
UNKNOWN = (
    "There is no file with this handle, or its time is over. Ask the person to add it with `talent-mcp files add PATH`."
)
DAMAGED = "The copy of that file is damaged, so nothing was sent. Ask the person to add the file again."
DAY = 86_400.0
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class ShelfUnusable(TalentError):
    """The folder of the files cannot be read or written."""


class Damaged(ShelfUnusable):
    """Files do not open; the text names their handles, to the person who added them."""

    def __init__(self, handles: Sequence[str]) -> None:
        named = " ".join(handles)
        super().__init__(
            f"not sealed by this server, or damaged: {named}. To delete them: talent-mcp files remove {named}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelved:
    """A file on the shelf: `about` is by what the person in it is known, `added` in Unix seconds."""

    handle: str
    file: File
    about: Sequence[str]
    added: float

    @property
    def sha256(self) -> str:
        return sha256(self.file.content).hexdigest()


class FileShelf:
    """Keeps files for so many days. Every method raises ShelfUnusable or StoreUnavailable if that cannot be done."""

    def __init__(
        self, folder: Path, keys: TenantKeys, *, kept_days: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._kept_days = kept_days
        self._clock = clock

    async def add(self, tenant: str, file: File, about: Sequence[str]) -> Shelved:
        """Keep a file; durable on return."""
        shelved = Shelved(handle=f"{PREFIX}{token_hex(HANDLE_BYTES)}", file=file, about=about, added=self._clock())
        own = await self._keys.current(tenant, "payloads")
        key = PartKey(version=own.version), own.key.reveal()
        parts = [(*key, said_of(shelved)), (*key, file.content)]
        path = await self._place(tenant, shelved.handle)
        await in_thread(create_private_file, path, seal(parts, context(tenant, shelved.handle)))
        return shelved

    async def all_of(self, tenant: str) -> list[Shelved]:
        """Every file of a tenant, the oldest first; those whose time is over are deleted.

        Raises:
            Damaged: some do not open, so nobody knows whom they are about.
        """
        found: list[Shelved] = []
        damaged: list[str] = []
        for handle in await in_thread(handles_in, await self._room(tenant)):
            try:
                shelved = await self._in_time(tenant, handle)
            except Damaged:
                damaged.append(handle)
            else:
                found += [shelved] if shelved is not None else []
        if damaged:
            raise Damaged(sorted(damaged))
        return sorted(found, key=lambda one: (one.added, one.handle))

    async def prune(self, tenant: str) -> None:
        """Delete the files whose time is over."""
        with suppress(Damaged):
            await self.all_of(tenant)

    async def remove(self, tenant: str, handle: str) -> bool:
        """Delete a file; whether there was one."""
        if not HANDLE.fullmatch(handle):
            return False
        path = await self._place(tenant, handle)
        return await in_thread(deleted, path)

    async def open(self, tenant: str, handle: str, *, limit: int) -> File:
        """The file that a handle stands for.

        Raises:
            InvalidArguments: there is none, it is damaged, or it is larger than `limit` bytes.
        """
        try:
            shelved = await self._in_time(tenant, handle) if HANDLE.fullmatch(handle) else None
        except Damaged:
            raise InvalidArguments(DAMAGED) from None
        if shelved is None:
            raise InvalidArguments(UNKNOWN)
        if len(shelved.file.content) > limit:
            raise InvalidArguments(
                "That file is larger than can be sent in one call. Ask the person for a smaller one."
            )
        return replace(shelved.file, about=tuple(shelved.about))

    async def _in_time(self, tenant: str, handle: str) -> Shelved | None:
        """The file, if there is one; one whose time is over is deleted."""
        shelved = await self._read(tenant, handle)
        if shelved is not None and self._clock() < shelved.added + self._kept_days * DAY:
            return shelved
        await self.remove(tenant, handle)
        return None

    async def _room(self, tenant: str) -> Path:
        # Named by a keyed hash: what a tenant is called need not be fit for a path.
        return self._folder / (await self._keys.digest(tenant, b"files"))[:FOLDER_BYTES].hex()

    async def _place(self, tenant: str, handle: str) -> Path:
        return await self._room(tenant) / handle.removeprefix(PREFIX)

    async def _read(self, tenant: str, handle: str) -> Shelved | None:
        sealed = await in_thread(content_of, await self._place(tenant, handle))
        if sealed is None:
            return None
        try:
            versions = {part.key.version for part in parts_of(sealed)}
            own = [await self._keys.version(tenant, "payloads", version) for version in versions]
            keys = {PartKey(version=key.version): key.key.reveal() for key in own}
            said, content = open_parts(sealed, context(tenant, handle), keys.get)
        except (Unreadable, KeyGone, ValueError):
            raise Damaged([handle]) from None
        return shelved_as(handle, said or b"{}", content or b"")


async def in_thread(work: Callable[[*Ts], T], *args: *Ts) -> T:
    """Do something with the disk.

    Raises:
        ShelfUnusable: the disk does not let.
    """
    try:
        return await to_thread.run_sync(work, *args)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise ShelfUnusable(f"the folder of files that were added cannot be used: {problem}")


def said_of(shelved: Shelved) -> bytes:
    file = shelved.file
    return to_json({"name": file.name, "type": file.media_type, "about": [*shelved.about], "added": shelved.added})


def shelved_as(handle: str, said: bytes, content: bytes) -> Shelved:
    held = from_json(said)
    file = File(name=held["name"], media_type=held["type"], content=content)
    return Shelved(handle=handle, file=file, about=held["about"], added=held["added"])


def context(tenant: str, handle: str) -> bytes:
    return f"file {tenant} {handle}".encode()


def handles_in(room: Path) -> list[str]:
    """The handles of the files in a room; copies that a process left which was killed are deleted."""
    if not room.is_dir():
        return []
    remove_left_over(room)
    return [*_handles(room)]


def _handles(room: Path) -> Iterator[str]:
    names = (f"{PREFIX}{path.name}" for path in room.iterdir())
    yield from (name for name in names if HANDLE.fullmatch(name))


def handles_of(text: bytes) -> list[str]:
    """The handles that a JSON text names."""
    return HANDLE.findall(text.decode(errors="replace"))


def content_of(path: Path) -> bytes | None:
    try:
        return read_private_file(path, limit=MOST_BYTES)
    except FileNotFoundError:
        return None


def deleted(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
