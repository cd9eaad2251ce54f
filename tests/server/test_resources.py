"""What is held of a person: every value with the call that brought it, the caller's own only, and cleaned."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import httpx2
import pytest
from mcp import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, TextResourceContents

from talent_mcp.app import open_house
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.audit.entries import Entry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.identity import local_caller
from talent_mcp.resources import LOOK_BACK_CALLS
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.store import SqliteStore
from tests.houses import KEYS, on_sandbox, on_vendor, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
ADA = "https://www.linkedin.com/in/ada-demo-1001"


async def read(client: JudgedClient, uri: str) -> dict[str, Any]:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return dict(json.loads(content.text))


async def refusal(client: JudgedClient, uri: str) -> tuple[int, str]:
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    return caught.value.error.code, caught.value.error.message


class Ocean:
    """Answers each search with the next of these pages of people."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = list(pages)

    def __call__(self, _: httpx2.Request) -> httpx2.Response:
        people = self.pages.pop(0)
        return httpx2.Response(200, json={"people": people, "total": len(people), "detail": "OK"})


@pytest.mark.parametrize("era", ERAS)
async def test_what_searches_and_enrichments_brought_of_a_person_is_one_resource(tmp_path: Path, era: str) -> None:
    async with (
        open_sandbox_house(settings_in(tmp_path)) as (house, _),
        JudgedClient(house.server("memory"), mode=era) as client,
    ):
        handles = {"include_linkedin_handles": ["ada-demo-1001"]}
        found = await client.call_tool("search_people", {"people": handles, "limit": 1})
        enriched = await client.call_tool("enrich_person", {"person": {"linkedin": ADA}, "reveal_emails": True})
        assert found.structured_content is not None
        assert found.meta is not None
        assert enriched.meta is not None
        ocean_id = found.structured_content["people"][0]["id"]
        held = await read(client, f"talent://people/{ocean_id}")
    assert (held["ocean_id"], held["looked_back_calls"]) == (ocean_id, LOOK_BACK_CALLS)
    (name,) = held["held"]["name"]
    assert (name["value"], name["tool"], name["call_id"]) == (
        found.structured_content["people"][0]["name"],
        "enrich_person",
        enriched.meta["talent-mcp/call_id"],
    )
    assert name["time"].startswith("20")
    sources = {value["call_id"] for values in held["held"].values() for value in values}
    assert sources == {found.meta["talent-mcp/call_id"], enriched.meta["talent-mcp/call_id"]}
    assert not {"id", "relevance"} & set(held["held"])


async def test_values_that_differ_stand_beside_each_other_the_newest_first(tmp_path: Path) -> None:
    first = {"id": "p-1", "name": "Ada", "jobTitle": "CFO"}
    second = {"id": "p-1", "name": "Ada", "jobTitle": "Group CFO"}
    other = {"id": "p-2", "name": "Grace", "jobTitle": "Chair of p-1"}
    async with on_vendor(tmp_path, Ocean([first], [other, second], [other])) as on:
        for _ in range(3):
            await on.call("search_people", refresh=True)
        held = (await read(on.client, "talent://people/p-1"))["held"]
    assert [entry["value"] for entry in held["job_title"]] == ["Group CFO", "CFO"]
    assert held["job_title"][0]["call_id"] > held["job_title"][1]["call_id"]
    assert [(entry["value"], entry["call_id"]) for entry in held["name"]] == [("Ada", held["job_title"][0]["call_id"])]


async def test_what_a_profile_hides_from_people_is_hidden_from_the_reader_too(tmp_path: Path) -> None:
    person = {"id": "p-1", "name": "Ada\u200b <b>Brightwell</b>", "summary": "x" * 5_000}
    async with on_vendor(tmp_path, Ocean([person])) as on:
        await on.call("search_people")
        held = (await read(on.client, "talent://people/p-1"))["held"]
    assert held["name"][0]["value"] == "Ada Brightwell"
    assert held["summary"][0]["value"].endswith("more characters cut]")


async def test_the_log_says_who_was_shown_what_again(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        enriched = await on.call("enrich_person", person={"linkedin": ADA})
        (call_id,) = await on.house.store.recent_calls("default", limit=1)
        outcome = (await on.house.store.call("default", call_id))[-1]
        for uri in (f"talent://calls/{call_id}", f"talent://people/{enriched['person']['id']}"):
            size = (await on.house.store.head("default")).size
            await read(on.client, uri)
            (shown,) = [entry async for entry in on.house.store.entries("default", start=size)]
            said = shown.envelope
            assert (said["type"], said["principal"], said["calls"]) == ("shown", "local", [call_id])
            assert shown.subjects == outcome.subjects


@pytest.mark.parametrize("ocean_id", ["p-2", "p", "Ada", "..", "%22p-1%22"])
async def test_a_person_that_no_call_brought_is_not_found(tmp_path: Path, ocean_id: str) -> None:
    async with on_vendor(tmp_path, Ocean([{"id": "p-1", "name": "Ada"}])) as on:
        await on.call("search_people")
        code, _ = await refusal(on.client, f"talent://people/{ocean_id}")
    assert code == INVALID_PARAMS


async def test_a_person_whom_somebody_else_found_is_not_found(tmp_path: Path) -> None:
    stranger = replace(local_caller("memory", None), principal="somebody else")
    async with on_vendor(tmp_path, Ocean([{"id": "p-1", "name": "Ada"}])) as on:
        await on.call("search_people")
        assert await on.house.resources().person("p-1", stranger) is None
        assert await on.house.resources().person("p-1", local_caller("memory", None)) is not None


async def test_calls_that_brought_nobody_do_not_stand_in_the_way(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        ocean_id = (await on.call("search_people", limit=1))["people"][0]["id"]
        await on.refusal("search_people", surprise=ocean_id)
        await on.call("enrich_person", person={"name": "Nobody Atall"})
        await on.call("upsert_jarvi_profile", profile={"external_id": ocean_id, "first_name": "Ada"})
        assert (await read(on.client, f"talent://people/{ocean_id}"))["held"]["name"]


async def test_what_was_erased_is_held_no_more(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, Ocean([{"id": "p-1", "name": "Ada"}])) as on:
        await on.call("search_people")
        apsw.Connection(str(tmp_path / "audit.db")).execute("DELETE FROM payloads")  # pyright: ignore[reportUnknownMemberType]
        code, text = await refusal(on.client, "talent://people/p-1")
    assert code == INVALID_PARAMS
    assert "enrich_person" in text


async def test_a_pending_call_leads_to_the_later_one_that_brought_the_answer(tmp_path: Path) -> None:
    answers = iter([httpx2.Response(201), httpx2.Response(201), httpx2.Response(200, json={"id": "p-1"})])
    async with on_vendor(tmp_path, lambda _: next(answers)) as on:
        calls = [await on.client.call_tool("enrich_person", {"person": {"id": "p-1"}}) for _ in range(3)]
        first, second, third = [(call.meta or {})["talent-mcp/call_id"] for call in calls]
        for pending in (first, second):
            found = await read(on.client, f"talent://calls/{pending}")
            assert found["followed_by"] == {"call_id": third, "status": "found"}
        assert "followed_by" not in await read(on.client, f"talent://calls/{third}")


@pytest.mark.parametrize(
    "uri", ["talent://", "talent://status/x", "talent://people", "status", "talent://calls/a/b", ""]
)
async def test_what_is_no_resource_is_not_found(tmp_path: Path, uri: str) -> None:
    async with on_vendor(tmp_path, Ocean()) as on:
        code, text = await refusal(on.client, uri)
    assert code == INVALID_PARAMS
    assert text.startswith(
        "Unknown resource. Known here: talent://status, talent://budget, talent://calls/{call_id}, talent://people/"
    )


@pytest.mark.parametrize("uri", ["talent://people/p-1", "talent://calls/c-1"])
async def test_a_log_that_cannot_be_read_is_said_in_words(tmp_path: Path, uri: str) -> None:
    (tmp_path / "audit.db").mkdir()
    async with (
        open_house(settings_in(tmp_path), KEYS, transport=httpx2.MockTransport(Ocean())) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        code, text = await refusal(client, uri)
    assert code == INTERNAL_ERROR
    assert "The audit log cannot be used" in text


class Full(SqliteStore):
    """A log on a disk that has room for nothing but calls."""

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        if entry.type == "shown":
            raise StoreUnavailable("the disk is full")
        return await super().append(entry, limits=limits)


@pytest.mark.parametrize("kind", ["calls", "people"])
async def test_what_cannot_be_recorded_is_not_shown(tmp_path: Path, kind: str) -> None:
    transport = httpx2.MockTransport(Ocean([{"id": "p-1", "name": "Ada"}]))
    store = Full(tmp_path / "audit.db")
    async with (
        open_house(settings_in(tmp_path), KEYS, transport=transport, store=store) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        await client.call_tool("search_people", {})
        (call_id,) = await store.recent_calls("default", limit=1)
        code, text = await refusal(client, f"talent://{kind}/{call_id if kind == 'calls' else 'p-1'}")
    assert (code, text) == (INTERNAL_ERROR, "The audit log cannot be used: the disk is full. Tell the person.")


async def test_the_look_back_is_told_where_the_resource_is_listed(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        templates = (await on.client.list_resource_templates()).resource_templates
    (person,) = [template for template in templates if template.uri_template == "talent://people/{ocean_id}"]
    assert f"newest {LOOK_BACK_CALLS}" in (person.description or "")
