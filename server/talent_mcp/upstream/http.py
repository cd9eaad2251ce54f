"""Sends vendor requests: one pooled client a vendor, and every rule about when a request may leave again."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import httpx2

from talent_mcp.upstream.answers import Received, raw_body, read_body, reset_in, retry_after
from talent_mcp.upstream.attempts import Progress
from talent_mcp.upstream.exchange import exchange, vendor_client
from talent_mcp.upstream.limits import MINUTE, Queue, RateLimit
from talent_mcp.upstream.paths import fill
from talent_mcp.upstream.repeats import ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, AgainAfter, backoff
from talent_mcp.upstream.trip import Recording, Trip
from talent_mcp.upstream.vendor_key import BoundKey, FindCredentials, VendorKeys
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


@dataclass(slots=True)
class Sending:
    """A request on its way, and how often it was attempted so far."""

    request: VendorRequest
    wire: httpx2.Request
    trip: Trip
    attempts: int = 0


class VendorHTTP:
    """The way to one vendor.

    `credentials` knows the callers' keys and is told when the vendor refused one, `clock` tells the time in Unix
    seconds. A request that reads may be repeated after any failure that passes; one that spends or writes only after
    a 429, when it never left, or once with another key after its own was refused (upstream contract: there are no
    idempotency keys).
    """

    def __init__(
        self,
        vendor: Vendor,
        base_url: str,
        *,
        limit: RateLimit,
        credentials: FindCredentials,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vendor: Vendor = vendor
        self._name = VENDOR_NAMES[vendor]
        self._base = httpx2.URL(base_url)
        self._limit = limit
        self._queue = Queue(limit)
        self._keys = VendorKeys(vendor, self._base, credentials)
        self._clock = clock
        self._client = vendor_client(base_url, transport)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def send(self, request: VendorRequest, trip: Trip) -> VendorAnswer:
        """See talent_tools.vendor.Send for what it raises."""
        sending = Sending(request, self._wire(request), trip)
        key = await self._keys.key(trip)
        answer = await self._retrying(sending, key)
        if answer.status not in REFUSED_KEY or trip.remaining() <= 0:
            return answer
        newer = await self._keys.replacement(key, trip)
        # A request with a refused key has done nothing, so that it may leave again with the one that replaced it.
        return answer if newer is None else await self._retrying(sending, newer)

    def _wire(self, request: VendorRequest) -> httpx2.Request:
        path = fill(request.path, request.path_values)
        try:
            return self._client.build_request(request.method, path, params=request.query or None, json=request.body)
        except (httpx2.InvalidURL, ValueError):
            # ValueError: JSON has no NaN, and UTF-8 no half of a surrogate pair.
            wrong = "The arguments hold a number or characters that cannot be sent, or too much text"
        raise InvalidArguments(f"{wrong}. Nothing was sent; mend them and call again.")

    async def _retrying(self, sending: Sending, key: BoundKey) -> VendorAnswer:
        try:
            return await self._repeated(sending, key)
        except AgainAfter as last:
            failure = last.failure
        raise failure

    async def _repeated(self, sending: Sending, key: BoundKey) -> VendorAnswer:
        import stamina

        async for attempt in stamina.retry_context(
            on=backoff(sending.trip.remaining),
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=FIRST_WAIT,
            wait_max=LONGEST_WAIT,
        ):
            with attempt:
                return await self._try(sending, key, attempt.num)
        raise AssertionError("stamina ends by returning or raising")

    async def _try(self, sending: Sending, key: BoundKey, number: int) -> VendorAnswer:
        trip = sending.trip
        try:
            await self._wait_for_turn(trip)
            return await self._attempt(sending, key)
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

    async def _attempt(self, sending: Sending, key: BoundKey) -> VendorAnswer:
        request, trip = sending.request, sending.trip
        sending.attempts += 1
        unsent = partial(self._limit.give_back, self._limit.newest())
        with Recording(self._vendor, self._base, request, sending.attempts, trip, unsent) as progress:
            answer = await exchange(self._client, sending.wire, key.auth, progress, max(trip.remaining(), 0.0))
        if answer is None:
            self._no_answer(request, progress)
        if answer.status in REFUSED_KEY:
            self._keys.refuse(key, trip)
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
