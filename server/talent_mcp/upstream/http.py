"""Sends vendor requests: one pooled client a vendor, and every rule about when a request may leave again."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import anyio
import httpx2
from opentelemetry.trace import Span

from talent_mcp.credentials.secret import Secret
from talent_mcp.tracing import end_span, request_span
from talent_mcp.upstream.answers import Received, raw_body, read_body, reset_in, retry_after
from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.auth import HEADERS, HostBoundAuth
from talent_mcp.upstream.exchange import Progress, exchange, vendor_client
from talent_mcp.upstream.limits import MINUTE, Queue, RateLimit
from talent_mcp.upstream.paths import fill
from talent_mcp.upstream.repeats import ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, AgainAfter, backoff
from talent_tools.errors import InvalidArguments, OutcomeUnknown, UnreadableAnswer, VendorUnavailable
from talent_tools.vendor import VENDOR_NAMES, Vendor, VendorAnswer, VendorRequest

PASSING = frozenset({500, 502, 503, 504})
REFUSED_KEY = frozenset({401, 403})
UNKNOWN = {
    "spend": (
        "{name} did not answer after the request had left: credits may have been used. "
        "Do not repeat the call; tell the person, who can see the credits left in talent://status."
    ),
    "write": (
        "{name} did not answer after the request had left: the change may have been made. "
        "Do not repeat the call; tell the person, who can look at the record in {name}."
    ),
}


Report = Callable[[str], Awaitable[None]]
"""Tells a client what is being waited for, in words that hold no value."""


@dataclass(slots=True)
class Trip:
    """What one call brings to its requests: until when it must be answered (anyio clock), its record, and the
    way to tell its client of waits, if that asked.

    `begun` turns true once the call's intent is on disk, `risked` once a request that spends or writes may have
    left and taken effect: neither a request that never left nor one that was answered with a 429 does.
    """

    deadline: float
    record: Callable[[Attempt], None]
    report: Report | None = None
    begun: bool = False
    risked: bool = False

    def remaining(self) -> float:
        """Seconds left."""
        return self.deadline - anyio.current_time()


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


class VendorHTTP:
    """The way to one vendor.

    `find_secret` gives the key or None, `forget_secret` is called when the vendor refused it, `clock` tells the
    time in Unix seconds. A request that reads may be repeated after any failure that passes; one that spends or
    writes only after a 429, or when it never left (upstream contract: there are no idempotency keys).
    """

    def __init__(
        self,
        vendor: Vendor,
        base_url: str,
        *,
        limit: RateLimit,
        find_secret: Callable[[], Awaitable[Secret | None]],
        forget_secret: Callable[[], None],
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vendor: Vendor = vendor
        self._name = VENDOR_NAMES[vendor]
        self._base = httpx2.URL(base_url)
        self._limit = limit
        self._queue = Queue(limit)
        self._find_secret = find_secret
        self._auth: HostBoundAuth | None = None
        self._forget_secret = forget_secret
        self._clock = clock
        self._client = vendor_client(base_url, transport)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def send(self, request: VendorRequest, trip: Trip) -> VendorAnswer:
        """See talent_tools.vendor.Send for what it raises."""
        wire = self._wire(request)
        secret = await self._find_secret()
        if secret is None:
            raise VendorUnavailable(
                f"There is no key for {self._name}, so nothing was sent. "
                f"Ask the operator to run `talent-mcp login {self._vendor}`."
            )
        auth = self._auth_with(secret)
        try:
            return await self._retrying(request, wire, auth, trip)
        except AgainAfter as last:
            failure = last.failure
        raise failure

    def _auth_with(self, secret: Secret) -> HostBoundAuth:
        if self._auth is None or not self._auth.holds(secret):
            self._auth = HostBoundAuth(self._base, HEADERS[self._vendor], secret)
        return self._auth

    def _wire(self, request: VendorRequest) -> httpx2.Request:
        path = fill(request.path, request.path_values)
        try:
            return self._client.build_request(request.method, path, params=request.query or None, json=request.body)
        except (httpx2.InvalidURL, ValueError):
            # ValueError: JSON has no NaN, and UTF-8 no half of a surrogate pair.
            wrong = "The arguments hold a number or characters that cannot be sent, or too much text"
        raise InvalidArguments(f"{wrong}. Nothing was sent; mend them and call again.")

    async def _retrying(
        self, request: VendorRequest, wire: httpx2.Request, auth: HostBoundAuth, trip: Trip
    ) -> VendorAnswer:
        import stamina

        async for attempt in stamina.retry_context(
            on=backoff(trip.remaining), attempts=ATTEMPTS, timeout=None, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT
        ):
            with attempt:
                return await self._try(request, wire, auth, trip, attempt.num)
        raise AssertionError("stamina ends by returning or raising")

    async def _try(
        self, request: VendorRequest, wire: httpx2.Request, auth: HostBoundAuth, trip: Trip, number: int
    ) -> VendorAnswer:
        try:
            await self._wait_for_turn(trip)
            return await self._attempt(request, wire, auth, trip, number)
        except AgainAfter as again:
            if trip.report and number < ATTEMPTS and backoff(trip.remaining)(again) is not False:
                await trip.report(f"{self._name} is asked again after a pause.")
            raise

    async def _wait_for_turn(self, trip: Trip) -> None:
        if trip.remaining() <= 0:
            raise VendorUnavailable(f"There was no time left to ask {self._name}. Nothing was sent; call again.")
        if trip.report and 0 < self._queue.expected() <= trip.remaining():
            await trip.report(f"The request limit of {self._name} is used up; waiting for the next turn.")
        if seconds := await self._queue.turn(trip.remaining):
            raise self._limited(seconds)

    def _limited(self, seconds: float) -> VendorUnavailable:
        whole = int(seconds) + 1
        return VendorUnavailable(
            f"The request limit of {self._name} is used up; nothing was changed or spent. "
            f"Make the same call again in {whole} s, and fewer calls.",
            retry_after=whole,
        )

    async def _attempt(
        self, request: VendorRequest, wire: httpx2.Request, auth: HostBoundAuth, trip: Trip, number: int
    ) -> VendorAnswer:
        unsent = partial(self._limit.give_back, self._limit.newest())
        with Recording(self._vendor, self._base, request, number, trip, unsent) as progress:
            answer = await exchange(self._client, wire, auth, progress, max(trip.remaining(), 0.0))
        if answer is None:
            self._no_answer(request, progress)
        return self._answered(request, answer)

    def _no_answer(self, request: VendorRequest, progress: Progress) -> NoReturn:
        if not progress.left:
            raise AgainAfter(
                VendorUnavailable(f"{self._name} cannot be reached and nothing was sent. Make the same call later.")
            )
        if request.effect == "read":
            raise AgainAfter(VendorUnavailable(f"{self._name} did not answer. Make the same call later."))
        raise OutcomeUnknown(UNKNOWN[request.effect].format(name=self._name))

    def _answered(self, request: VendorRequest, answer: Received) -> VendorAnswer:
        if answer.status in REFUSED_KEY:
            self._forget_secret()
        if answer.status == 429:
            self._too_many(answer.headers)
        if seconds := reset_in(answer.headers, self._clock()):
            self._limit.pause(seconds)
        if answer.status in PASSING and request.effect == "read":
            seconds = retry_after(answer.headers, self._clock())
            trouble = f"{self._name} has trouble at the moment. Make the same call again later."
            raise AgainAfter(VendorUnavailable(trouble, retry_after=seconds), seconds)
        try:
            body = read_body(answer)
            return VendorAnswer(
                status=answer.status, body=body, unreadable=body is None and bool(answer.content.strip())
            )
        except ValueError as error:
            why = str(error)
        did = "It may have taken effect: check before you repeat it. " if request.effect != "read" else ""
        raise UnreadableAnswer(f"The answer of {self._name} {why}. {did}Tell the person.", raw=raw_body(answer))

    def _too_many(self, headers: Mapping[str, str]) -> NoReturn:
        now = self._clock()
        seconds = retry_after(headers, now)
        if seconds is None:
            seconds = reset_in(headers, now) or MINUTE
        self._limit.pause(seconds)
        raise AgainAfter(self._limited(seconds), seconds)
