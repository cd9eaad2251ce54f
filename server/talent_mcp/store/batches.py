"""Entries that wait to be written together, whatever database they go to."""

from collections.abc import Iterable

from talent_mcp.audit.entries import Entry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import Head

MOST_KEPT = 10_000
"""Entries without a waiter that are kept for the next write while the log cannot be written."""


class Ticket:
    """An entry on its way to the disk: `head` is the log's state once the entry is durable.

    `again` marks one whose write may have failed before; it may have been written all the same.
    """

    def __init__(self, entry: Entry, since: float, *, awaited: bool, again: bool = False) -> None:
        self.entry = entry
        self.since = since
        self.awaited = awaited
        self.again = again
        self.head: Head | None = None
        self.failure: StoreUnavailable | None = None


def kept(batch: Iterable[Ticket]) -> list[Ticket]:
    """Those of a batch that nobody waits for and that were not written: they go with the next write that succeeds."""
    lost = [ticket for ticket in batch if ticket.failure and not ticket.awaited]
    return [Ticket(ticket.entry, ticket.since, awaited=False, again=True) for ticket in lost[-MOST_KEPT:]]


def by_tenant(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """The entries of each tenant in their order, tenants in that of their names."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.tenant, []).append(entry)
    return sorted(groups.items())
