"""The prompts: every file loads, fills in what was given and no more, and speaks of what exists."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_core import from_json

from talent_prompts import PLACEHOLDER, Prompt, load_prompts, read_prompt
from talent_tools.catalog import TOOLS
from talent_tools.schema import input_schema, output_schema

PROMPTS = tuple(load_prompts().values())
NAMES = ("enrich_shortlist", "import_to_jarvi", "refresh_stardex_person", "review_activity", "source_candidates")
MODELS = {tool.name: tool.arguments for tool in TOOLS}
VALUES = frozenset(
    {
        "found",
        "pending",
        "no_match",
        "inProgress",
        "guessed",
        "catchAll",
        "unknown",
        "in doubt",
        "false",
        "before",
        "after",
        "as written",
        "needs_approval",
    }
)
"""Words in code marks that are values, not names."""
RESOURCES = ("talent://status", "talent://calls/")
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[a-zA-Z_ ]+")
PATH = re.compile(r"[a-z_]+(\.[a-z_]+)+")
EXAMPLE = re.compile(r"`(\w+)` with `(\{.*\})`")
HEADER = '+++\ntitle = "T"\ndescription = "D"\n[arguments.whom]\ndescription = "W"\nrequired = true\n+++\n'

every_prompt = pytest.mark.parametrize("prompt", PROMPTS, ids=[prompt.name for prompt in PROMPTS])
every_write_prompt = pytest.mark.parametrize("name", ["import_to_jarvi", "refresh_stardex_person"])


def in_full(prompt: Prompt) -> str:
    return prompt.render({argument.name: f"[{argument.name}]" for argument in prompt.arguments})


def only_required(prompt: Prompt) -> str:
    return prompt.render({argument.name: f"[{argument.name}]" for argument in prompt.arguments if argument.required})


def code_in(prompt: Prompt) -> list[str]:
    return CODE.findall(prompt.body)


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property at any depth, with its schema."""
    parts: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    for part in parts:
        for name, inner in part.get("properties", {}).items():
            yield name, inner
            yield from properties(inner)
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                yield from properties(part[key])
        for choice in part.get("anyOf", []):
            yield from properties(choice)


def names_in_schemas() -> frozenset[str]:
    schemas = [schema for tool in TOOLS for schema in (input_schema(tool.arguments), output_schema(tool.result))]
    return frozenset(name for schema in schemas for name, _ in properties(schema))


def path_exists(schema: dict[str, Any], path: str) -> bool:
    definitions: dict[str, Any] = schema.get("$defs", {})
    for name in path.split("."):
        schema = definitions.get(str(schema.get("$ref", "")).removeprefix("#/$defs/"), schema)
        if name not in schema.get("properties", {}):
            return False
        schema = schema["properties"][name]
    return True


def test_the_prompts_are_the_five_that_are_documented() -> None:
    assert tuple(load_prompts()) == NAMES


@every_prompt
def test_every_prompt_has_a_title_a_description_and_described_arguments(prompt: Prompt) -> None:
    assert prompt.title
    assert 20 < len(prompt.description) < 160
    assert all(argument.description for argument in prompt.arguments)


@every_prompt
def test_every_argument_has_one_place_in_the_body(prompt: Prompt) -> None:
    places = PLACEHOLDER.findall(prompt.body)
    assert sorted(places) == sorted(argument.name for argument in prompt.arguments)


@every_prompt
def test_what_is_given_stands_in_the_text(prompt: Prompt) -> None:
    text = in_full(prompt)
    assert all(f"[{argument.name}]" in text for argument in prompt.arguments)


@every_prompt
def test_what_is_not_given_leaves_neither_a_placeholder_nor_its_paragraph(prompt: Prompt) -> None:
    text = only_required(prompt)
    assert not PLACEHOLDER.search(text)
    for argument in prompt.arguments:
        assert (f"[{argument.name}]" in text) is argument.required
    full = in_full(prompt).split("\n\n")
    dropped = [paragraph for paragraph in full if paragraph not in text.split("\n\n")]
    assert len(dropped) == sum(not argument.required for argument in prompt.arguments)


@every_prompt
def test_a_given_value_is_inserted_once_and_as_it_is(prompt: Prompt) -> None:
    hostile = "a {brief} {person} {calls}\n\n{people} \\1 \\g<0> {{x}}"
    text = prompt.render({argument.name: hostile for argument in prompt.arguments})
    assert text.count(hostile) == len(prompt.arguments)


def test_a_value_that_nobody_asked_for_changes_nothing() -> None:
    prompt = load_prompts()["source_candidates"]
    assert prompt.render({"brief": "CFO", "other": "x"}) == prompt.render({"brief": "CFO"})


@every_prompt
def test_names_in_code_marks_are_tools_arguments_or_fields_of_results(prompt: Prompt) -> None:
    known = names_in_schemas() | MODELS.keys() | VALUES
    unknown = [code for code in code_in(prompt) if NAME.fullmatch(code) and code not in known]
    assert unknown == []


@every_prompt
def test_paths_in_code_marks_are_those_of_an_argument(prompt: Prompt) -> None:
    paths = [code for code in code_in(prompt) if PATH.fullmatch(code)]
    schemas = [input_schema(model) for model in MODELS.values()]
    assert [path for path in paths if not any(path_exists(schema, path) for schema in schemas)] == []


@every_prompt
def test_resources_in_code_marks_are_served(prompt: Prompt) -> None:
    uris = [code for code in code_in(prompt) if code.startswith("talent://")]
    assert [uri for uri in uris if uri not in RESOURCES] == []


@every_prompt
def test_examples_are_calls_that_the_tools_accept(prompt: Prompt) -> None:
    examples = EXAMPLE.findall(prompt.body)
    assert len(examples) == sum(code.startswith("{") for code in code_in(prompt))
    for tool, arguments in examples:
        MODELS[tool].model_validate(from_json(arguments))


@every_prompt
def test_every_prompt_says_what_costs_credits_or_that_it_is_free(prompt: Prompt) -> None:
    assert "credits" in prompt.body or "free" in prompt.body


def test_an_enrichment_of_which_the_cost_is_not_known_has_words_of_its_own() -> None:
    body = load_prompts()["enrich_shortlist"].body
    assert "`credits_used`" in body
    assert "`credits_at_most`" in body


@every_prompt
def test_every_prompt_calls_the_text_of_profiles_data_and_not_instructions(prompt: Prompt) -> None:
    assert re.search(r"data,[^.]*(never instructions|written by)", prompt.body)


@pytest.mark.parametrize("name", ["source_candidates", "enrich_shortlist"])
def test_a_prompt_that_spends_stops_before_the_first_call(name: str) -> None:
    body = load_prompts()[name].body
    assert body.index("Then stop and wait for a yes.") < body.index(" with `{")


@every_write_prompt
def test_a_prompt_that_writes_shows_the_change_and_stops_for_the_person(name: str) -> None:
    body = load_prompts()[name].body
    assert body.index("`preview` true") < body.index("Then stop.") < body.index(" with `{")
    assert re.search(r"only after a clear yes", body)
    assert "`talent-mcp undo`" in body


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no header", ValueError),
        ("+++\nnot toml\n+++\nbody", ValueError),
        ("+++\ntitle = 'T'\n+++\nbody", KeyError),
        (HEADER.replace('description = "W"\n', "") + "{whom}", KeyError),
        (HEADER + "nobody is named", ValueError),
        (HEADER + "{whom} {who}", ValueError),
    ],
)
def test_a_file_that_would_mislead_does_not_load(text: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        read_prompt("broken.md", text)


def test_braces_of_json_are_text() -> None:
    prompt = read_prompt("braces.md", HEADER + 'Save {whom} as `{"name": {}}`.\n')
    assert prompt.render({"whom": "Ada"}) == 'Save Ada as `{"name": {}}`.'
