"""A recognisable key goes through every way that a call can take, and is then found nowhere but at its vendor."""

import logging
import re
import sys
import traceback
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.app_keys import open_keys
from talent_mcp.audit.exports.jsonl import jsonl
from talent_mcp.audit.exports.ocsf import events
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.exports.source import Source
from talent_mcp.audit.exports.tables import table
from talent_mcp.audit.signing import log_key
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.identity import LOCAL_TENANT, local_caller
from talent_mcp.settings import load_settings
from talent_mcp.upstream.trip import Trip
from talent_tools.errors import ToolFailure
from talent_tools.vendor import VENDOR_NAMES
from tests.houses import settings_in
from tests.judge import JudgedClient
from tests.processes import Pipe, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

CANARY = "canary-4c8e1fd0b7"
KEYS = {name: f"{CANARY}-{name}" for name in ("OCEAN_API_TOKEN", "STARDEX_API_KEY", "JARVI_API_KEY")}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search_people", {"people": {"names": ["Ada"]}}),
    ("enrich_person", {"person": {"email": "ada@demo.example"}, "reveal_emails": True}),
    ("update_stardex_person", {"person_id": "p1", "changes": {"emails": {"add": ["ada@demo.example"]}}}),
    ("upsert_jarvi_profile", {"profile": {"external_id": "x-1"}}),
    ("search_people", {"people": {"nmaes": ["Ada"]}}),
]
PERSON: dict[str, Any] = {"id": "p1", "domain": "a.example", "name": "Ada", "emails": [], "phones": []}
BODIES: dict[str, Any] = {
    "/v3/search/people": {"people": [PERSON], "detail": "OK", "total": 1},
    "/v2/enrich/person": PERSON,
    "/v1/persons/p1": {"success": True, "data": PERSON},
    "/v1/public-api/rest/v2/profiles": {"message": "ok", "taskId": "t", "profileId": "j1"},
}


ECHOES = ("echo in JSON", "echo in HTML", "echo in Location", "echo in an error")


def echo(way: str, request: httpx2.Request) -> httpx2.Response:
    """What a vendor in debug mode, or a proxy before it, answers: the headers that it was sent."""
    said = dict(request.headers)
    if way == "echo in JSON":
        return httpx2.Response(200, json={**BODIES[request.url.path], "debug": said}, request=request)
    if way == "echo in HTML":
        return httpx2.Response(200, html=f"<pre>{said}</pre>", request=request)
    if way == "echo in Location":
        login = httpx2.URL("https://sso.example/", params=said)
        return httpx2.Response(302, headers={"Location": str(login)}, request=request)
    return httpx2.Response(500, json={"message": f"crashed on {said}", "error": said}, request=request)


class Vendors(httpx2.AsyncBaseTransport):
    """All three vendors, failing in one way, remembering whether the key arrived."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.keys: set[str] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.keys |= {value for value in request.headers.values() if CANARY in value}
        if self.way == "timeout":
            raise httpx2.ReadTimeout("slow", request=request)
        if self.way == "refused":
            raise httpx2.ConnectError("refused", request=request)
        if self.way == "crash":
            raise RuntimeError(f"broken at {request.url}")
        if self.way == "malformed":
            return httpx2.Response(200, content=b"{", request=request)
        if self.way == "redirect":
            return httpx2.Response(302, headers={"Location": "https://elsewhere.example/"}, request=request)
        if self.way in ECHOES:
            return echo(self.way, request)
        return httpx2.Response(int(self.way), json=BODIES[request.url.path], request=request)


@pytest.fixture
async def everything_logged(caplog: pytest.LogCaptureFixture) -> AsyncGenerator[pytest.LogCaptureFixture]:
    for name in list(logging.Logger.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        yield caplog


def in_files(home: Path) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


async def exports(house: House) -> str:
    """The log in all formats, with personal data."""
    key = await log_key(house.keys.data_keys, LOCAL_TENANT)
    head = await house.store.head(LOCAL_TENANT)
    everything, reader = Selection(), house.reader
    source = Source(store=house.store, tenant=LOCAL_TENANT, start=0, head=head, selection=everything, reader=reader)
    written = [line for lines in (jsonl(source, key), table(source), events(source)) async for line in lines]
    return b"".join(written).decode()


@pytest.mark.parametrize(
    "way",
    [
        "200",
        "201",
        "400",
        "401",
        "403",
        "404",
        "422",
        "500",
        "503",
        "timeout",
        "refused",
        "crash",
        "malformed",
        "redirect",
        *ECHOES,
    ],
)
async def test_a_key_is_found_nowhere_but_at_its_vendor(
    tmp_path: Path, way: str, everything_logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    vendors, said = Vendors(way), ""
    settings = settings_in(tmp_path, call_seconds=1.0)
    async with (
        open_house(settings, KEYS, transport=vendors) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        for tool, arguments in CALLS:
            said += (await client.call_tool(tool, arguments)).model_dump_json()
        said += (await client.read_resource("talent://status")).model_dump_json()
        said += repr(house) + str(house.credentials) + await exports(house)
    captured = capfd.readouterr()
    assert len(vendors.keys) == 3
    records = [repr(vars(record)) for record in everything_logged.records]
    for text in (said, everything_logged.text, captured.out, captured.err, *records):
        assert CANARY not in text
    assert in_files(tmp_path) == []


@pytest.mark.parametrize("way", ["timeout", "refused", "malformed", "echo in HTML", "echo in Location"])
async def test_an_exception_holds_no_key_even_with_all_its_variables_shown(tmp_path: Path, way: str) -> None:
    async with open_house(settings_in(tmp_path), KEYS, transport=Vendors(way)) as house:
        clients = house.gateway.clients(
            Trip(anyio.current_time() + 1.0, local_caller("test", None), record=lambda _: None)
        )
        with pytest.raises(ToolFailure) as caught:
            await clients.ocean.search_people({})
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert CANARY not in shown


async def test_a_process_that_logs_everything_says_no_key(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        environment = {**vendors.environment(tmp_path / "home"), **KEYS, "TALENT_LOG_LEVEL": "DEBUG"}
        said: list[bytes] = []
        async with piped(environment, errors=said) as pipe:
            await pipe.initialize()
            await call_everything(pipe, said)
            assert await pipe.close() == 0
        arrived = {request["vendor"] for request in await vendors.received()}
    assert arrived == {"ocean", "stardex", "jarvi"}
    assert CANARY.encode() not in b"".join(said)
    assert in_files(tmp_path) == []


async def test_keys_from_the_store_lie_in_no_file_and_the_process_that_holds_them_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = {"TALENT_MASTER_KEY": f"file:{tmp_path / 'master.key'}", "TALENT_LOG_LEVEL": "DEBUG"}
    async with open_keys(load_settings({"TALENT_HOME": str(home), **settings}), {}) as keys:
        for vendor in VENDOR_NAMES:
            await keys.vault.put(Holder(tenant=LOCAL_TENANT, vendor=vendor), Secret(f"{CANARY}-{vendor}"))
    async with vendors_on_a_port() as vendors:
        named = {name: text for name, text in vendors.environment(home).items() if name.startswith("TALENT_")}
        said: list[bytes] = []
        async with piped({**named, **settings}, errors=said) as pipe:
            await pipe.initialize()
            await call_everything(pipe, said)
            if sys.platform == "linux":
                assert re.search(r"^Max core file size +0 +0 ", limits_of(pipe.process.pid), re.MULTILINE)
            assert await pipe.close() == 0
        arrived = {request["vendor"] for request in await vendors.received()}
    assert arrived == {"ocean", "stardex", "jarvi"}
    assert CANARY.encode() not in b"".join(said)
    assert in_files(home) == []


def limits_of(pid: int) -> str:
    return Path(f"/proc/{pid}/limits").read_text(encoding="ascii")


async def call_everything(pipe: Pipe, said: list[bytes]) -> None:
    for number, (tool, arguments) in enumerate(CALLS, 1):
        await pipe.request(number, "tools/call", name=tool, arguments=arguments)
        said.append(repr(await pipe.answer()).encode())
