"""Rules over all tools at once, and what they cost a model to know."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import bpe_openai  # pyright: ignore[reportMissingTypeStubs]  # it has no annotations
import jsonschema
import pytest
from mcp import Client
from pydantic import JsonValue
from pydantic_core import to_json

from talent_mcp.app import open_sandbox_house
from talent_mcp.protocol import INSTRUCTIONS
from talent_tools import TOOLS
from talent_tools.search_people import SEARCH_PEOPLE
from tests.houses import on_sandbox, settings_in

pytestmark = pytest.mark.anyio

SNAPSHOTS = Path(__file__).parent / "toolsnaps"
TOKENS_OF_ALL_DEFINITIONS = 3_500
TOKENS_OF_A_CONCISE_PERSON = 120
TOKENS_OF_INSTRUCTIONS = 200


def tokens(text: str) -> int:
    """cl100k_base, the vocabulary that the budgets are stated in."""
    return len(bpe_openai.get_encoding("cl100k_base").encode(text))


@pytest.fixture
async def definitions(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Every tool's definition as it is on the wire."""
    async with (
        open_sandbox_house(settings_in(tmp_path)) as (house, _),
        Client(house.server("memory")) as client,
    ):
        listed = (await client.list_tools()).tools
    return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed}


async def test_definitions_are_those_of_the_snapshots(definitions: dict[str, dict[str, Any]]) -> None:
    """Run with UPDATE_TOOLSNAPS=1 to accept a change; the diff is then reviewed with it."""
    wire = {
        name: json.dumps(tool, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, tool in definitions.items()
    }
    if os.environ.get("UPDATE_TOOLSNAPS"):
        for stale in SNAPSHOTS.glob("*.json"):
            stale.unlink()
        for name, text in wire.items():
            (SNAPSHOTS / f"{name}.json").write_text(text, encoding="utf-8")
    assert {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("*.json")} == wire


async def test_all_definitions_together_fit_their_budget(definitions: dict[str, dict[str, Any]]) -> None:
    counts = {
        name: tokens(json.dumps(tool, separators=(",", ":"), ensure_ascii=False)) for name, tool in definitions.items()
    }
    print(f"\ndefinitions in cl100k tokens: {counts}, together {sum(counts.values())}")  # noqa: T201  # the measured figure
    assert sum(counts.values()) <= TOKENS_OF_ALL_DEFINITIONS


async def test_a_concise_person_fits_its_budget(tmp_path: Path) -> None:
    counts: list[int] = []
    async with on_sandbox(tmp_path) as on:
        cursor = None
        while True:
            page = await on.call("search_people", limit=100, **({"cursor": cursor} if cursor else {}))
            counts += [tokens(to_json(person).decode()) for person in page["people"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
    print(f"\na concise person in cl100k tokens: median {median(counts)}, largest {max(counts)}, of {len(counts)}")  # noqa: T201  # the measured figure
    assert len(counts) >= 300
    assert median(counts) <= TOKENS_OF_A_CONCISE_PERSON


def test_instructions_fit_their_budget() -> None:
    assert tokens(INSTRUCTIONS) <= TOKENS_OF_INSTRUCTIONS


async def test_every_hint_is_written_out(definitions: dict[str, dict[str, Any]]) -> None:
    for name, tool in definitions.items():
        hints = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
        assert set(tool["annotations"]) == set(hints), name
        assert tool["title"], name


def nodes(schema: JsonValue) -> Iterator[dict[str, JsonValue]]:
    """Every schema in a schema; the names of properties are not keywords."""
    if isinstance(schema, list):
        for part in schema:
            yield from nodes(part)
    elif isinstance(schema, dict):
        yield schema
        for keyword, value in schema.items():
            if isinstance(value, dict) and keyword in ("properties", "$defs"):
                yield from nodes(list(value.values()))
            else:
                yield from nodes(value)


async def test_schemas_are_valid_and_free_of_noise(definitions: dict[str, dict[str, Any]]) -> None:
    for name, tool in definitions.items():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object", name
            assert not {"anyOf", "oneOf", "allOf"} & set(schema), name
            for node in nodes(schema):
                assert "title" not in node, name
                assert node.get("type") != "null", name
        for node in nodes(tool["inputSchema"]):
            if "properties" in node:
                assert node["additionalProperties"] is False, name


def test_names_are_unique_and_writes_are_marked() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS) == 4
    assert {tool.name for tool in TOOLS if not tool.read_only} == {"update_stardex_person", "upsert_jarvi_profile"}
    assert {tool.name for tool in TOOLS if tool.billable} == {"search_people", "enrich_person"}
    assert all(tool.destructive == (not tool.read_only) for tool in TOOLS)


async def test_every_result_is_the_same_as_text_and_as_structure_and_fits_its_schema(
    tmp_path: Path, definitions: dict[str, dict[str, Any]]
) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_people", {"limit": 5}),
        ("search_people", {"limit": 5, "detail": "full"}),
        ("enrich_person", {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}),
        ("enrich_person", {"person": {"name": "Nobody Atall"}}),
        ("upsert_jarvi_profile", {"profile": {"external_id": "x-1", "first_name": "Ada"}}),
    ]
    async with on_sandbox(tmp_path) as on:
        for name, arguments in calls:
            result = await on.client.call_tool(name, arguments)
            text = result.content[0]
            assert text.type == "text"
            assert json.loads(text.text) == result.structured_content
            jsonschema.validate(result.structured_content, definitions[name]["outputSchema"])


def test_a_tool_without_a_shorter_form_shows_its_whole_result() -> None:
    whole = [tool.name for tool in TOOLS if tool is not SEARCH_PEOPLE]
    for tool in TOOLS:
        if tool.name in whole:
            result = {"anything": 1}
            assert tool.present(None, result) is result
