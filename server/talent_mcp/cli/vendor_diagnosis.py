"""What `doctor` looks at beyond this computer's folders: the audit log, and each vendor with its key."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import anyio

from talent_mcp.app import House, open_house
from talent_mcp.audit.calls import calls_in_doubt
from talent_mcp.audit.verify import verify
from talent_mcp.cli.diagnosis import Finding, ok, problem, warning
from talent_mcp.cli.key_places import KeyPlace, in_words, key_places, keyring_name
from talent_mcp.cli.key_trial import Trial, try_key
from talent_mcp.cli.outside import Outside
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import LOOPBACK, VENDOR_URLS, Settings
from talent_mcp.store.protocol import Store, StoreUnavailable
from talent_tools.vendor import VENDOR_NAMES, Vendor

VERIFY_SECONDS = 3.0
CALL_SECONDS = 8.0
"""How long a vendor may take to answer here; a person is waiting."""


async def beyond(
    settings: Settings, environment: Mapping[str, str], outside: Outside, *, offline: bool
) -> AsyncIterator[Finding]:
    """The audit log, then the vendors."""
    places = await key_places(settings, environment, outside.keyring)
    async with open_house(patient(settings, places), environment, transport=outside.transport, keyring=outside.keyring) as house:
        log = await audit_log(house.store)
        trials = {} if offline else await trials_of(house, places)
    for finding in log:
        yield finding
    for place in places:
        for finding in vendor(place, settings, trials.get(place.vendor), await keyring_name(outside.keyring)):
            yield finding


def patient(settings: Settings, places: list[KeyPlace]) -> Settings:
    """The same settings, for a person who waits, without references that cannot be read."""
    changed: dict[str, object] = {"call_seconds": CALL_SECONDS}
    for place in places:
        if not place.looked_at:
            changed[place.vendor] = settings.vendor(place.vendor).model_copy(update={"credential": None})
    return settings.model_copy(update=changed)
