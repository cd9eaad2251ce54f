"""A way to a vendor whose answers a test writes, and what it needs around it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import anyio
import httpx2

from talent_mcp.credentials.secret import Secret
from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.http import Trip, VendorHTTP
from talent_mcp.upstream.limits import RateLimit
from talent_tools.vendor import Effect, Vendor, VendorAnswer, VendorRequest
from tests.server.upstream.virtual_time import wall_clock

KEY = "canary-key-51f0c2"
Answer = httpx2.Response | Exception

URLS: dict[Vendor, str] = {
    "ocean": "https://api.ocean.io",
    "stardex": "https://api.stardex.ai",
    "jarvi": "https://functions.prod.jarvi.tech/v1/public-api",
}


@dataclass(slots=True)
class Seen:
    """One request as it left."""

    at: float
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class FakeVendor:
    """Gives its answers in turn, the last one for ever, and remembers what it was asked."""

    answers: list[Answer]
    seconds: float = 0.0
    seen: list[Seen] = field(default_factory=list[Seen], repr=False)
    requests: list[httpx2.Request] = field(default_factory=list[httpx2.Request])

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        at = anyio.current_time()
        self.requests.append(request)
        self.seen.append(Seen(at, request.method, str(request.url), dict(request.headers), request.content))
        await anyio.sleep(self.seconds)
        answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(slots=True)
class Way:
    """A vendor's client on a fake, with what was recorded of it."""

    http: VendorHTTP
    vendor: FakeVendor
    limit: RateLimit
    forgotten: list[bool] = field(default_factory=list[bool])
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    def trip(self, seconds: float = 34.0) -> Trip:
        return Trip(anyio.current_time() + seconds, record=self.attempts.append)

    async def send(self, effect: Effect = "read", trip: Trip | None = None) -> VendorAnswer:
        return await self.http.send(asking(effect), trip or self.trip())


def asking(effect: Effect) -> VendorRequest:
    return VendorRequest(method="POST", path="/v1/things/{id}", effect=effect, path_values={"id": "t 1"}, body={"a": 1})


def way(
    *answers: Answer,
    vendor: Vendor = "ocean",
    per_minute: int = 0,
    per_day: int = 0,
    seconds: float = 0.0,
    earlier: Iterable[float] = (),
    base_url: str = "",
    transport: Callable[[FakeVendor], httpx2.AsyncBaseTransport] = httpx2.MockTransport,
    key: str | None = KEY,
) -> Way:
    fake = FakeVendor(list(answers) or [httpx2.Response(200, json={"ok": True})], seconds)
    limit = RateLimit(per_minute=per_minute, per_day=per_day, clock=wall_clock)
    limit.remember(earlier)
    forgotten: list[bool] = []

    async def find() -> Secret | None:
        return None if key is None else Secret(key)

    http = VendorHTTP(
        vendor,
        base_url or URLS[vendor],
        limit=limit,
        find_secret=find,
        forget_secret=lambda: forgotten.append(True),
        transport=transport(fake),
        clock=wall_clock,
    )
    return Way(http, fake, limit, forgotten)
