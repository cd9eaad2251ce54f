"""Rules over all tools at once, and what they cost a model to know."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, get_args

import bpe_openai  # pyright: ignore[reportMissingTypeStubs]  # it has no annotations
import jsonschema
import pytest
from pydantic import BaseModel, JsonValue
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.protocol import INSTRUCTIONS
from talent_tools.catalog import TOOLS
from talent_tools.result import VendorData
from talent_tools.search_people import SEARCH_PEOPLE
from talent_tools.spec import AnyTool
from tests.houses import on_sandbox, settings_in
from tests.judge import SNAPSHOTS, JudgedClient

pytestmark = pytest.mark.anyio

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
        JudgedClient(house.server("memory")) as client,
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
        # Said once: the server refuses unknown names at every depth (test_arguments).
        closed = [node for node in nodes(tool["inputSchema"]) if node.get("additionalProperties") is False]
        assert closed == [tool["inputSchema"]], name


def test_names_are_unique_and_writes_are_marked() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS) == 4
    assert {tool.name for tool in TOOLS if not tool.read_only} == {"update_stardex_person", "upsert_jarvi_profile"}
    assert {tool.name for tool in TOOLS if tool.billable} == {"search_people", "enrich_person"}
    assert all(tool.destructive == (not tool.read_only) for tool in TOOLS)


ONE_NAME = {
    ".*(credit|cost|price|spent).*": {
        "credits_used": {"search_people", "enrich_person"},
        "credits_at_most": {"search_people", "enrich_person"},
        "cost": {"search_people", "enrich_person"},  # a sentence: the number is not known, or was paid before
    },
    "(.*_)?(status|state|outcome)": {
        "status": {"search_people", "enrich_person", "update_stardex_person", "upsert_jarvi_profile"},
        "state": {"search_people", "enrich_person"},  # Ocean.io's own: a region
    },
    "(.*_)?(id|uuid|key)": {
        "id": {"search_people", "enrich_person"},  # of the person that it stands in
        "person_id": {"enrich_person", "update_stardex_person"},
        "profile_id": {"enrich_person", "upsert_jarvi_profile"},  # Jarvi's own, as task_id
        "task_id": {"upsert_jarvi_profile"},
        "plan_id": {"update_stardex_person", "upsert_jarvi_profile"},
    },
    ".*mail.*": {
        "email": {"search_people", "enrich_person"},  # Ocean.io's own: one, with its status
    },
    ".*(phone|mobile|tel).*": {
        "phone": {"search_people", "enrich_person"},  # likewise
    },
    ".*(linkedin|handle).*": {"linkedin_url": {"search_people", "enrich_person"}},
    ".*(url|link|page)": {
        "linkedin_url": {"search_people", "enrich_person"},
        "profile_url": {"upsert_jarvi_profile"},
    },
    ".*(title|position)": {"job_title": {"search_people", "enrich_person"}},
    ".*(cursor|after)": {"next_cursor": {"search_people"}},
    ".*(retry|wait|again|seconds).*": {"retry_after_seconds": {"enrich_person"}},
    ".*(total|count)": {
        "total": {"search_people"},
        "connections_count": {"search_people", "enrich_person"},
        "followers_count": {"search_people", "enrich_person"},
    },
}
"""Names for one thing, and those that results have for it: one, unless it is a vendor's own name (design: the law)."""


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that a result, or a part of one, is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(annotation):
        yield from models_in(part)


def result_names(tool: AnyTool) -> set[str]:
    return {name for model in models_in(tool.result) for name in model.model_fields}


@pytest.mark.parametrize("names", ONE_NAME)
def test_results_have_one_name_for_one_thing(names: str) -> None:
    found: dict[str, set[str]] = {}
    for tool in TOOLS:
        for name in result_names(tool):
            if re.fullmatch(names, name):
                found.setdefault(name, set()).add(tool.name)
    assert found == ONE_NAME[names]


def test_a_vendors_field_keeps_its_name_in_snake_case() -> None:
    models = {model for tool in TOOLS for model in models_in(tool.result) if issubclass(model, VendorData)}
    assert {model.__name__ for model in models} >= {"SearchPeopleResult", "Person", "Email", "Phone", "Experience"}
    renamed = {
        (field.alias, name)
        for model in models
        for name, field in model.model_fields.items()
        if field.alias not in (None, to_camel(name))
    }
    assert renamed == {("searchAfter", "next_cursor")}


async def test_a_name_has_one_type_in_all_results(definitions: dict[str, dict[str, Any]]) -> None:
    types: dict[str, set[str]] = {}
    for tool in definitions.values():
        for node in nodes(tool["outputSchema"]):
            properties: Any = node.get("properties", {})
            for name, schema in properties.items():
                types.setdefault(name, set()).add(schema["type"])
    assert types["status"] == {"string"}
    assert types["credits_used"] == {"number"}
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


async def test_every_tool_and_status_is_judged(tmp_path: Path) -> None:
    """The client of every test refuses a result that breaks its schema, or whose text says something else."""
    statuses: set[tuple[str, str | None]] = set()
    async with on_sandbox(tmp_path) as on:
        stardex_id = next(iter(on.sandbox.stardex.persons))
        calls: list[tuple[str, dict[str, Any]]] = [
            ("search_people", {"limit": 5}),
            ("search_people", {"limit": 5, "detail": "full"}),
            ("search_people", {"limit": 5, "fields": ["skills"]}),
            ("enrich_person", {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}),
            ("enrich_person", {"person": {"linkedin": "https://www.linkedin.com/in/emil-pending-1004"}}),
            ("enrich_person", {"person": {"name": "Nobody Atall"}}),
            ("update_stardex_person", {"person_id": stardex_id, "changes": {"phone_numbers": {"replace": []}}}),
            ("update_stardex_person", {"person_id": stardex_id, "changes": {"emails": {"remove": ["n@demo.example"]}}}),
            (
                "update_stardex_person",
                {"person_id": stardex_id, "changes": {"emails": {"replace": []}}, "preview": True},
            ),
            ("upsert_jarvi_profile", {"profile": {"external_id": "x-1", "first_name": "Ada"}, "preview": True}),
            ("upsert_jarvi_profile", {"profile": {"external_id": "x-1", "first_name": "Ada"}}),
            ("upsert_jarvi_profile", {"profile": {"external_id": "x-1", "first_name": "Ada"}}),
        ]
        for name, arguments in calls:
            result = await on.call(name, **arguments)
            statuses.add((name, result.get("status")))
    assert statuses == {
        ("search_people", None),
        *(("enrich_person", status) for status in ("found", "pending", "no_match")),
        *(("update_stardex_person", status) for status in ("saved", "unchanged", "preview")),
        *(("upsert_jarvi_profile", status) for status in ("saved", "unchanged", "preview")),
    }


def test_a_tool_without_a_shorter_form_shows_its_whole_result() -> None:
    result = {"anything": 1}
    assert all(tool.present(None, result) is result for tool in TOOLS if tool is not SEARCH_PEOPLE)
