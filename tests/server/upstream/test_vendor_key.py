"""Which key a request carries, who is told of it, and what happens when the vendor refuses it."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest

from talent_mcp.credentials.lookup import STORED_SECONDS, Credentials
from talent_mcp.credentials.sources import FoundCredential, Sources
from talent_mcp.credentials.stored import Holder
from talent_mcp.errors import CredentialError
from talent_mcp.identity import Caller
from talent_mcp.upstream.http import VendorHTTP
from talent_mcp.upstream.limits import RateLimit
from talent_mcp.upstream.trip import Trip
from talent_tools.errors import VendorUnavailable
from talent_tools.vendor import Effect, Vendor
from tests.keyrings import without_keyring
from tests.server.credentials.stores import MemoryStore
from tests.server.keys.stores import Clock
from tests.server.upstream.vendors import FakeCredentials, Way, asking, way
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

Told = list[tuple[Vendor, str, str | None, int | None]]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


def refused(status: int = 401) -> httpx2.Response:
    return httpx2.Response(status, json={})


def fine() -> httpx2.Response:
    return httpx2.Response(200, json={"ok": True})


def keys_seen(sent: Way) -> list[str]:
    return [seen.headers["x-api-token"] for seen in sent.vendor.seen]


def listening(trip: Trip, told: Told) -> Trip:
    def used(vendor: Vendor, found: FoundCredential) -> None:
        told.append((vendor, str(found.reference), found.scope, found.version))

    trip.used = used
    return trip


@pytest.mark.parametrize("effect", ["read", "spend", "write"])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_request_leaves_again_with_the_key_that_replaced_the_refused_one(effect: Effect, status: int) -> None:
    sent = way(refused(status), fine(), keys=("old", "new"))
    answer = await sent.send(effect)
    assert answer.status == 200
    assert keys_seen(sent) == ["old", "new"]
    assert [(attempt.number, attempt.status) for attempt in sent.attempts] == [(1, status), (2, 200)]
    await sent.send(effect)
    assert keys_seen(sent) == ["old", "new", "new"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_of_a_key_that_is_still_the_same_is_not_repeated(status: int) -> None:
    sent = way(refused(status))
    assert (await sent.send()).status == status
    assert len(sent.vendor.seen) == 1
    # Once for the refusal, once so that whoever comes next looks again.
    assert len(sent.credentials.forgotten) == 2


async def test_a_second_refusal_is_the_answer() -> None:
    sent = way(refused(401), refused(403), keys=("old", "new", "newer"))
    assert (await sent.send()).status == 403
    assert keys_seen(sent) == ["old", "new"]


async def test_a_key_that_vanished_leaves_the_refusal_as_the_answer() -> None:
    sent = way(refused(), keys=("old", None))
    assert (await sent.send()).status == 401
    with pytest.raises(VendorUnavailable, match=r"There is no key for Ocean\.io"):
        await sent.send()


async def test_a_place_that_fails_leaves_the_refusal_as_the_answer() -> None:
    sent = way(refused())

    class Failing(FakeCredentials):
        async def find(self, vendor: Vendor, caller: Caller) -> FoundCredential | None:
            if self.forgotten:
                raise CredentialError("the keyring refused")
            return await super().find(vendor, caller)

    http = VendorHTTP(
        "ocean",
        "https://api.ocean.io",
        limit=sent.limit,
        credentials=Failing(["old"]),
        transport=httpx2.MockTransport(sent.vendor),
    )
    assert (await http.send(asking("write"), sent.trip())).status == 401


async def dripping() -> AsyncGenerator[bytes]:
    while True:
        yield b" "
        await anyio.sleep(1)


async def test_a_refusal_that_took_all_the_time_is_the_answer() -> None:
    sent = way(httpx2.Response(401, content=dripping()), fine(), keys=("old", "new"))
    assert (await sent.send("read", sent.trip(10))).status == 401
    assert keys_seen(sent) == ["old"]


async def test_attempts_are_counted_on_over_both_keys() -> None:
    sent = way(httpx2.Response(503), refused(), httpx2.Response(503), fine(), keys=("old", "new"))
    await sent.send("read")
    assert [(attempt.number, attempt.status) for attempt in sent.attempts] == [(1, 503), (2, 401), (3, 503), (4, 200)]


async def test_who_listens_is_told_of_the_key_once_a_call_before_anything_leaves() -> None:
    sent, told = way(), Told()
    told_before: list[int] = []

    async def watching(request: httpx2.Request) -> httpx2.Response:
        told_before.append(len(told))
        return fine()

    sent.http = VendorHTTP(
        "ocean",
        "https://api.ocean.io",
        limit=sent.limit,
        credentials=sent.credentials,
        transport=httpx2.MockTransport(watching),
    )
    trip = listening(sent.trip(), told)
    for _ in range(3):
        await sent.send("read", trip)
    assert told == [("ocean", "store:", "tenant", 1)]
    assert told_before == [1, 1, 1]
    await sent.send("read", listening(sent.trip(), told))
    assert len(told) == 2


async def test_who_listens_is_told_of_the_key_that_took_the_place_of_a_refused_one() -> None:
    sent, told = way(refused(), fine(), keys=("old", "new")), Told()
    await sent.send("read", listening(sent.trip(), told))
    assert told == [("ocean", "store:", "tenant", 1), ("ocean", "store:", "tenant", 2)]


async def test_nobody_is_told_of_a_key_that_is_not_there() -> None:
    sent, told = way(keys=(None,)), Told()
    with pytest.raises(VendorUnavailable):
        await sent.send("read", listening(sent.trip(), told))
    assert told == []


def caller(principal: str, tenant: str = "firm") -> Caller:
    return Caller(principal=principal, tenant=tenant, transport="test")


async def test_each_caller_is_served_with_their_own_key_however_calls_mix() -> None:
    store = MemoryStore(
        {
            Holder(tenant="firm", vendor="ocean"): "the-firms",
            Holder(tenant="firm", principal="ada", vendor="ocean"): "adas",
            Holder(tenant="other", vendor="ocean"): "the-others",
        }
    )
    seen: dict[str, set[str]] = {}

    async def vendor(request: httpx2.Request) -> httpx2.Response:
        await anyio.sleep(0.1)
        seen.setdefault(request.url.params["who"], set()).add(request.headers["x-api-token"])
        return fine()

    clock = Clock()
    http = VendorHTTP(
        "ocean",
        "https://api.ocean.io",
        limit=RateLimit(per_minute=0, per_day=0, clock=lambda: 0.0),
        credentials=Credentials({"ocean": "store:"}, Sources({}, without_keyring(), store), clock=clock),
        transport=httpx2.MockTransport(vendor),
    )

    async def call(who: Caller) -> None:
        request = replace(asking("read"), query={"who": f"{who.tenant}/{who.principal}"})
        await http.send(request, Trip(anyio.current_time() + 30, who, record=lambda _: None))

    for _ in range(2):
        async with anyio.create_task_group() as group:
            for who in (caller("ada"), caller("bob"), caller("eve", "other"), caller("ada", "other")) * 8:
                group.start_soon(call, who)
        clock.now += STORED_SECONDS + 1
    assert seen == {
        "firm/ada": {"adas"},
        "firm/bob": {"the-firms"},
        "other/eve": {"the-others"},
        "other/ada": {"the-others"},
    }
