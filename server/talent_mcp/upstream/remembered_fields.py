"""The custom fields of the vendors' accounts, remembered for some minutes: they rarely change."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.identity import Caller
from talent_tools.vendor import Vendor

if TYPE_CHECKING:
    from talent_mcp.upstream.vendor_key import FindCredentials
    from talent_tools.custom_fields import CustomFields
    from talent_tools.field_definitions import ReadFields, RememberFields

KEPT_SECONDS = 300.0
AGAIN_SECONDS = 10.0
"""What was read less than so long ago is not read anew for a name that it does not hold."""
MOST_ACCOUNTS = 256

Account = tuple[Vendor, str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """Custom fields, the credential that they were read with, and when (anyio clock)."""

    fields: "CustomFields"
    credential: FoundCredential | None
    at: float


class RememberedFields:
    """What was read for a caller is given to no other, and not once the caller's credential is another one."""

    def __init__(self, credentials: "FindCredentials") -> None:
        self._credentials = credentials
        self._known: OrderedDict[Account, Remembered] = OrderedDict()
        self._reading: dict[Account, anyio.Lock] = {}

    def of(self, caller: Caller) -> "RememberFields":
        """The memory as one caller's handler sees it."""
        # Loaded with the handlers.
        from talent_tools.field_definitions import Known

        async def remember(vendor: Vendor, read: "ReadFields", /, *, anew: bool) -> Known:
            credential = await self._credentials.find(vendor, caller)
            account = (vendor, caller.tenant, caller.principal)
            # Calls that begin together ask the vendor once.
            async with self._reading.setdefault(account, anyio.Lock()):
                known = self._young(account, credential, AGAIN_SECONDS if anew else KEPT_SECONDS)
                if known is not None:
                    return Known(known.fields, remembered=True)
                fields = await read()
                self._keep(account, Remembered(fields, credential, anyio.current_time()))
                return Known(fields, remembered=False)

        return remember

    def _young(self, account: Account, credential: FoundCredential | None, seconds: float) -> Remembered | None:
        known = self._known.get(account)
        if known is None or anyio.current_time() - known.at >= seconds:
            return None
        return known if is_same(known.credential, credential) else None

    def _keep(self, account: Account, known: Remembered) -> None:
        self._known[account] = known
        self._known.move_to_end(account)
        while len(self._known) > MOST_ACCOUNTS:
            oldest, _ = self._known.popitem(last=False)
            self._reading.pop(oldest, None)


def is_same(one: FoundCredential | None, other: FoundCredential | None) -> bool:
    if one is None or other is None:
        return one is other
    # Loaded with the first request to a vendor.
    from talent_mcp.upstream.vendor_key import same

    return same(one.secret, other.secret)
