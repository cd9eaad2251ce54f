"""What all formats of an export have in common: the entries that are wanted, by the page, with what they hold."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.audit.exports.cursors import Cursor
from talent_mcp.audit.exports.selection import Selection, Selector
from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.signing import NotWhole
from talent_mcp.store.protocol import Head, Record, Store

PAGE = 500
"""Entries whose bodies are in memory at once."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An entry, its leaf hash, and what its payload holds where that is exported."""

    stored: StoredEntry
    leaf: bytes
    payload: JsonValue = None

    @property
    def said(self) -> dict[str, JsonValue]:
        """The envelope's fields.

        Raises:
            NotWhole: it cannot be read; whoever wrote it made a hash for it.
        """
        try:
            said = self.stored.envelope
            if said.keys() >= {"type", "time"}:
                return said
        except (ValueError, AttributeError):
            pass
        raise NotWhole(f"entry {self.stored.index} cannot be read")

    @property
    def cursor(self) -> Cursor:
        """How to go on after this entry; it names the entry, too."""
        return Cursor.of(self.stored.index, self.leaf)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The entries of a tenant's log from `start` to its end at `head`; with a `reader`, and so with personal data,
    what their payloads hold.

    `earlier` are sizes of the log that whoever gets the export has checkpoints of.
    """

    store: Store
    tenant: str
    start: int
    head: Head
    selection: Selection
    reader: Reader | None = None
    earlier: Sequence[int] = ()

    async def entries(self) -> AsyncIterator[Exported]:
        """The entries that are wanted, in order.

        Raises:
            NotWhole: one is missing, or is not the one that was written.
            StoreUnavailable: the log or its keys cannot be read.
        """
        selector = Selector(self.store, self.tenant, self.selection, self.head.size)
        for start in range(self.start, self.head.size, PAGE):
            stop = min(start + PAGE, self.head.size)
            records = await self.store.records(self.tenant, start, stop)
            page = [exported(self.tenant, record, index) for index, record in enumerate(records, start)]
            if len(page) != stop - start:
                raise NotWhole(f"entry {start + len(page)} is missing")
            if not self.selection.is_all:
                page = [entry for entry in page if entry.said and await selector.chosen(entry.stored)]
            for entry in await self._opened(page):
                yield entry

    async def _opened(self, page: list[Exported]) -> Sequence[Exported]:
        if self.reader is None:
            return page
        payloads = await self.reader.payloads([entry.stored for entry in page])
        return [Exported(entry.stored, entry.leaf, payload) for entry, payload in zip(page, payloads, strict=True)]


def exported(tenant: str, record: Record, expected: int) -> Exported:
    index, envelope, leaf, body = record
    if index != expected:
        raise NotWhole(f"entry {expected} is missing")
    if leaf_hash(envelope) != leaf:
        raise NotWhole(f"entry {index} is not the one that was written")
    return Exported(StoredEntry(index, Entry(tenant, envelope, body)), leaf)
