"""Sends vendor requests: one pooled client a vendor, and every rule about when a request may leave again."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

import anyio
import httpx2
import stamina
from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.credentials.secret import Secret
from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.auth import HEADERS, HostBoundAuth
from talent_mcp.upstream.limits import DAY, RateLimit
from talent_mcp.upstream.paths import fill
from talent_tools.errors import OutcomeUnknown, UnreadableAnswer, VendorUnavailable
from talent_tools.vendor import VENDOR_NAMES, Vendor, VendorAnswer, VendorRequest

MAX_BODY_BYTES = 10_000_000
ATTEMPTS = 4
TIMEOUTS = httpx2.Timeout(connect=5.0, read=30.0, write=30.0, pool=5.0)
POOL = httpx2.Limits(max_connections=100, max_keepalive_connections=32, keepalive_expiry=5.0)
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
PASSING = frozenset({500, 502, 503, 504})
REFUSED_KEY = frozenset({401, 403})


@dataclass(slots=True)
class Trip:
    """What one call brings to its requests: until when it must be answered (anyio clock), and its record.

    `risked` turns true once a request that spends or writes may have left.
    """

    deadline: float
    record: Callable[[Attempt], None]
    risked: bool = False

    def remaining(self) -> float:
        """Seconds left."""
        return self.deadline - anyio.current_time()


class AgainAfter(Exception):
    """The attempt changed nothing and may be repeated, after `seconds` where the vendor said so."""

    def __init__(self, failure: VendorUnavailable | OutcomeUnknown, seconds: float | None = None) -> None:
        self.failure = failure
        self.seconds = seconds


def backoff(error: Exception) -> bool | float:
    """For stamina: retry an AgainAfter, when it says."""
    if not isinstance(error, AgainAfter):
        return False
    return True if error.seconds is None else error.seconds


class VendorHTTP:
    """The way to one vendor.

    `find_secret` gives the key or None, `forget_secret` is called when the vendor refused it. A request that
    reads may be repeated after any failure that passes; one that spends or writes only after a 429, or when it
    never left (upstream contract: there are no idempotency keys).
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
    ) -> None:
        self._vendor: Vendor = vendor
        self._name = VENDOR_NAMES[vendor]
        self._base = httpx2.URL(base_url)
        self._limit = limit
        self._find_secret = find_secret
        self._forget_secret = forget_secret
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUTS,
            limits=POOL,
            transport=transport,
            headers={"User-Agent": "talent-mcp", "Accept": "application/json"},
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def send(self, request: VendorRequest, trip: Trip) -> VendorAnswer:
        """See talent_tools.vendor.Send for what it raises."""
        path = fill(request.path, request.path_values)
        secret = await self._find_secret()
        if secret is None:
            raise VendorUnavailable(
                f"There is no key for {self._name}, so nothing was sent. "
                f"Ask the operator to run `talent-mcp login {self._vendor}`."
            )
        auth = HostBoundAuth(self._base, HEADERS[self._vendor], secret)
        wire = self._client.build_request(
            request.method,
            path,
            params=request.query or None,
            json=request.body if request.body is not None else None,
        )
        try:
            return await self._retrying(request, wire, auth, trip)
        except AgainAfter as last:
            raise last.failure from last.__cause__

    async def _retrying(
        self, request: VendorRequest, wire: httpx2.Request, auth: HostBoundAuth, trip: Trip
    ) -> VendorAnswer:
        async for attempt in stamina.retry_context(
            on=backoff,
            attempts=ATTEMPTS,
            timeout=max(trip.remaining(), 0.001),
            wait_initial=0.2,
            wait_max=4.0,
        ):
            with attempt:
                await self._wait_for_turn(trip)
                return await self._attempt(request, wire, auth, trip, attempt.num)
        raise AssertionError("stamina ends by returning or raising")

    async def _wait_for_turn(self, trip: Trip) -> None:
        while seconds := self._limit.wait():
            if seconds > trip.remaining():
                raise self._limited(seconds)
            await anyio.sleep(seconds)

    def _limited(self, seconds: float) -> VendorUnavailable:
        whole = int(seconds) + 1
        return VendorUnavailable(
            f"The request limit of {self._name} is used up and nothing was sent. "
            f"Make the same call again in {whole} s, and fewer calls.",
            retry_after=whole,
        )

    async def _attempt(
        self, request: VendorRequest, wire: httpx2.Request, auth: HostBoundAuth, trip: Trip, number: int
    ) -> VendorAnswer:
        started = time.perf_counter()
        risked_before, trip.risked = trip.risked, trip.risked or request.effect != "read"
        status: int | None = None
        problem: str | None = None
        try:
            with anyio.fail_after(max(trip.remaining(), 0.0)):
                response = await self._client.send(wire, auth=auth, stream=True)
                try:
                    status = response.status_code
                    content = await self._content(response, request)
                finally:
                    await response.aclose()
            return self._answer(request, response, content, trip)
        except (httpx2.TransportError, TimeoutError) as error:
            problem = type(error).__name__
            if isinstance(error, NEVER_SENT):
                trip.risked = risked_before
            self._no_answer(request, error)
        except anyio.get_cancelled_exc_class():
            problem = "cancelled"
            raise
        finally:
            elapsed = round((time.perf_counter() - started) * 1000)
            trip.record(
                Attempt(
                    self._vendor,
                    self._base.host,
                    request.method,
                    request.path,
                    number,
                    status,
                    problem,
                    elapsed,
                )
            )

    async def _content(self, response: httpx2.Response, request: VendorRequest) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MAX_BODY_BYTES:
                self._unreadable(request, f"is larger than {MAX_BODY_BYTES // 1_000_000} MB", None)
        return bytes(content)

    def _answer(self, request: VendorRequest, response: httpx2.Response, content: bytes, trip: Trip) -> VendorAnswer:
        status = response.status_code
        if status in REFUSED_KEY:
            self._forget_secret()
        if status == 429:
            self._too_many(response, trip)
        self._follow_rate_headers(response)
        if status in PASSING and request.effect == "read":
            raise AgainAfter(
                VendorUnavailable(f"{self._name} has trouble at the moment. Make the same call again later.")
            )
        return VendorAnswer(status=status, body=self._parsed(request, status, content))

    def _too_many(self, response: httpx2.Response, trip: Trip) -> NoReturn:
        seconds = retry_after(response)
        self._limit.pause(seconds)
        if seconds > trip.remaining():
            raise self._limited(seconds)
        raise AgainAfter(self._limited(seconds), seconds)

    def _follow_rate_headers(self, response: httpx2.Response) -> None:
        if response.headers.get("X-RateLimit-Remaining") == "0":
            reset = response.headers.get("X-RateLimit-Reset", "")
            if reset.isdecimal():
                self._limit.pause(min(max(0.0, int(reset) - time.time()), 60.0))

    def _parsed(self, request: VendorRequest, status: int, content: bytes) -> JsonValue:
        if not content:
            return None
        try:
            body: JsonValue = from_json(content, allow_inf_nan=False)
        except ValueError:
            if status >= 400:
                return None
            self._unreadable(request, "is not JSON", content.decode(errors="replace"))
        return body

    def _unreadable(self, request: VendorRequest, why: str, raw: str | None) -> NoReturn:
        did = "It may have taken effect: check before you repeat it. " if request.effect != "read" else ""
        raise UnreadableAnswer(f"The answer of {self._name} {why}. {did}Tell the person.", raw=raw)

    def _no_answer(self, request: VendorRequest, error: Exception) -> NoReturn:
        if isinstance(error, NEVER_SENT):
            failure = VendorUnavailable(
                f"{self._name} cannot be reached and nothing was sent. Make the same call later."
            )
            raise AgainAfter(failure) from error
        if request.effect == "read":
            raise AgainAfter(VendorUnavailable(f"{self._name} did not answer. Make the same call later.")) from error
        raise OutcomeUnknown(UNKNOWN[request.effect].format(name=self._name)) from error


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


def retry_after(response: httpx2.Response) -> float:
    """RFC 9110 section 10.2.3, in seconds: a number or a date; 60 where the vendor says neither."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), DAY)
    try:
        return min(max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()), DAY)
    except (ValueError, TypeError):
        return 60.0
