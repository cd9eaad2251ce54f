"""Recognisable people go through every way that a call can take: their names stand in results, and in no file or log."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.audit.exports.jsonl import jsonl
from talent_mcp.audit.exports.ocsf import events
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.exports.source import Source
from talent_mcp.audit.exports.tables import table
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.signing import log_key
from talent_mcp.audit.verify import verify
from talent_mcp.identity import LOCAL_TENANT
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

TRACES = ("Canaria", "Beryline", "canaria@", "+4930777888", "canaria-handle", "canary-note")
"""Parts of what tells of Ada, the person that every call is about."""
EMAIL, HANDLE, PHONE = "canaria@people.example", "canaria-handle-1", "+4930777888"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search_people", {"people": {"names": ["Canaria Beryline"], "include_linkedin_handles": [HANDLE]}}),
    ("search_people", {"people": {"nmaes": ["Canaria Beryline"]}}),
    ("enrich_person", {"person": {"email": EMAIL, "name": "Canaria Beryline"}, "reveal_phones": True}),
    ("enrich_person", {"person": {"linkedin": HANDLE}, "surprise": EMAIL}),
    ("update_stardex_person", {"find": {"email": EMAIL}, "changes": {"phone_numbers": {"add": [PHONE]}}}),
    ("update_stardex_person", {"person_id": "p1", "changes": {"name": "Canaria Beryline", "mobile_phone": PHONE}}),
    (
        "upsert_jarvi_profile",
        {
            "profile": {"first_name": "Canaria", "last_name": "Beryline", "email_addresses": [EMAIL]},
            "history_entry": {"message": "canary-note on Canaria"},
        },
    ),
]
ADA: dict[str, Any] = {
    "id": "p1",
    "domain": "people.example",
    "name": "Canaria Beryline",
    "linkedinUrl": f"https://www.linkedin.com/in/{HANDLE}",
    "email": {"address": EMAIL, "status": "verified"},
    "phone": {"numbers": [PHONE], "status": "verified"},
}
STARDEX = {
    "id": "p1",
    "name": "Canaria Beryline",
    "emails": [{"value": EMAIL, "contact_data_type": "work"}],
    "phones": [],
}
BODIES: dict[str, Any] = {
    "/v3/search/people": {"people": [ADA], "detail": "OK", "total": 1},
    "/v2/enrich/person": ADA,
    "/v1/persons/p1": {"success": True, "data": STARDEX},
    "/v1/persons/search": {"success": True, "data": [STARDEX], "meta": {"total": 1}},
    "/v1/public-api/rest/v2/profiles": {"message": "saved Canaria", "taskId": "t", "profileId": "j1"},
}


class Vendors(httpx2.AsyncBaseTransport):
    """All three vendors, answering in one way."""

    def __init__(self, way: str) -> None:
        self.way = way

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = BODIES[request.url.path]
        match self.way:
            case "timeout":
                raise httpx2.ReadTimeout(f"slow for {EMAIL}", request=request)
            case "crash":
                raise RuntimeError(f"broken for {EMAIL}")
            case "odd":
                return httpx2.Response(200, json={"persons": [body]}, request=request)
            case "no JSON":
                return httpx2.Response(200, content=f"<p>{body}</p>", request=request)
            case _:
                return httpx2.Response(int(self.way), json=body, request=request)


@pytest.fixture
async def everything_logged(caplog: pytest.LogCaptureFixture) -> AsyncGenerator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def in_files(home: Path) -> list[tuple[str, str]]:
    files = [path for path in home.rglob("*") if path.is_file()]
    return [(path.name, trace) for path in files for trace in TRACES if trace.encode() in path.read_bytes()]


async def exports(house: House, reader: Reader | None = None) -> bytes:
    """The log in all formats, whole and in part; with a reader, with personal data."""
    key = await log_key(house.keys.data_keys, LOCAL_TENANT)
    person = await house.reader.person(LOCAL_TENANT, [f"email:{EMAIL}"])
    source = Source(
        store=house.store,
        tenant=LOCAL_TENANT,
        start=0,
        head=await house.store.head(LOCAL_TENANT),
        selection=Selection(),
        reader=reader,
    )
    part = replace(source, selection=Selection(subjects=person))
    formats = (jsonl(source, key), jsonl(part, key), table(source), table(part), events(source), events(part))
    return b"".join([line for lines in formats async for line in lines])


def traces_in(export: bytes) -> list[str]:
    return [trace for trace in TRACES if trace.encode() in export]


@pytest.mark.parametrize("way", ["200", "201", "400", "404", "422", "500", "timeout", "crash", "odd", "no JSON"])
async def test_people_stand_in_no_file_and_no_log_and_once_erased_nowhere(
    tmp_path: Path, way: str, everything_logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with (
        open_house(settings_in(tmp_path, call_seconds=2.0), KEYS, transport=Vendors(way)) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        for tool, arguments in CALLS:
            await client.call_tool(tool, arguments)
        entries = [stored async for stored in house.store.entries(LOCAL_TENANT)]
        recorded = str(await house.reader.payloads(entries))
        assert any(trace in recorded for trace in TRACES)
        assert in_files(tmp_path) == []
        assert traces_in(await exports(house)) == []
        assert traces_in(await exports(house, house.reader)) != []
        for person in (["email:" + EMAIL, f"linkedin:{HANDLE}", "name:canaria beryline", "stardex:p1"],):
            await house.eraser.erase(LOCAL_TENANT, await house.eraser.mark(LOCAL_TENANT, person), by="local")
        left = [stored async for stored in house.store.entries(LOCAL_TENANT)]
        readable = str(await house.reader.payloads(left))
        assert (await verify(house.store, LOCAL_TENANT)).problem is None
        assert [trace for trace in TRACES if trace in readable] == []
        assert str(await house.reader.payloads(entries)).count("Canaria") == 0
        assert traces_in(await exports(house, house.reader)) == []
    said = capfd.readouterr()
    records = [repr(vars(record)) for record in everything_logged.records if record.name.startswith("talent_mcp")]
    for text in (said.out, said.err, *records):
        assert [trace for trace in TRACES if trace in text] == []
    assert in_files(tmp_path) == []
