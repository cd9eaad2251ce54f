"""The one thing that the rest of the server asks of a database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from talent_mcp.audit.entries import Entry, StoredEntry


class StoreUnavailable(Exception):
    """The store cannot be written or read; the text says why, in words for an operator, without any value."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a tenant's log: how many entries, and the Merkle root over them."""

    size: int
    root: bytes


class Store(Protocol):
    """An append-only log of entries a tenant, durable and shared by processes.

    Every method raises StoreUnavailable when the database cannot do it.
    """

    async def append(self, entry: Entry) -> Head:
        """Append, with all that was enqueued before, and return once it would survive a power cut."""
        ...

    def enqueue(self, entry: Entry) -> None:
        """Append together with the next entry that is waited for."""
        ...

    async def head(self, tenant: str) -> Head: ...

    def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        """The entries with start <= index < stop, in order, of one consistent moment a page."""
        ...

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        """All entries of one call, in order."""
        ...

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        """Identifiers of the newest calls, newest first."""
        ...

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        """Identifiers of calls that have an intent and no outcome, or one that is unknown, oldest first."""
        ...

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        """When requests went to a vendor since a time (Unix seconds), oldest first."""
        ...

    async def close(self) -> None: ...
