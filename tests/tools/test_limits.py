"""No argument of any tool is endless, and no schema pays for saying so."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from talent_tools.arguments import LONGEST_NOTE, LONGEST_TEXT
from talent_tools.catalog import TOOLS
from talent_tools.schema import input_schema
from talent_tools.spec import AnyTool

BY_NAME = {tool.name: tool for tool in TOOLS}
UUID = "0b0f3a52-7d0e-4c55-9e39-0a6d1f1a2b3c"


def places(schema: dict[str, Any], whole: dict[str, Any], kind: str) -> Iterator[list[str]]:
    """The way to every field of an advertised schema that takes a `kind`."""
    schema = whole["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if schema.get("type") == kind:
        yield []
    for choice in schema.get("anyOf", ()):
        yield from places(choice, whole, kind)
    for name, part in schema.get("properties", {}).items():
        yield from ([name, *rest] for rest in places(part, whole, kind))


def nested(way: list[str], value: JsonValue) -> Any:
    for name in reversed(way):
        value = {name: value}
    return value


MANY: list[JsonValue] = ["1"] * 100_000
ENDLESS: dict[str, JsonValue] = {"string": "a" * 1_000_000, "array": MANY}
CASES = {
    f"{tool.name} {'.'.join(way)} {kind}": (tool, way, kind)
    for tool in TOOLS
    for kind in ("string", "array")
    for way in places(input_schema(tool.arguments), input_schema(tool.arguments), kind)
}


def refusals(tool: AnyTool, given: JsonValue) -> list[str]:
    with pytest.raises(ValidationError) as failure:
        tool.arguments.model_validate(given)
    return [error["msg"] for error in failure.value.errors(include_input=False)]


@pytest.mark.parametrize(("tool", "way", "kind"), CASES.values(), ids=CASES)
def test_no_text_and_no_list_is_endless(tool: AnyTool, way: list[str], kind: str) -> None:
    said = refusals(tool, nested(way, ENDLESS[kind]))
    assert len(said) <= 5
    assert all(len(message) < 120 for message in said)


def test_every_tool_has_texts_and_lists_that_are_tried() -> None:
    assert {tool.name for tool, _, kind in CASES.values() if kind == "string"} == set(BY_NAME)
    assert len(CASES) > 100


@pytest.mark.parametrize(
    ("name", "given", "limit"),
    [
        ("enrich_person", {"person": {"name": "{}"}}, LONGEST_TEXT),
        ("search_people", {"cursor": "{}"}, 4_096),
        ("search_people", {"people": {"names": ["{}"]}}, LONGEST_TEXT),
        ("upsert_jarvi_profile", {"profile": {"id": "j1"}, "history_entry": {"message": "{}"}}, LONGEST_NOTE),
        ("upsert_jarvi_profile", {"profile": {"id": "j1"}, "custom_fields": {UUID: "{}"}}, LONGEST_NOTE),
        ("upsert_jarvi_profile", {"profile": {"id": "j1"}, "files": ["{}"]}, 4_096),
        ("update_stardex_person", {"person_id": "p1", "changes": {"address": "{}"}}, LONGEST_TEXT),
        (
            "update_stardex_person",
            {"person_id": "p1", "changes": {"custom_fields": [{"attribute_id": UUID, "value": [{"a": "{}"}]}]}},
            LONGEST_NOTE,
        ),
    ],
)
def test_a_text_may_have_as_many_characters_as_its_limit_and_no_more(name: str, given: JsonValue, limit: int) -> None:
    tool = BY_NAME[name]
    tool.arguments.model_validate(filled(given, "a" * limit))
    said = refusals(tool, filled(given, "a" * (limit + 1)))
    assert said == [f"Value error, must have at most {limit:,} characters"]


def filled(given: JsonValue, text: str) -> JsonValue:
    if isinstance(given, dict):
        return {name: filled(part, text) for name, part in given.items()}
    if isinstance(given, list):
        return [filled(part, text) for part in given]
    return text if given == "{}" else given


@pytest.mark.parametrize(
    ("name", "given", "most"),
    [
        ("search_people", {"people": {"names": ["a"] * 1_001}}, "1,000"),
        ("update_stardex_person", {"changes": {"emails": {"add": ["a@example.com"] * 101}}}, "100"),
        ("update_stardex_person", {"changes": {"phone_numbers": {"remove": ["a"] * 101}}}, "100"),
        ("upsert_jarvi_profile", {"profile": {"email_addresses": ["a@example.com"] * 101}}, "100"),
        ("upsert_jarvi_profile", {"profile": {}, "custom_fields": dict.fromkeys(map(str, range(1_001)), "a")}, "1,000"),
    ],
)
def test_a_list_has_no_more_entries_than_anybody_needs(name: str, given: JsonValue, most: str) -> None:
    assert refusals(BY_NAME[name], given) == [f"Value error, must have at most {most} entries"]


def test_a_number_is_no_list() -> None:
    assert refusals(BY_NAME["upsert_jarvi_profile"], {"profile": {}, "files": 5}) == ["Input should be a valid tuple"]
