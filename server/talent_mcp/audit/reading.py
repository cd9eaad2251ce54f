"""Entries for a reader: with what is left of their payloads, opened and cleaned."""

from collections.abc import Sequence

from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.payloads import Payloads
from talent_mcp.audit.sealing import Unreadable
from talent_mcp.audit.subjects import Subject, Subjects
from talent_mcp.errors import StoreUnavailable
from talent_tools.result import VERBATIM
from talent_tools.text import clean


class Reader:
    """Opens payloads. Every method raises StoreUnavailable when keys cannot be used, or a payload is not its own."""

    def __init__(self, payloads: Payloads, subjects: Subjects) -> None:
        self._payloads = payloads
        self._subjects = subjects

    async def described(self, entries: Sequence[StoredEntry]) -> list[dict[str, JsonValue]]:
        """Each entry's place, its envelope and what is left of its payload, cleaned, for a model."""
        payloads = await self.payloads(entries)
        held = zip(entries, payloads, strict=True)
        return [described(entry, clean(payload, verbatim=VERBATIM)) for entry, payload in held]

    async def recorded(self, entries: Sequence[StoredEntry]) -> list[dict[str, JsonValue]]:
        """The same as it is recorded, for a person: what shows it has to spell out what cannot be seen."""
        payloads = await self.payloads(entries)
        return [described(entry, payload) for entry, payload in zip(entries, payloads, strict=True)]

    async def payloads(self, entries: Sequence[StoredEntry]) -> list[JsonValue]:
        """What the payloads of one tenant's entries hold; None where there is none (any more)."""
        if not entries:
            return []
        try:
            return await self._payloads.open(entries[0].entry.tenant, entries)
        except Unreadable as damage:
            raise StoreUnavailable(f"an entry cannot be read: {damage}; run `talent-mcp audit verify`") from None

    async def person(self, tenant: str, person: Subject) -> frozenset[str]:
        """By which names the log knows a person."""
        return frozenset(await self._subjects.person(tenant, person))


def described(entry: StoredEntry, payload: JsonValue) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {"index": entry.index, **entry.envelope}
    return fields | payload if isinstance(payload, dict) else fields


def mentions(entry: StoredEntry, subjects: frozenset[str]) -> bool:
    """Whether an entry is about one of these."""
    return any(name in subjects for name in entry.subjects)
