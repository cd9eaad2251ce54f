"""The credentials of a process: looked up at the first use, and anew when they may have changed."""

import time
from collections.abc import Callable, Mapping

import anyio

from talent_mcp.credentials.keyring_store import NoKeyring
from talent_mcp.credentials.references import Reference, references
from talent_mcp.credentials.sources import FoundCredential, Sources
from talent_mcp.identity import Caller
from talent_mcp.keys.memory import protect_memory
from talent_tools.vendor import VENDOR_NAMES, Vendor

STORED_SECONDS = 30.0
"""How long what came from the store serves before it is looked at again: another process may have rotated it."""

Place = tuple[Vendor, str, str]


class Credentials:
    """Each credential is remembered until a vendor refuses it, or where the store has a say, for STORED_SECONDS.

    `clock` tells monotonic seconds.
    """

    def __init__(
        self,
        configured: Mapping[Vendor, str | None],
        sources: Sources,
        *,
        with_store: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._references = {
            vendor: references(vendor, configured.get(vendor), with_store=with_store) for vendor in VENDOR_NAMES
        }
        self._stored = {
            vendor for vendor, places in self._references.items() if any(place.scheme == "store" for place in places)
        }
        self._looking = {vendor: anyio.Lock(fast_acquire=True) for vendor in VENDOR_NAMES}
        self._sources = sources
        self._clock = clock
        self._known: dict[Place, tuple[FoundCredential, float]] = {}

    async def find(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        """The vendor's credential for this caller; None where every place is empty.

        Raises:
            CredentialError: a place that was configured cannot be used.
        """
        place = self._place(vendor, caller)
        if (known := self._fresh(place)) is not None:
            return known
        async with self._looking[vendor]:
            if (known := self._fresh(place)) is not None:
                return known
            protect_memory()
            began = self._clock()
            self._known.pop(place, None)
            if found := await self._look(vendor, caller):
                self._known[place] = found, began
            return found

    def forget(self, vendor: Vendor, caller: Caller, refused: FoundCredential) -> None:
        """Look it up anew at the next use, as the vendor refused it; unless that was done meanwhile."""
        place = self._place(vendor, caller)
        if self._known.get(place, (None, 0.0))[0] is refused:
            del self._known[place]

    def _place(self, vendor: Vendor, caller: Caller) -> Place:
        """Where it is remembered: the same for all, unless the store has a say."""
        return (vendor, caller.tenant, caller.principal) if vendor in self._stored else (vendor, "", "")

    def _fresh(self, place: Place) -> FoundCredential | None:
        found, at = self._known.get(place, (None, 0.0))
        is_old = place[0] in self._stored and self._clock() - at > STORED_SECONDS
        return None if is_old else found

    async def _look(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        places = self._references[vendor]
        for reference in places:
            try:
                found = await self._sources.find(reference, vendor, caller)
            except NoKeyring:
                if is_asked_for(places):
                    raise
                # Nobody asked for the keyring: where there is none, there is just no credential.
                return None
            if found is not None:
                return found
        return None


def is_asked_for(places: tuple[Reference, ...]) -> bool:
    """Whether the operator named the one place to look at."""
    return len(places) == 1
