"""The advertised schemas: small, valid, and true to what is accepted."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from talent_tools.arguments import Arguments
from talent_tools.enrich_person import EnrichPersonArguments, EnrichPersonResult
from talent_tools.ocean.client import SearchPeopleResult
from talent_tools.schema import Schema, input_schema, output_schema
from talent_tools.search_people import SearchPeopleArguments


class Point(Arguments):
    """A docstring that no model should pay for."""

    x: int = 0
    title: str | None = Field(default=None, description="of the point")


class Line(Arguments):
    """Another one."""

    from_: Point | None = Field(default=None, alias="from")
    to: Point
    points: list[Point] | None = None
    mixed: int | str | None = None
    kind: Literal["solid", "dotted"] = "solid"
    default: bool = False
    pair: tuple[int, str] | None = None
    free: JsonValue = None
    byname: dict[str, Point] | None = None


class Node(BaseModel):
    """Refers to itself."""

    model_config = ConfigDict(extra="allow")

    name: str | None = Field(default=None, description="said nowhere")
    size: int = 3
    children: list["Node"] | None = None
    anything: JsonValue = None
    more: dict[str, JsonValue] | None = None


SCHEMAS = [
    input_schema(SearchPeopleArguments),
    input_schema(EnrichPersonArguments),
    input_schema(Line),
    output_schema(SearchPeopleResult),
    output_schema(EnrichPersonResult),
    output_schema(Node),
]


def parts(schema: object) -> Iterator[dict[str, Any]]:
    """Every object in a schema, whether it is a schema or holds schemas by name."""
    if isinstance(schema, dict):
        part = cast("dict[str, Any]", schema)
        yield part
        yield from parts(list(part.values()))
    elif isinstance(schema, list):
        for item in cast("list[object]", schema):
            yield from parts(item)


def test_noise_is_left_out_and_properties_keep_their_names() -> None:
    point = {
        "properties": {
            "x": {"default": 0, "type": "integer"},
            "title": {"type": "string", "description": "of the point"},
        },
        "type": "object",
    }
    reference = {"$ref": "#/$defs/Point"}
    assert input_schema(Line) == {
        "additionalProperties": False,
        "properties": {
            "from": reference,
            "to": reference,
            "points": {"items": reference, "type": "array"},
            "mixed": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "kind": {"default": "solid", "enum": ["solid", "dotted"], "type": "string"},
            "default": {"default": False, "type": "boolean"},
            "pair": {
                "maxItems": 2,
                "minItems": 2,
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "type": "array",
            },
            "free": {},
            "byname": {"additionalProperties": reference, "type": "object"},
        },
        "required": ["to"],
        "type": "object",
        "$defs": {"Point": point},
    }


def test_a_definition_that_nothing_shares_stands_where_it_is_used() -> None:
    class Once(Arguments):
        point: Annotated[Point, Field(description="where")]

    schema = input_schema(Once)
    assert "$defs" not in schema
    assert schema["properties"]["point"]["description"] == "where"
    assert set(schema["properties"]["point"]["properties"]) == {"x", "title"}


def test_a_result_is_described_without_words_and_open_to_more() -> None:
    assert output_schema(Node) == {
        "$ref": "#/$defs/Node",
        "$defs": {
            "Node": {
                "properties": {
                    "name": {"type": "string"},
                    "size": {"type": "integer"},
                    "children": {"items": {"$ref": "#/$defs/Node"}, "type": "array"},
                    "anything": {},
                    "more": {"additionalProperties": {}, "type": "object"},
                },
                "type": "object",
            }
        },
    }


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_is_valid_and_holds_every_definition_it_uses(schema: Schema) -> None:
    Draft202012Validator.check_schema(schema)
    used = {part["$ref"].removeprefix("#/$defs/") for part in parts(schema) if "$ref" in part}
    assert used == set(schema.get("$defs", {}))


@pytest.mark.parametrize("model", [SearchPeopleArguments, EnrichPersonArguments])
def test_a_tool_takes_one_closed_object_without_alternatives(model: type[Arguments]) -> None:
    schema = input_schema(model)
    assert schema["type"] == "object"
    assert not {"anyOf", "oneOf", "allOf"} & set(schema)
    assert schema["additionalProperties"] is False
    # Said once: the server refuses unknown names at every depth, and every session would pay for the repetition.
    assert [part["additionalProperties"] for part in parts(schema) if "additionalProperties" in part] == [False]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_null_is_not_mentioned(schema: Schema) -> None:
    for part in parts(schema):
        assert part.get("type") != "null"
        assert part.get("default", 0) is not None


def test_the_schema_is_the_same_every_time() -> None:
    assert str(input_schema(SearchPeopleArguments)) == str(input_schema(SearchPeopleArguments))


def test_filters_are_advertised_in_snake_case_only() -> None:
    names = [name for part in parts(input_schema(SearchPeopleArguments)) for name in part.get("properties", {})]
    assert "from" in names
    assert all(name == name.lower() and not name.endswith("_") for name in names)
