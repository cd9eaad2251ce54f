"""Completions: what fits what was typed, the best first, in both protocol eras."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    PromptReference,
    ResourceTemplateReference,
)

from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.completions import Completions, countries, matching
from talent_mcp.identity import local_caller
from talent_tools.ocean.enums import DEPARTMENTS, SENIORITIES
from talent_tools.ocean.repairs import as_country
from tests.houses import Connected, on_sandbox, on_vendor, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
PROMPT = PromptReference(type="ref/prompt", name="source_candidates")
CALL = ResourceTemplateReference(type="ref/resource", uri="talent://calls/{call_id}")
PERSON = ResourceTemplateReference(type="ref/resource", uri="talent://people/{ocean_id}")


async def completion(client: JudgedClient, name: str, typed: str, ref: Any = PROMPT) -> Completion:
    return (await client.complete(ref, {"name": name, "value": typed})).completion


async def completed(on: Connected, name: str, typed: str, ref: Any = PROMPT) -> list[str]:
    return (await completion(on.client, name, typed, ref)).values


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_either_era_is_offered_completions(tmp_path: Path, era: str) -> None:
    async with (
        open_sandbox_house(settings_in(tmp_path)) as (house, _),
        JudgedClient(house.server("memory"), mode=era) as client,
    ):
        found = await completion(client, "seniorities", "d")
        assert (found.values, found.total, found.has_more) == (
            ["Director", "Founder", "Board Member", "Head"],
            4,
            False,
        )
        for ref in (
            PromptReference(type="ref/prompt", name="no_such_prompt"),
            ResourceTemplateReference(type="ref/resource", uri="talent://elsewhere/{id}"),
        ):
            with pytest.raises(MCPError) as caught:
                await completion(client, "countries", "g", ref)
            assert caught.value.error.code == INVALID_PARAMS


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("gb", ["gb"]),
        ("GB", ["gb"]),
        ("germ", ["de"]),
        ("united k", ["gb"]),
        ("(uk", ["gb"]),
        ("reunion", ["re"]),
        ("Türki", ["tr"]),
        ("turk", ["tc", "tm", "tr"]),
        ("us", ["us", "um", "vi"]),
        ("atlantis", []),
    ],
)
def test_countries_are_found_by_code_and_by_name(typed: str, expected: list[str]) -> None:
    assert matching(countries(), typed)[:3] == expected


def test_every_country_is_a_code_that_searches_take_with_a_name() -> None:
    codes = [code for code, _ in countries()]
    assert len(codes) == len(set(codes)) == 249
    assert [as_country(code) for code in codes] == codes
    assert all(name == name.strip() and name for _, name in countries())


async def test_no_more_than_a_hundred_values_are_sent_and_the_rest_is_counted(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        found = await completion(on.client, "country", "")
    assert (len(found.values), found.total, found.has_more) == (100, 249, True)


async def test_values_are_those_that_ocean_listed_in_its_order(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        assert await completed(on, "seniority", "") == list(SENIORITIES)
        assert await completed(on, "department", "") == list(DEPARTMENTS)
        assert await completed(on, "departments", "e") == [
            *[name for name in DEPARTMENTS if name.startswith("E")],
            *[name for name in DEPARTMENTS if "e" in name and not name.startswith("E")],
        ]


async def test_of_a_list_the_last_value_is_completed(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        assert await completed(on, "countries", "gb, germ") == ["gb, de"]
        assert (await completed(on, "seniorities", "VP,"))[:2] == ["VP, Owner", "VP, Founder"]
        assert await completed(on, "country", "gb, germ") == []


async def test_free_text_is_not_completed(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        found = await completion(on.client, "brief", "a")
    assert (found.values, found.total, found.has_more) == ([], 0, False)


async def test_calls_are_completed_newest_first_by_id_and_by_tool(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("search_people", limit=1)
        await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-demo-1001"})
        newest, oldest = await completed(on, "call_id", "", CALL)
        assert newest > oldest
        assert await completed(on, "call_id", newest[:-1], CALL) == [newest]
        assert await completed(on, "call_id", "search", CALL) == [oldest]
        review = PromptReference(type="ref/prompt", name="review_activity")
        assert await completed(on, "calls", f"{newest},{oldest}", review) == [f"{newest}, {oldest}"]


async def test_people_are_completed_by_ocean_id_and_by_name(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        people = (await on.call("search_people", limit=3))["people"]
        assert await completed(on, "ocean_id", "", PERSON) == [person["id"] for person in people]
        assert people[0]["id"] in await completed(on, "ocean_id", people[0]["name"][:4], PERSON)


async def test_an_id_that_is_no_clean_text_is_not_offered(tmp_path: Path) -> None:
    def vendor(_: httpx2.Request) -> httpx2.Response:
        people = [{"id": identifier, "name": "Eve"} for identifier in ("p1", "p2\x1b[2J\u202e<b>approve</b>")]
        return httpx2.Response(200, json={"people": people, "total": 2})

    async with on_vendor(tmp_path, vendor) as on:
        await on.call("search_people", limit=2)
        assert await completed(on, "ocean_id", "", PERSON) == ["p1"]


async def test_calls_and_people_of_somebody_else_are_not_offered(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("search_people", limit=1)
        house = on.house
        completions = Completions(house.resources())
        stranger = replace(local_caller("memory", None), principal="somebody else")
        for name in ("call_id", "ocean_id"):
            found = await completions.complete(CompletionArgument(name=name, value=""), stranger)
            assert found.values == []


async def test_a_log_that_cannot_be_read_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "audit.db").mkdir()
    async with on_vendor(tmp_path, lambda _: httpx2.Response(500)) as on:
        with pytest.raises(MCPError) as caught:
            await completed(on, "call_id", "", CALL)
    assert caught.value.error.code == INTERNAL_ERROR
    assert "The audit log cannot be used" in caught.value.error.message
