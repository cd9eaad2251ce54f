"""Custom fields by name through the whole server, on the sandbox: what left the process, and what people are shown."""

from pathlib import Path
from typing import Any

import pytest

from talent_mcp.sandbox.jarvi.fields import FIELDS as JARVI_FIELDS
from talent_mcp.sandbox.jarvi.fields import stable_id as jarvi_id
from talent_mcp.sandbox.stardex.definitions import stable_id as stardex_id
from talent_tools.plans import field_label
from tests.houses import Connected, on_sandbox

pytestmark = pytest.mark.anyio

BEN = stardex_id("person ben")
ADA = jarvi_id("profile ada")
LOST = "Once changed, talent-mcp cannot bring this back to what it is now: {}."
IN_JARVI = {definition.key: definition.id for definition in JARVI_FIELDS}


def sent(on: Connected, method: str, path: str) -> list[Any]:
    return [one.body for one in on.sandbox.requests if (one.method, one.path) == (method, path)]


def patches(on: Connected) -> list[Any]:
    return [body["custom_fields"] for body in sent(on, "PATCH", f"/v1/persons/{BEN}")]


async def test_fields_and_options_of_stardex_are_named_by_people_and_sent_as_the_vendor_takes_them(
    tmp_path: Path,
) -> None:
    changes = [
        {"attribute_id": "current SALARY", "value": "150000"},
        {"attribute_id": "Visa sponsorship", "value": "yes"},
        {"attribute_id": "region", "add_values": ["ile-de-france", "DACH"]},
        {"attribute_id": "Tags", "add_values": ["fintech"], "remove_values": ["saas", "Banking"]},
        {"attribute_id": stardex_id("field open"), "value": stardex_id("tag open Yes")},
        {"attribute_id": "Owners", "add_team_member_ids": ["t-1"]},
    ]
    async with on_sandbox(tmp_path, approval="auto") as on:
        result = await on.call("update_stardex_person", person_id=BEN, changes={"custom_fields": changes})
        assert result["changes"] == [
            {"field": "custom field Current salary", "before": 140_000, "after": 150_000},
            {"field": "custom field Visa sponsorship", "before": None, "after": True},
            {"field": "custom field Région", "before": None, "after": ["Île-de-France", "DACH"]},
            {"field": "custom field Tags", "before": ["SaaS"], "after": ["Fintech"]},
            {"field": "custom field Open to relocation", "before": None, "after": "Yes"},
            {"field": "custom field Owners", "before": None, "after": {"add_team_member_ids": ["t-1"]}},
        ]
        assert (result["read_back"], result["notes"]) == ("as written", [LOST.format('custom field "Owners"')])
        (body,) = patches(on)
        assert [one["attribute_id"] for one in body] == [
            stardex_id(f"field {key}") for key in ("current-salary", "sponsor", "region", "tags", "open", "owners")
        ]
        assert [{name: value for name, value in one.items() if name != "attribute_id"} for one in body] == [
            {"value": 150_000},
            {"value": True},
            {"add_values": ["Île-de-France", "DACH"]},
            {"add_values": ["Fintech"], "remove_values": ["SaaS", "Banking"]},
            {"value": "Yes"},
            {"add_team_member_ids": ["t-1"]},
        ]
        again = await on.call("update_stardex_person", person_id=BEN, changes={"custom_fields": changes[:5]})
        assert again["status"] == "unchanged"
        assert len(sent(on, "PATCH", f"/v1/persons/{BEN}")) == 1


async def test_fields_and_options_of_jarvi_are_named_by_people_and_sent_as_the_vendor_takes_them(
    tmp_path: Path,
) -> None:
    values = {
        "salaire ACTUEL": 95_000,
        "Mobilité": True,
        "telétravail": "partiel",
        "Langues": ["francais", "Anglais"],
        "Secteur": "Banque, assurance",
        "Préavis": "2 mois",
        IN_JARVI["available"]: "2027-01-31",
    }
    async with on_sandbox(tmp_path, approval="auto") as on:
        result = await on.call("upsert_jarvi_profile", profile={"id": ADA}, custom_fields=values)
        assert result["changes"] == [
            {"field": "custom field Salaire actuel", "before": None, "after": "95000"},
            {"field": "custom field Mobilité", "before": None, "after": "true"},
            {"field": "custom field Télétravail", "before": None, "after": "Partiel"},
            {"field": "custom field Langues", "before": None, "after": ["Français", "Anglais"]},
            {"field": "custom field Secteur", "before": None, "after": "Banque, assurance"},
            {"field": "custom field Préavis", "before": "3 mois", "after": "2 mois"},
            {"field": "custom field Disponible à partir du", "before": None, "after": "2027-01-31"},
        ]
        empty = ", ".join(field_label(change["field"]) for change in result["changes"] if change["before"] is None)
        assert (result["read_back"], result["notes"]) == ("as written", [LOST.format(empty)])
        assert sent(on, "POST", "/rest/v2/profiles") == [
            {
                "id": ADA,
                IN_JARVI["salary-current"]: "95000",
                IN_JARVI["mobility"]: "true",
                IN_JARVI["remote"]: "partiel",
                IN_JARVI["languages"]: "français,anglais",
                IN_JARVI["sector"]: jarvi_id("value sector Banque, assurance"),
                IN_JARVI["notice"]: "2 mois",
                IN_JARVI["available"]: "2027-01-31",
            }
        ]
        again = await on.call("upsert_jarvi_profile", profile={"id": ADA}, custom_fields=values)
        assert again["status"] == "unchanged"
        assert len(sent(on, "POST", "/graphql")) == 1


@pytest.mark.parametrize(
    ("asked", "value", "said"),
    [
        ("Notice perod", "zzz", 'Near: "Notice period", "Notice period (months)".'),
        ("source", "zzz", f"uuid: {stardex_id('field source-first')}, {stardex_id('field source-second')}."),
        ("Current salary", "zzz", 'Custom field "Current salary" takes a plain number'),
        ("Seniority level", "zzzzzz", 'There are: "Junior", "Mid", "Senior", "Executive".'),
        ("Available from", "zzz", "takes a date as YYYY-MM-DD"),
        ("Region", ["Dach"], f"{stardex_id('tag region DACH')}, {stardex_id('tag region dach')}."),
    ],
)
async def test_what_does_not_fit_in_stardex_is_refused_before_the_record_is_read(
    tmp_path: Path, asked: str, value: object, said: str
) -> None:
    change = {"attribute_id": asked, "value": value}
    async with on_sandbox(tmp_path, approval="auto") as on:
        refused = await on.refusal("update_stardex_person", person_id=BEN, changes={"custom_fields": change})
        assert {one.path for one in on.sandbox.requests} == {"/v1/custom-fields/person"}
    assert said in refused
    assert "zzz" not in refused


@pytest.mark.parametrize(
    ("asked", "value", "said"),
    [
        ("Honoraires", "1", "A field of that name belongs to another kind of record."),
        ("source", "x1", f"uuid: {IN_JARVI['source-first']}, {IN_JARVI['source-second']}."),
        ("Salaire", 3, 'Near: "Salaire actuel"'),
        ("Télétravail", "parfois", 'There are: "Oui", "Non", "Partiel".'),
        ("Mobilité", "parfois", "takes true or false"),
    ],
)
async def test_what_does_not_fit_in_jarvi_is_refused_before_the_record_is_read(
    tmp_path: Path, asked: str, value: object, said: str
) -> None:
    async with on_sandbox(tmp_path, approval="auto") as on:
        refused = await on.refusal("upsert_jarvi_profile", profile={"id": ADA}, custom_fields={asked: value})
        assert [(one.method, one.path) for one in on.sandbox.requests] == [("POST", "/graphql")]
    assert said in refused


async def test_one_field_under_two_names_is_refused(tmp_path: Path) -> None:
    twice = {"Préavis": "1 mois", IN_JARVI["notice"]: "2 mois"}
    async with on_sandbox(tmp_path, approval="auto") as on:
        refused = await on.refusal("upsert_jarvi_profile", profile={"id": ADA}, custom_fields=twice)
        assert "one field twice" in refused
        notice = stardex_id("field notice")
        both = [{"attribute_id": name, "value": "1"} for name in (notice, "notice period")]
        refused = await on.refusal("update_stardex_person", person_id=BEN, changes={"custom_fields": both})
        assert "one field twice" in refused


async def test_without_definitions_a_uuid_is_sent_unchecked_with_a_word_about_it_and_a_name_is_not(
    tmp_path: Path,
) -> None:
    async with on_sandbox(tmp_path, approval="auto") as on:
        on.sandbox.arm("stardex", "500", times=9, route="/v1/custom-fields/person")
        on.sandbox.arm("jarvi", "500", times=9, route="/graphql")
        notice = stardex_id("field notice")
        change = {"attribute_id": notice, "value": "6 weeks"}
        written = await on.call("update_stardex_person", person_id=BEN, changes={"custom_fields": change})
        assert written["changes"] == [{"field": "custom field Notice period", "before": "3 months", "after": "6 weeks"}]
        unchecked = "The vendor does not show its custom fields now: {} is sent by its uuid, unchecked."
        assert written["notes"] == [unchecked.format(notice)]
        values = {IN_JARVI["remote"]: "oui"}
        saved = await on.call("upsert_jarvi_profile", profile={"id": ADA}, custom_fields=values)
        lost = LOST.format(f'custom field "{IN_JARVI["remote"]}"')
        assert saved["notes"] == [unchecked.format(IN_JARVI["remote"]), lost]
        by_name = await on.refusal("upsert_jarvi_profile", profile={"id": ADA}, custom_fields={"Préavis": "x"})
        assert "ask the user for the field's uuid" in by_name
        assert len(sent(on, "POST", "/rest/v2/profiles")) == 1
