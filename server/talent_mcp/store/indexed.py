"""Entries as an index finds them: what it says of an entry has to stand in the entry, which the root vouches for."""

from collections.abc import Iterable

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.errors import StoreUnavailable


def claimant(found: Iterable[StoredEntry], claim: str) -> StoredEntry | None:
    """The entry that was found for a claim.

    Raises:
        StoreUnavailable: it does not claim that.
    """
    return next((vouched(entry, claim in entry.entry.claims) for entry in found), None)


def newest(found: Iterable[StoredEntry], names: Iterable[str]) -> StoredEntry | None:
    """The newest of the entries that were found for answers of these names.

    Raises:
        StoreUnavailable: it brings no such answer.
    """
    entry = max(found, key=lambda one: one.index, default=None)
    return None if entry is None else vouched(entry, not {*names}.isdisjoint(entry.entry.answers))


def vouched(entry: StoredEntry, says_so: bool) -> StoredEntry:
    if not says_so:
        raise StoreUnavailable(
            "its index names an entry that does not say what it is named for: somebody changed it, so keep a copy, and "
            "restore a backup"
        )
    return entry
