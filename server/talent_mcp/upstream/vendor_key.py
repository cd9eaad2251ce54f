"""One vendor's keys on their way to its requests."""

import hmac
from dataclasses import dataclass
from typing import Protocol

import httpx2

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.errors import CredentialError
from talent_mcp.identity import Caller
from talent_mcp.upstream.auth import HEADERS, HostBoundAuth
from talent_mcp.upstream.trip import Trip
from talent_tools.errors import VendorUnavailable
from talent_tools.vendor import VENDOR_NAMES, Vendor


class NoKey(VendorUnavailable):
    """There is no key for the vendor; nothing was sent."""


class FindCredentials(Protocol):
    """Whoever knows the credentials of callers."""

    async def find(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        """The credential, or None where there is none."""
        ...

    def forget(self, vendor: Vendor, caller: Caller, refused: FoundCredential) -> None:
        """The vendor refused it."""
        ...


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A credential, bound to its vendor's origin."""

    found: FoundCredential
    auth: HostBoundAuth


class VendorKeys:
    """Finds the key of a call, and binds it to the vendor's origin."""

    def __init__(self, vendor: Vendor, base: httpx2.URL, credentials: FindCredentials) -> None:
        self._vendor: Vendor = vendor
        self._base = base
        self._credentials = credentials
        self._bound: dict[tuple[str, str], BoundKey] = {}

    async def key(self, trip: Trip) -> BoundKey:
        """The key of this call's caller, which the call is told of.

        Raises:
            NoKey: there is none.
            CredentialError: the place that was configured cannot be used.
        """
        found = await self._credentials.find(self._vendor, trip.caller)
        if found is None:
            raise NoKey(
                f"There is no key for {VENDOR_NAMES[self._vendor]}, so nothing was sent. "
                f"Ask the operator to run `talent-mcp login {self._vendor}`."
            )
        trip.use(self._vendor, found)
        return self._bind(found, trip.caller)

    async def replacement(self, refused: BoundKey, trip: Trip) -> BoundKey | None:
        """The key that took the place of a refused one, looked up anew; None if there is none or still the same."""
        try:
            found = await self._credentials.find(self._vendor, trip.caller)
        except CredentialError:
            # The call ends with what the vendor said; the next one finds out about this.
            return None
        if found is None:
            return None
        if same(found.secret, refused.found.secret):
            # Not to be remembered: whoever comes next looks again.
            self._credentials.forget(self._vendor, trip.caller, found)
            return None
        trip.use(self._vendor, found)
        return self._bind(found, trip.caller)

    def refuse(self, refused: BoundKey, trip: Trip) -> None:
        """The vendor refused this key: it is looked up anew at the next use."""
        self._credentials.forget(self._vendor, trip.caller, refused.found)

    def _bind(self, found: FoundCredential, caller: Caller) -> BoundKey:
        who = (caller.tenant, caller.principal)
        key = self._bound.get(who)
        if key is None or key.found is not found:
            auth = HostBoundAuth(self._base, HEADERS[self._vendor], found.secret)
            key = self._bound[who] = BoundKey(found, auth)
        return key


def same(one: Secret, other: Secret) -> bool:
    """Whether two secrets hold the same value."""
    return hmac.compare_digest(one.reveal().encode(), other.reveal().encode())
