"""What one call brings to its requests, and how each of these is written down."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import httpx2
from opentelemetry.trace import Span

from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.identity import Caller
from talent_mcp.tracing import end_span, request_span
from talent_mcp.upstream.attempts import Attempt, Progress
from talent_tools.vendor import Vendor, VendorRequest

Report = Callable[[str], Awaitable[None]]
"""Tells a client what is being waited for, in words that hold no value."""


Used = Callable[[Vendor, FoundCredential], None]
"""Told which credential a call is about to use; no value of it may be written down."""


Permit = Callable[[], Awaitable[None]]
"""Lets a call spend, or raises why not."""


def unrecorded(vendor: Vendor, found: FoundCredential) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Trip:
    """What one call brings to its requests: until when it must be answered (anyio clock), who made it, its record,
    the way to tell its client of waits, if that asked, who is told of the credentials that serve, and what has to let
    it spend, if anything.

    `begun` turns true once the call's intent is on disk, `risked` once a request that spends or writes may have
    left and taken effect: neither a request that never left nor one that was answered with a 429 does.
    """

    deadline: float
    caller: Caller
    record: Callable[[Attempt], None]
    report: Report | None = None
    used: Used = unrecorded
    permit: Permit | None = None
    begun: bool = False
    risked: bool = False
    told: set[tuple[object, ...]] = field(default_factory=set[tuple[object, ...]])

    def remaining(self) -> float:
        """Seconds left."""
        return self.deadline - anyio.current_time()

    async def may_spend(self) -> None:
        """Asks once a call, whatever it then spends. Raises what `permit` does."""
        if self.permit is not None:
            await self.permit()
            self.permit = None

    def use(self, vendor: Vendor, found: FoundCredential) -> None:
        """Tell of this credential, once a call and vendor, and again only if another one takes its place."""
        served = (vendor, found.reference, found.scope, found.version)
        if served not in self.told:
            self.told.add(served)
            self.used(vendor, found)


@dataclass(slots=True)
class Recording:
    """Writes down one request and what it risked, however it ends; traces it too. `unsent`: if it never left."""

    vendor: Vendor
    base: httpx2.URL
    request: VendorRequest
    number: int
    trip: Trip
    unsent: Callable[[], None]
    progress: Progress = field(default_factory=Progress)
    started: float = field(default_factory=time.perf_counter)
    span: Span = field(init=False)

    def __enter__(self) -> Progress:
        self.span = request_span(self.base, self.request.method, self.request.path, self.number)
        return self.progress

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        progress, request = self.progress, self.request
        if kind is not None:
            progress.error = "cancelled" if issubclass(kind, anyio.get_cancelled_exc_class()) else kind.__name__
        self.trip.risked |= request.effect != "read" and progress.left and progress.status != 429
        if not progress.left:
            self.unsent()
        milliseconds = round((time.perf_counter() - self.started) * 1000)
        where = (self.vendor, self.base.host, request.method, request.path, self.number)
        self.trip.record(Attempt(*where, progress.status, progress.error, milliseconds))
        end_span(self.span, progress.status, progress.error)
