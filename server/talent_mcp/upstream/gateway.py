"""All vendors, and for each call the typed clients that its handler is given."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

import anyio
import httpx2

from talent_mcp.credentials.lookup import Credentials
from talent_mcp.identity import Caller
from talent_mcp.settings import Settings
from talent_mcp.upstream.remembered_fields import RememberedFields
from talent_mcp.upstream.trip import Trip
from talent_tools.files import OpenFile
from talent_tools.vendor import Send, Vendor, VendorAnswer, VendorRequest

if TYPE_CHECKING:
    from talent_mcp.upstream.http import VendorHTTP
    from talent_tools.clients import Clients

PastAttempts = Callable[[Vendor, float], Awaitable[list[float]]]
"""When requests went to a vendor since a time (Unix seconds), oldest first."""


class Gateway:
    """The only way out of the process. `transport` replaces the network, for the sandbox and for tests; `clock` tells
    the time in Unix seconds."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        open_files: Callable[[Caller], OpenFile],
        past_attempts: PastAttempts,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._credentials = credentials
        self._open_files = open_files
        self._past_attempts = past_attempts
        self._transport = transport
        self._fields = RememberedFields(credentials)
        self._vendors: dict[Vendor, VendorHTTP] = {}
        self._first_use = anyio.Lock()

    def clients(self, trip: Trip) -> "Clients":
        """The vendors as one call's handler sees them."""
        # Loaded with the tools that use them.
        from talent_tools.clients import Clients
        from talent_tools.jarvi.client import Jarvi
        from talent_tools.ocean.client import Ocean
        from talent_tools.stardex.client import Stardex

        return Clients(
            ocean=Ocean(self._sender("ocean", trip)),
            stardex=Stardex(self._sender("stardex", trip)),
            jarvi=Jarvi(self._sender("jarvi", trip)),
            open_file=self._open_files(trip.caller),
            has_key=partial(self._has_key, trip.caller),
            remember_fields=self._fields.of(trip.caller),
        )

    async def aclose(self) -> None:
        for vendor in self._vendors.values():
            await vendor.aclose()
        self._vendors.clear()

    async def _has_key(self, caller: Caller, vendor: Vendor, /) -> bool:
        return await self._credentials.find(vendor, caller) is not None

    def _sender(self, vendor: Vendor, trip: Trip) -> Send:
        async def send(request: VendorRequest, /) -> VendorAnswer:
            if request.effect == "spend":
                await trip.may_spend()
            return await (await self._vendor(vendor)).send(request, trip)

        return send

    async def _vendor(self, vendor: Vendor) -> "VendorHTTP":
        if vendor not in self._vendors:
            async with self._first_use:
                if vendor not in self._vendors:
                    self._vendors[vendor] = await self._connect(vendor)
        return self._vendors[vendor]

    async def _connect(self, vendor: Vendor) -> "VendorHTTP":
        # Loaded when a vendor is first asked: start-up need not wait for it.
        from talent_mcp.upstream.http import VendorHTTP
        from talent_mcp.upstream.limits import DAY, RateLimit
        from talent_mcp.upstream.repeats import silence_stamina

        silence_stamina()
        settings = self._settings.vendor(vendor)
        limit = RateLimit(per_minute=settings.requests_per_minute, per_day=settings.requests_per_day, clock=self._clock)
        if settings.requests_per_minute or settings.requests_per_day:
            limit.remember(await self._past_attempts(vendor, self._clock() - DAY))
        return VendorHTTP(
            vendor,
            settings.url,
            limit=limit,
            credentials=self._credentials,
            transport=self._transport,
            clock=self._clock,
        )
