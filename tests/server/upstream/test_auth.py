"""The key goes to its vendor's origin in its vendor's header, and nowhere else."""

import traceback
from typing import get_args

import httpx2
import pytest

from talent_mcp.credentials.secret import Secret
from talent_mcp.upstream.auth import HEADERS, Header, HostBoundAuth, MisdirectedCredential
from talent_tools.errors import ToolFailure
from talent_tools.vendor import Vendor, VendorRequest
from tests.server.upstream.vendors import KEY, FakeVendor, way

pytestmark = pytest.mark.anyio

VENDORS: tuple[Vendor, ...] = get_args(Vendor)
SENT = {"ocean": ("x-api-token", KEY), "stardex": ("authorization", f"Bearer {KEY}"), "jarvi": ("x-api-key", KEY)}
ELSEWHERE = (
    "http://api.ocean.io/",
    "https://api.ocean.io:8443/",
    "https://ocean.io/",
    "https://api.ocean.io.evil.example/",
    "https://evil.example/api.ocean.io",
    "https://api.ocean.io@evil.example/",
    "https://api-ocean.io/",
    "https://127.0.0.1/",
)


def shows_the_key(error: BaseException) -> bool:
    """Whether a log with local variables would show it."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    return KEY in "".join(whole.format())


@pytest.mark.parametrize("vendor", VENDORS)
async def test_each_vendor_is_sent_the_key_in_its_own_header_and_nowhere_else(vendor: Vendor) -> None:
    sent = way(vendor=vendor)
    await sent.send()
    name, value = SENT[vendor]
    (seen,) = sent.vendor.seen
    assert seen.headers[name] == value
    assert KEY not in str({header: text for header, text in seen.headers.items() if header != name})
    assert KEY not in seen.url
    assert KEY.encode() not in seen.body
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["user-agent"] == "talent-mcp"


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "answer",
    [httpx2.Response(200, json={}), httpx2.Response(403), httpx2.ReadError("reset"), ZeroDivisionError("crash")],
    ids=lambda answer: type(answer).__name__,
)
async def test_the_key_is_off_the_request_once_it_is_over(vendor: Vendor, answer: httpx2.Response | Exception) -> None:
    sent = way(answer, vendor=vendor)
    failure: BaseException | None = None
    try:
        await sent.send("write")
    except (ToolFailure, ZeroDivisionError) as error:
        failure = error
    assert failure is None or not shows_the_key(failure)
    (request,) = sent.vendor.requests
    assert KEY not in str(request.headers.raw)
    assert HEADERS[vendor].name.lower() not in request.headers


async def test_a_failure_shows_no_key_even_to_a_log_with_local_variables() -> None:
    def careless(_: FakeVendor) -> httpx2.MockTransport:
        async def fail(request: httpx2.Request) -> httpx2.Response:
            written = request.headers["x-api-token"]
            raise httpx2.WriteTimeout(f"while writing {len(written)} characters")

        return httpx2.MockTransport(fail)

    for effect in ("read", "write"):
        sent = way(transport=careless)
        with pytest.raises(ToolFailure) as failure:
            await sent.send(effect, sent.trip(1))
        assert not shows_the_key(failure.value)


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_request_for_another_origin_never_leaves_and_never_carries_the_key(url: str) -> None:
    sent = way()
    trip = sent.trip()
    with pytest.raises(MisdirectedCredential) as failure:
        await sent.http.send(VendorRequest(method="GET", path=url, effect="write"), trip)
    assert sent.vendor.seen == []
    assert trip.risked is False
    assert not shows_the_key(failure.value)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_client_that_does_not_await_is_held_to_the_same(url: str) -> None:
    auth = HostBoundAuth(httpx2.URL("https://api.ocean.io"), Header("x-api-token"), Secret(KEY))
    elsewhere = httpx2.Request("GET", url)
    with pytest.raises(MisdirectedCredential):
        next(auth.auth_flow(elsewhere))
    assert "x-api-token" not in elsewhere.headers
    request = httpx2.Request("GET", "https://API.ocean.io:443/v3")
    flow = auth.auth_flow(request)
    assert next(flow).headers["x-api-token"] == KEY
    flow.close()
    assert "x-api-token" not in request.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_carries_the_key_away(status: int) -> None:
    answer = httpx2.Response(status, headers={"Location": "https://evil.example/collect"})
    sent = way(answer)
    with pytest.raises(ToolFailure):
        await sent.send()
    assert [seen.url for seen in sent.vendor.seen] == ["https://api.ocean.io/v1/things/t%201"]


async def test_no_cookie_ties_one_call_to_the_next() -> None:
    sent = way(httpx2.Response(200, headers={"Set-Cookie": "session=abc; Path=/; Max-Age=9999"}, json={}))
    await sent.send()
    await sent.send()
    assert all("cookie" not in seen.headers for seen in sent.vendor.seen)


async def test_a_base_path_stays_in_front_of_the_path() -> None:
    sent = way(vendor="jarvi")
    await sent.send()
    assert sent.vendor.seen[0].url == "https://functions.prod.jarvi.tech/v1/public-api/v1/things/t%201"
