"""Entries that wait to be written together, whatever database they go to."""

from collections.abc import Container, Iterable, Mapping

from talent_mcp.audit.entries import Entry
from talent_mcp.errors import OverBudget, StoreUnavailable
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Claimed, Head

MOST_KEPT = 10_000
"""Entries without a waiter that are kept for the next write while the log cannot be written."""


class Ticket:
    """An entry on its way to the disk: `head` is the log's state once the entry is durable.

    `limits` are those of what it may reserve. `again` marks one whose write may have failed before; it may have been
    written all the same.
    """

    def __init__(
        self, entry: Entry, since: float, *, awaited: bool, again: bool = False, limits: Limits | None = None
    ) -> None:
        self.entry = entry
        self.limits = limits
        self.since = since
        self.awaited = awaited
        self.again = again
        self.head: Head | None = None
        self.failure: StoreUnavailable | OverBudget | None = None


def has_failed(batch: Iterable[Ticket]) -> bool:
    """Whether some of these may or may not have been written."""
    refused = (Claimed, OverBudget)
    return any(ticket.failure is not None and not isinstance(ticket.failure, refused) for ticket in batch)


def give_heads(batch: Iterable[Ticket], heads: Mapping[str, Head]) -> None:
    """Tell who waits that what was not refused is durable."""
    for ticket in batch:
        if ticket.failure is None:
            ticket.head = heads.get(ticket.entry.tenant)


def unclaimed(batch: Iterable[Ticket], taken: Container[tuple[str, str]]) -> list[Ticket]:
    """Those that claim nothing, or are the first to claim all of it; the others are refused."""
    found: list[Ticket] = []
    claimed: set[tuple[str, str]] = set()
    for ticket in batch:
        claims = {(ticket.entry.tenant, claim) for claim in ticket.entry.claims}
        if any(claim in claimed or claim in taken for claim in claims):
            ticket.failure = Claimed()
            continue
        claimed |= claims
        found.append(ticket)
    return found


def kept(batch: Iterable[Ticket]) -> list[Ticket]:
    """Those of a batch that nobody waits for and that were not written: they go with the next write that succeeds."""
    lost = [ticket for ticket in batch if ticket.failure and not ticket.awaited]
    return [Ticket(ticket.entry, ticket.since, awaited=False, again=True) for ticket in lost[-MOST_KEPT:]]


def by_tenant(tickets: Iterable[Ticket]) -> list[tuple[str, list[Ticket]]]:
    """The tickets of each tenant in their order, tenants in that of their names."""
    groups: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        groups.setdefault(ticket.entry.tenant, []).append(ticket)
    return sorted(groups.items())
