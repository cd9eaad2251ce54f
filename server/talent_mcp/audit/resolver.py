"""Calls whose process is gone before they had an outcome: recorded as unknown, with how to find out."""

import logging
import time
from collections.abc import Callable

import anyio
import anyio.abc

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import OpenCall, Store

logger = logging.getLogger(__name__)

FIRST_SECONDS, EVERY_SECONDS = 2.0, 60.0
HOW_TO_FIND_OUT = {
    "ocean": "Compare the credits left in Ocean.io with the log. To ask again may cost again.",
    "stardex": "Look at the person in Stardex, then repeat the call if the change is not there.",
    "jarvi": "Look at the profile in Jarvi, then repeat the call if it is not there.",
}
OTHERWISE = "Look at the vendor what became of it."


class Resolver:
    """Whichever process gets to it first records the end of calls that others left behind."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        *,
        first: float = FIRST_SECONDS,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._store = store
        self._first, self._every = first, every
        self._clock = clock
        self._started = False

    async def resolve(self) -> list[OpenCall]:
        """Those that are recorded as unknown from now on.

        Raises:
            StoreUnavailable: the log cannot be written.
        """
        now = self._clock()
        return await self._store.resolve_abandoned(lambda call: unknown_outcome(call, now), now=now)

    def start(self, background: anyio.abc.TaskGroup) -> None:
        """Look again and again from now on; only a process that serves does."""
        if not self._started:
            self._started = True
            background.start_soon(self._keep_resolving)

    async def _keep_resolving(self) -> None:
        await anyio.sleep(self._first)
        while True:
            try:
                await self.resolve()
            except StoreUnavailable as failure:
                logger.error("calls without an outcome could not be looked after: %s", failure)
            await anyio.sleep(self._every)


def unknown_outcome(call: OpenCall, now: float) -> Entry:
    fields = {
        "vendor": call.vendor,
        "outcome": "unknown",
        "error": "abandoned",
        "how": HOW_TO_FIND_OUT.get(call.vendor or "", OTHERWISE),
    }
    return write_entry(tenant=call.tenant, call_id=call.call_id, type_="outcome", at=now, fields=fields)
