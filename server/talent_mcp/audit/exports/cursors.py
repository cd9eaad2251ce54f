"""Where an export ended, so that the next one goes on from there."""

import re
from dataclasses import dataclass

from talent_mcp.errors import TalentError
from talent_mcp.store.protocol import Store

DIGITS = 16
FORM = re.compile(r"(0|[1-9][0-9]{0,17})-([0-9a-f]{16})")


class CursorGone(TalentError):
    """A cursor that is none, or of another log; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The entry up to which something was exported: its index, and how its leaf hash begins (in hex)."""

    index: int
    leaf: str

    @classmethod
    def of(cls, index: int, leaf: bytes) -> "Cursor":
        return cls(index, leaf.hex()[:DIGITS])

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read back what `str` gives.

        Raises:
            CursorGone: it is something else.
        """
        found = FORM.fullmatch(text)
        if found is None:
            raise CursorGone("a cursor is the index of an entry, a dash and the first 16 digits of its leaf hash")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.index}-{self.leaf}"


async def start_after(store: Store, tenant: str, cursor: Cursor | None) -> int:
    """The index of the first entry that was not exported yet.

    Raises:
        CursorGone: the log has no such entry, so it is another one, or was cut or rewritten since.
        StoreUnavailable: the log cannot be read.
    """
    if cursor is None:
        return 0
    leaves = await store.leaves(tenant, cursor.index, cursor.index + 1)
    if not leaves or Cursor.of(cursor.index, leaves[0]) != cursor:
        raise CursorGone(
            "the log does not hold the entry that the cursor names: it is another log, or it was changed since; "
            "run `talent-mcp audit verify` with the last checkpoint"
        )
    return cursor.index + 1


async def cursor_at(store: Store, tenant: str, size: int) -> Cursor | None:
    """The cursor of the last of the first `size` entries; None where there is none.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    if not size:
        return None
    (leaf,) = await store.leaves(tenant, size - 1, size)
    return Cursor.of(size - 1, leaf)
