"""What a tool may know of a file: its name, type and bytes, never where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that the operator's folders allow; `media_type` is an IANA type such as `application/pdf`,
    told from its content. `about` is by what the person in it is known, where who added it said so."""

    name: str
    media_type: str
    content: bytes
    about: Sequence[str] = ()


class OpenFile(Protocol):
    """Reads a file by the handle or the path that the model gave.

    Raises:
        InvalidArguments: no folder is allowed, the path leaves the allowed folders, is no regular file, is not what its
            name says, or is larger than `limit` bytes; or the handle stands for nothing.
    """

    async def __call__(self, path: str, /, *, limit: int) -> File: ...
