"""A way to a vendor whose answers a test writes, and what it needs around it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import anyio
import httpx2

from talent_mcp.credentials.references import Reference
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.identity import Caller, local_caller
from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.http import VendorHTTP
from talent_mcp.upstream.limits import RateLimit
from talent_mcp.upstream.trip import Trip
from talent_tools.vendor import Effect, Vendor, VendorAnswer, VendorRequest
from tests.server.upstream.virtual_time import wall_clock

KEY = "canary-key-51f0c2"
CALLER = local_caller("test", None)
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


@dataclass
class FakeCredentials:
    """Gives its keys in turn, the next one each time that one was refused, the last for ever."""

    keys: list[str | None] = field(repr=False)
    forgotten: list[bool] = field(default_factory=list[bool])
    known: FoundCredential | None = None

    async def find(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        key = self.keys[min(len(self.forgotten), len(self.keys) - 1)]
        if key is None:
            return None
        version = len(self.forgotten) + 1
        self.known = self.known or FoundCredential(
            reference=Reference("store", ""), secret=Secret(key), scope="tenant", version=version
        )
        return self.known

    def forget(self, vendor: Vendor, caller: Caller, refused: FoundCredential) -> None:
        self.forgotten.append(True)
        self.known = None


@dataclass(slots=True)
class Way:
    """A vendor's client on a fake, with what was recorded of it."""

    http: VendorHTTP
    vendor: FakeVendor
    limit: RateLimit
    credentials: FakeCredentials
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    def trip(self, seconds: float = 34.0) -> Trip:
        return Trip(anyio.current_time() + seconds, CALLER, record=self.attempts.append)

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
    keys: tuple[str | None, ...] = (KEY,),
) -> Way:
    fake = FakeVendor(list(answers) or [httpx2.Response(200, json={"ok": True})], seconds)
    limit = RateLimit(per_minute=per_minute, per_day=per_day, clock=wall_clock)
    limit.remember(earlier)
    credentials = FakeCredentials(list(keys))
    http = VendorHTTP(
        vendor,
        base_url or URLS[vendor],
        limit=limit,
        credentials=credentials,
        transport=transport(fake),
        clock=wall_clock,
    )
    return Way(http, fake, limit, credentials)
