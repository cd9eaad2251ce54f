"""Exports as OCSF events: of the class and the shapes that its schema asks for, each telling what its entry says."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from talent_mcp.audit.entries import EntryType, write_entry
from talent_mcp.audit.exports.ocsf import Tools, events
from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.exports.pieces import TENANT, source_of

pytestmark = pytest.mark.anyio

TEXT, NUMBER = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}


def shape(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }


API_ACTIVITY = shape(
    *("activity_id", "actor", "api", "category_uid", "class_uid", "metadata", "severity_id", "src_endpoint", "time"),
    "type_uid",
    activity_id={"enum": [0, 1, 2, 3, 4, 99]},
    activity_name=TEXT,
    actor=shape(app_name=TEXT, user=shape("name", name=TEXT)),
    api=shape(
        "operation",
        operation=TEXT,
        service=shape("name", name=TEXT),
        request=shape("uid", uid=TEXT),
        response=shape(code=NUMBER, error=TEXT),
    ),
    category_name={"const": "Application Activity"},
    category_uid={"const": 6},
    class_name={"const": "API Activity"},
    class_uid={"const": 6003},
    dst_endpoint=shape("hostname", hostname=TEXT),
    duration=NUMBER,
    http_request=shape("url", http_method=TEXT, url=shape(hostname=TEXT, path=TEXT)),
    http_response=shape("code", code=NUMBER),
    message=TEXT,
    metadata=shape(
        *("product", "version"),
        correlation_uid=TEXT,
        event_code=TEXT,
        log_name=TEXT,
        product=shape("vendor_name", name=TEXT, vendor_name=TEXT, version=TEXT),
        sequence=NUMBER,
        tenant_uid=TEXT,
        uid=TEXT,
        version={"const": "1.3.0"},
    ),
    raw_data=TEXT,
    severity=TEXT,
    severity_id={"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
    src_endpoint=shape(svc_name=TEXT),
    status=TEXT,
    status_detail=TEXT,
    status_id={"enum": [0, 1, 2, 99]},
    time={"type": "integer"},
    type_uid={"enum": [600300, 600301, 600302, 600303, 600304, 600399]},
    unmapped={"type": "object"},
)
"""What https://schema.ocsf.io/1.3.0/classes/api_activity requires, and of what it allows that which is used here."""

INTENT = {"principal": "ada", "transport": "stdio", "client": "Claude 1", "tool": "enrich_person", "vendor": "ocean"}
ATTEMPT = {"vendor": "ocean", "host": "api.ocean.io", "method": "POST", "path": "/v2/enrich/person", "number": 1}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore]:
    """Entries of every type, and of every outcome."""
    store = SqliteStore(tmp_path / "audit.db")

    async def append(type_: EntryType, call_id: str | None, **fields: Any) -> None:
        await store.append(write_entry(tenant=TENANT, call_id=call_id, type_=type_, at=1.5, fields=fields))

    await append("intent", "a", **INTENT, subjects=["s1"])
    await append("credential.used", "a", vendor="ocean", credential="env:OCEAN_API_TOKEN", scope="tenant")
    await append("attempt", "a", **ATTEMPT, status=503, ms=12)
    await append("attempt", "a", **ATTEMPT, error="ReadTimeout", ms=12)
    await append("attempt", "a", **ATTEMPT, status=200, ms=12)
    await append("outcome", "a", vendor="ocean", outcome="success", credits=1.5)
    await append("outcome", "b", vendor="jarvi", outcome="failure", error="VendorUnavailable")
    await append("outcome", "c", outcome="unknown")
    await append("denied", "d", principal="ada", transport="stdio", reason="UnknownTool")
    await append("resolved", "c", **{"as": "happened"}, principal="ada")
    await append("subject.erased", None, principal="ada")
    await append("payloads.pruned", None, principal="ada", before="2020")
    await append("checkpoint", None, principal="ada", size=12)
    yield store
    await store.close()


async def exported(store: SqliteStore) -> list[dict[str, Any]]:
    return [json.loads(line) async for line in events(await source_of(store))]


async def test_every_event_has_the_shape_that_the_schema_asks_for(store: SqliteStore) -> None:
    found = await exported(store)
    assert len(found) == 13
    for event in found:
        jsonschema.validate(event, API_ACTIVITY)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["time"] == 1500


async def test_an_event_tells_who_did_what_and_how_it_ended(store: SqliteStore) -> None:
    found = await exported(store)
    assert [event["status_id"] for event in found] == [99, 99, 2, 2, 1, 1, 2, 0, 2, 99, 99, 99, 99]
    assert [event["severity_id"] for event in found] == [1, 1, 2, 2, 1, 1, 2, 3, 2, 1, 1, 1, 1]
    assert {event["api"]["operation"] for event in found[:6]} == {"enrich_person"}
    assert {event["activity_name"] for event in found[:6]} == {"Read"}
    assert found[0]["actor"] == {"app_name": "Claude 1", "user": {"name": "ada"}}
    assert found[2]["api"]["response"] == {"code": 503}
    assert found[3]["api"]["response"] == {"error": "ReadTimeout"}
    assert found[4]["http_request"]["url"] == {"hostname": "api.ocean.io", "path": "/v2/enrich/person"}
    assert found[5]["unmapped"]["credits"] == 1.5
    assert [event.get("status_detail") for event in found[6:10]] == [
        "VendorUnavailable",
        None,
        "UnknownTool",
        "happened",
    ]
    assert found[6]["api"]["operation"] == "outcome"  # its intent is not part of this log


async def test_an_event_carries_the_bytes_that_its_hash_is_over(store: SqliteStore) -> None:
    for event in await exported(store):
        leaf = leaf_hash(event["raw_data"].encode()).hex()
        assert event["unmapped"]["leaf"] == leaf
        assert event["metadata"]["uid"] == f"{event['metadata']['sequence']}-{leaf[:16]}"


async def test_the_oldest_calls_are_forgotten() -> None:
    tools = Tools(most=2)
    for call in ("a", "b", "c"):
        assert tools.of({"call": call, "tool": f"tool of {call}"}) == f"tool of {call}"
    assert [tools.of({"call": call}) for call in ("a", "b", "c")] == [None, "tool of b", "tool of c"]
