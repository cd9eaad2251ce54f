"""Refused arguments: each place and what belongs there in the words of JSON, and never a value."""

from collections.abc import Mapping
from typing import Any, Literal, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue, ValidationError

from talent_mcp.arguments import problem, validated
from talent_mcp.wording import WORDS
from talent_tools.arguments import Arguments
from talent_tools.catalog import TOOLS
from talent_tools.errors import InvalidArguments
from talent_tools.schema import input_schema
from talent_tools.spec import AnyTool

BY_NAME = {tool.name: tool for tool in TOOLS}
CANARY = "ana canary@example.com"
VALID: dict[str, dict[str, JsonValue]] = {
    "search_people": {"people": {"countries": ["de"], "skills": {"any_of": ["Python"]}}, "limit": 5},
    "enrich_person": {"person": {"email": "a@example.com"}, "company": {"domain": "example.com"}},
    "update_stardex_person": {"person_id": "p1", "changes": {"name": "Ana", "emails": {"add": ["a@example.com"]}}},
    "upsert_jarvi_profile": {"profile": {"id": "j1"}, "custom_fields": {"0b0f3a52-7d0e-4c55-9e39-0a6d1f1a2b3c": "x"}},
}
PYTHON_WORDS = (
    "tuple",
    "dict",
    "valid string",
    "list[",
    "NoneType",
    "Input should",
    "model_",
    "str]",
    "bool",
    "pydantic",
)


def refusal(name: str, arguments: Mapping[str, JsonValue]) -> str:
    with pytest.raises(InvalidArguments) as failure:
        validated(BY_NAME[name], arguments)
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    return str(failure.value)


@pytest.mark.parametrize("name", VALID)
def test_arguments_that_fit_become_the_model_of_the_tool(name: str) -> None:
    assert isinstance(validated(BY_NAME[name], VALID[name]), BY_NAME[name].arguments)


def test_all_four_tools_are_tested_here() -> None:
    assert set(VALID) == set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("search_people", {"limt": 5}, "unknown argument `limt` (did you mean `limit`?)"),
        (
            "search_people",
            {"people": {"country": []}},
            "unknown argument `country` in people (did you mean `countries`?)",
        ),
        (
            "search_people",
            {"people": {"skills": {"anyof": []}}},
            "unknown argument `anyof` in people.skills (did you mean `any_of`?)",
        ),
        (
            "search_people",
            {"companies": {"funding_round": {"raised": {"start": 1}}}},
            "unknown argument `start` in companies.funding_round.raised (known here: from, to)",
        ),
        (
            "search_people",
            {"people": {"cities": [{"city": "Berlin"}, {"city": "Ulm", "contry": "de"}]}},
            "unknown argument `contry` in people.cities[1] (did you mean `country`?)",
        ),
        (
            "search_people",
            {"companies": {"primary_locations": {"geolocation": {"lattitude": 1, "longitude": 2, "radius": 3}}}},
            "unknown argument `lattitude` in companies.primary_locations.geolocation (did you mean `latitude`?)",
        ),
        ("enrich_person", {"person": {"mail": "x"}}, "unknown argument `mail` in person (did you mean `email`?)"),
        (
            "enrich_person",
            {"linkedin": "x"},
            "unknown argument `linkedin` (did you mean `person.linkedin` or `company.linkedin`?)",
        ),
        (
            "enrich_person",
            {"person": {"id": "x", "reveal_emails": True}},
            "unknown argument `reveal_emails` in person (it belongs beside `person`, not in it)",
        ),
        (
            "update_stardex_person",
            {"find": {"name": "Ada"}, "changes": {"name": "Ada"}},
            "unknown argument `name` in find (known here: linkedin_url, email)",
        ),
        (
            "update_stardex_person",
            {"person_id": "p", "current_job_title": "CFO"},
            "unknown argument `current_job_title` (did you mean `changes.current_job_title`?)",
        ),
        (
            "update_stardex_person",
            {"person_id": "p", "changes": {"custom_fields": [{"attribute_id": "a", "valu": 1}]}},
            "unknown argument `valu` in changes.custom_fields[0] (did you mean `value`?)",
        ),
        (
            "upsert_jarvi_profile",
            {"profile": {"id": "x", "emial_addresses": []}},
            "unknown argument `emial_addresses` in profile (did you mean `email_addresses`?)",
        ),
    ],
)
def test_an_unknown_argument_at_any_depth_is_named_with_the_nearest(
    name: str, arguments: dict[str, JsonValue], said: str
) -> None:
    assert said in refusal(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("search_people", {"limit": "many"}, "limit: must be a whole number"),
        ("search_people", {"limit": 1.5}, "limit: must be a whole number"),
        ("search_people", {"limit": 0}, "limit: must be at least 1"),
        ("search_people", {"limit": 10_001}, "limit: must be at most "),
        ("search_people", {"people": 5}, "people: must be an object"),
        ("search_people", {"people": [CANARY]}, "people: must be an object"),
        ("search_people", {"people": {"countries": 5}}, "people.countries: must be a list"),
        ("search_people", {"people": {"countries": [5]}}, "people.countries[0]: must be text"),
        ("search_people", {"people": {"countries": ["de", {"a": CANARY}]}}, "people.countries[1]: must be text"),
        ("search_people", {"people": {"skills": 5}}, "people.skills: must be an object with all_of, any_of, none_of"),
        (
            "update_stardex_person",
            {"person_id": "p", "changes": {"emails": ["a@example.com"]}},
            "changes.emails: must be an object with add, remove, replace",
        ),
        ("search_people", {"people": {"skills": {"any_of": 5}}}, "people.skills.any_of: must be a list"),
        (
            "search_people",
            {"people": {"connections": {"from": "few"}}},
            "people.connections.from: must be a whole number",
        ),
        ("search_people", {"people": {"states": [{"country": "de"}]}}, "people.states[0].abbreviation: is needed"),
        ("search_people", {"companies": {"ecommerce": "perhaps"}}, "companies.ecommerce: must be true or false"),
        ("search_people", {"job_title_threshold": "x"}, "job_title_threshold: must be a number"),
        ("search_people", {"people": {"countries": ["Germany"]}}, "e.g. gb for the United Kingdom, de for Germany"),
        ("search_people", {"detail": "everything"}, "detail: must be 'concise' or 'full'"),
        ("enrich_person", {}, "person: is needed"),
        ("enrich_person", {"person": {"email": 5}}, "person.email: must be text"),
        ("enrich_person", {"person": {}, "reveal_emails": "x"}, "reveal_emails: must be true or false"),
        ("update_stardex_person", {"changes": {"name": " "}}, "changes.name: must not be blank"),
        ("upsert_jarvi_profile", {"profile": {"email_addresses": [5]}}, "profile.email_addresses[0]: must be text"),
        ("enrich_person", {"person": {"email": CANARY}}, "person.email: must be one e-mail address"),
        (
            "update_stardex_person",
            {"changes": {"emails": {"add": ["a@example.com", CANARY]}}},
            "changes.emails: add[1] must be one e-mail address",
        ),
        ("update_stardex_person", {"changes": {"work_phone": CANARY}}, "changes.work_phone: must be one phone number"),
        (
            "upsert_jarvi_profile",
            {"profile": {"phone_numbers": [CANARY]}},
            "profile.phone_numbers[0]: must be one phone number",
        ),
        (
            "upsert_jarvi_profile",
            {"profile": {"linkedin_url": "n/a"}},
            "profile.linkedin_url: must be a LinkedIn profile",
        ),
        ("upsert_jarvi_profile", {"profile": {}, "custom_fields": [CANARY]}, "custom_fields: must be an object"),
        (
            "upsert_jarvi_profile",
            {"profile": {}, "custom_fields": {"salary": {}}},
            "custom_fields.salary: must be a text, a number, true or false, or a list of these",
        ),
        (
            "upsert_jarvi_profile",
            {"profile": {}, "custom_fields": {CANARY: {}}},
            "custom_fields: must be a text, a number, true or false, or a list of these",
        ),
        ("upsert_jarvi_profile", {"profile": {}, "files": 5}, "files: must be a list"),
    ],
)
def test_what_does_not_fit_is_said_in_the_words_of_json(name: str, arguments: dict[str, JsonValue], said: str) -> None:
    text = refusal(name, arguments)
    assert f"Nothing was sent: the arguments of {name} do not fit." in text
    assert said in text
    assert CANARY not in text


def nested(depth: int) -> JsonValue:
    value: JsonValue = CANARY
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    ["\ud800", {"\udfff": 1}, [float("nan")], float("-inf"), nested(100_000)],
    ids=["text", "key", "nan", "inf", "deep"],
)
def test_what_can_be_neither_recorded_nor_sent_is_refused(value: JsonValue) -> None:
    for tool in TOOLS:
        said = crying(tool, {**VALID[tool.name], "people": value})
        assert said.startswith("Nothing was sent: the arguments hold broken characters, or a number that JSON has not.")


def test_a_name_that_does_not_look_like_one_is_not_repeated() -> None:
    said = refusal("search_people", {CANARY: 1, "people": {CANARY: 1, "x" * 41: 1, "1a": 1}})
    assert CANARY not in said
    assert "x" * 41 not in said
    assert "unknown argument in people (known here: lookalike_linkedin_handles" in said
    assert "unknown argument (known here: refresh, plan_id, people, companies" in said


def test_only_the_first_problems_are_told_and_the_rest_counted() -> None:
    said = refusal("search_people", {"people": {"countries": [*range(100)]}})
    assert said.count("must be text") == 6
    assert said.endswith("people.countries[5]: must be text (and 94 more).")


class City(Arguments):
    name: str


class Oddity(Arguments):
    """What the four tools have none of, as yet."""

    place: City | list[City] | int = 0
    pairs: dict[str, tuple[int, int]] = Field(default_factory=dict[str, tuple[int, int]])
    kind: Literal["a", "b"] = "a"
    text: str = Field(default="", max_length=3, pattern="^x*$")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"place": CANARY},
            {"place: must be an object with name", "place: must be a list", "place: must be a whole number"},
        ),
        (
            {"place": {"nam": CANARY}},
            {"unknown argument `nam` in place (did you mean `name`?)", "place.name: is needed"},
        ),
        ({"place": [{"name": 5}]}, {"place[0].name: must be text"}),
        ({"pairs": {"north": [1, CANARY]}}, {"pairs.north[1]: must be a whole number"}),
        ({"pairs": {CANARY: [1, 2, 3]}}, {"pairs: must have at most 2 entries"}),
        ({"kind": CANARY}, {"kind: must be 'a' or 'b'"}),
        ({"text": CANARY}, {"text: must have at most 3 characters"}),
        ({"text": "y"}, {"text: does not fit"}),
    ],
)
def test_branches_of_unions_and_keys_of_the_clients_own_are_left_out(
    arguments: dict[str, JsonValue], said: set[str]
) -> None:
    with pytest.raises(ValidationError) as failure:
        Oddity.model_validate(arguments)
    found = {problem(Oddity, details) for details in failure.value.errors(include_url=False, include_input=False)}
    assert said <= found
    assert CANARY not in str(found)
    assert not any(word in text for text in found for word in PYTHON_WORDS)


class Words(BaseModel):
    pass


@pytest.mark.parametrize("words", WORDS.values())
def test_no_words_speak_python(words: str) -> None:
    assert not any(word in words for word in PYTHON_WORDS)


def placed(value: JsonValue, name: str) -> list[dict[str, JsonValue]]:
    """The valid arguments of a tool with a value in each place that there is, known or not."""
    places: list[dict[str, JsonValue]] = [{**VALID[name], "unknown_one": value}]
    for step, schema in input_schema(BY_NAME[name].arguments)["properties"].items():
        places.append({**VALID[name], step: value})
        places.append({**VALID[name], step: [value]})
        places.append({**VALID[name], step: {"unknown_two": value}})
        for inner in cast("dict[str, Any]", schema.get("properties", {})):
            places.append({**VALID[name], step: {inner: value}})
            places.append({**VALID[name], step: {inner: [value]}})
            places.append({**VALID[name], step: {inner: {"from": value, "any_of": [value], "unknown": value}}})
    return places


def crying(tool: AnyTool, arguments: Mapping[str, JsonValue]) -> str:
    """What is said of the arguments; nothing, if they fit."""
    try:
        validated(tool, arguments)
    except InvalidArguments as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_value_in_any_place_is_never_repeated(tool: AnyTool) -> None:
    values: list[JsonValue] = [
        CANARY,
        [CANARY],
        {CANARY: CANARY},
        {"name": [{CANARY: 5}]},
        f'["{CANARY}", 5]',
        f'{{"{CANARY}": 1}}',
    ]
    said = [crying(tool, arguments) for value in values for arguments in placed(value, tool.name)]
    assert sum(map(bool, said)) > 20
    for text in said:
        assert "canary" not in text
        assert not any(word in text for word in PYTHON_WORDS)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(
        [CANARY, f"[{CANARY}", f'["{CANARY}"]', f"https://linkedin.com/in/{CANARY}", "\ud800", "2026-13"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([CANARY, "any_of", "from", "to", "city", "country", "value", "add", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(value=JSON, data=st.data())
def test_whatever_is_sent_is_taken_or_refused_and_never_repeated_nor_a_crash(
    tool: AnyTool, value: JsonValue, data: st.DataObject
) -> None:
    arguments = data.draw(st.sampled_from(placed(value, tool.name)))
    text = crying(tool, arguments)
    assert "canary" not in text
    text.encode()
