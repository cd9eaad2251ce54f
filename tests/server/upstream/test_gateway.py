"""The gateway: each vendor's client with its own key and limit, made at first use."""

import time
from collections.abc import Generator
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest
from stamina.instrumentation import LoggingOnRetryHook, get_on_retry_hooks, set_on_retry_hooks

from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.sources import Sources
from talent_mcp.files.allowed import AllowedFiles
from talent_mcp.identity import Caller, local_caller
from talent_mcp.settings import load_settings
from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.gateway import Gateway
from talent_mcp.upstream.repeats import silence_stamina
from talent_mcp.upstream.trip import Trip
from talent_tools.errors import VendorRefused, VendorUnavailable
from talent_tools.files import OpenFile
from talent_tools.vendor import Vendor
from tests.keyrings import without_keyring
from tests.server.credentials.stores import NoStore
from tests.server.upstream.vendors import way as upstream_way

pytestmark = pytest.mark.anyio

KEYS = {"OCEAN_API_TOKEN": "ocean-key", "STARDEX_API_KEY": "stardex-key", "JARVI_API_KEY": "jarvi-key"}


class Past:
    """The requests that the log knows of, and who asked."""

    def __init__(self, *times: float) -> None:
        self.times = times
        self.asked: list[tuple[Vendor, float]] = []

    async def __call__(self, vendor: Vendor, since: float) -> list[float]:
        self.asked.append((vendor, since))
        await anyio.lowlevel.checkpoint()
        return [at for at in self.times if at >= since]


def no_files(_: Caller) -> OpenFile:
    return AllowedFiles(())


def gateway(tmp_path: Path, environment: dict[str, str], past: Past, answer: httpx2.MockTransport) -> Gateway:
    credentials = Credentials({}, Sources(environment, without_keyring(), NoStore()))
    return Gateway(load_settings({"TALENT_HOME": str(tmp_path)}), credentials, no_files, past, answer)


def trip() -> Trip:
    attempts: list[Attempt] = []
    return Trip(anyio.current_time() + 30, local_caller("test", None), record=attempts.append)


async def test_each_vendor_is_reached_at_its_own_address_with_its_own_key(tmp_path: Path) -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        keys = (request.headers.get(name) for name in ("x-api-token", "authorization", "x-api-key"))
        seen.append((str(request.url), next(key for key in keys if key)))
        return httpx2.Response(200, json={"success": True, "data": []})

    way = gateway(tmp_path, KEYS, Past(), httpx2.MockTransport(answer))
    clients = way.clients(trip())
    await clients.ocean.credits()
    await clients.stardex.custom_fields()
    with pytest.raises(Exception, match="Jarvi"):
        await clients.jarvi.custom_fields()
    await way.aclose()
    assert [(httpx2.URL(url).host, key) for url, key in seen] == [
        ("api.ocean.io", "ocean-key"),
        ("api.stardex.ai", "Bearer stardex-key"),
        ("functions.prod.jarvi.tech", "jarvi-key"),
    ]


async def test_requests_before_this_process_count_and_are_asked_for_once(tmp_path: Path) -> None:
    now = time.time()
    past = Past(*(now - 1 for _ in range(60)))
    way = gateway(tmp_path, KEYS, past, httpx2.MockTransport(lambda _: httpx2.Response(200, json={})))
    refused: list[float | None] = []

    async def call() -> None:
        try:
            await way.clients(trip()).ocean.credits()
        except VendorUnavailable as failure:
            refused.append(failure.retry_after)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(call)
    assert [vendor for vendor, _ in past.asked] == ["ocean"]
    assert past.asked[0][1] == pytest.approx(now - 86_400, abs=60)
    assert len(refused) == 5


async def test_a_vendor_without_a_limit_is_not_looked_up_in_the_log(tmp_path: Path) -> None:
    past = Past()
    way = gateway(tmp_path, {}, past, httpx2.MockTransport(lambda _: httpx2.Response(200, json={})))
    with pytest.raises(VendorUnavailable, match="There is no key for Jarvi"):
        await way.clients(trip()).jarvi.custom_fields()
    assert past.asked == []


async def test_a_refused_key_is_looked_up_anew(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["x-api-token"])
        return httpx2.Response(401 if seen[-1] == "old-key" else 200, json={})

    environment = {"OCEAN_API_TOKEN": "old-key"}
    ocean = gateway(tmp_path, environment, Past(), httpx2.MockTransport(answer)).clients(trip()).ocean
    with pytest.raises(VendorRefused):
        await ocean.credits()
    environment["OCEAN_API_TOKEN"] = "new-key"
    await ocean.credits()
    assert seen == ["old-key", "new-key"]


@pytest.fixture
def _hooks() -> Generator[None]:
    """Retries as at the start of a process."""
    silence_stamina.cache_clear()
    set_on_retry_hooks(None)
    yield
    set_on_retry_hooks(())


@pytest.mark.usefixtures("_hooks")
async def test_the_first_vendor_that_is_used_silences_retries_for_the_process_and_once(tmp_path: Path) -> None:
    way = gateway(tmp_path, KEYS, Past(), httpx2.MockTransport(lambda _: httpx2.Response(200, json={"data": []})))
    assert get_on_retry_hooks() != ()
    await way.clients(trip()).ocean.credits()
    assert get_on_retry_hooks() == ()
    set_on_retry_hooks([LoggingOnRetryHook])
    await way.clients(trip()).stardex.custom_fields()
    assert len(get_on_retry_hooks()) == 1


@pytest.mark.usefixtures("_hooks")
def test_a_client_of_a_vendor_changes_nothing_else_in_the_process() -> None:
    before = get_on_retry_hooks()
    upstream_way()
    assert get_on_retry_hooks() == before
