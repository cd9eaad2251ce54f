"""Undo: every field that can be brought back is, and none of a record that has moved on."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.app import House, open_house
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.approvals.undoing import NotUndoable, left_by
from talent_mcp.identity import local_caller
from talent_mcp.sandbox import Sandbox
from talent_mcp.sandbox.jarvi.seed import seed_profiles
from talent_mcp.sandbox.stardex.seed import seed_persons
from talent_tools.plans import FieldChange
from tests.houses import KEYS, settings_in
from tests.server.approvals.records import Vendors

pytestmark = pytest.mark.anyio

CALLER = local_caller("test", None)
STARDEX: dict[str, Any] = {
    "name": "Somebody Else",
    "first_name": "Some",
    "last_name": "Body",
    "current_job_title": "Chair",
    "company_name": "Elsewhere",
    "linkedin_url": "https://www.linkedin.com/in/somebody-else",
    "linkedin_location": "Nowhere",
    "linkedin_headline": "Headline",
    "address": "1 Example Street",
}
SLOTS: dict[str, Any] = {
    "work_email": "new@example.com",
    "personal_email": "own@example.com",
    "mobile_phone": "+442079460018",
    "work_phone": "+442079460019",
}
LISTS: dict[str, Any] = {
    "emails": st.sampled_from([{"add": ["new@example.com"]}, {"replace": ["new@example.com"]}, {"replace": []}]),
    "phone_numbers": st.sampled_from([{"add": ["+442079460018"]}, {"replace": ["+442079460018"]}, {"replace": []}]),
}
CUSTOM = {
    "Current salary": 1,
    "Notice period": "never",
    "Seniority level": "Junior",
    "Open to relocation": "Perhaps",
    "Tags": ["Banking", "Fintech"],
    "Available from": "2030-01-02",
}
READ_AS = {
    "company_name": ["current_company_name", "current_company_id"],
    "linkedin_url": ["linkedin_public_id"],
    "work_email": ["emails work"],
    "personal_email": ["emails personal"],
    "mobile_phone": ["phones mobile"],
    "work_phone": ["phones work"],
}
JARVI: dict[str, Any] = {
    "first_name": "Some",
    "last_name": "Body",
    "linkedin_url": "https://www.linkedin.com/in/somebody-else",
    "external_id": "elsewhere-1",
    "location": "Nowhere",
    "headline": "Headline",
    "current_position": "Chair",
    "current_company_name": "Elsewhere",
    "email_addresses": ["new@example.com"],
}


@st.composite
def stardex_changes(draw: st.DrawFn) -> dict[str, Any]:
    changes = {name: STARDEX[name] for name in draw(st.sets(st.sampled_from(sorted(STARDEX))))}
    if draw(st.booleans()):
        changes |= {name: SLOTS[name] for name in draw(st.sets(st.sampled_from(sorted(SLOTS))))}
    else:
        changes |= {name: draw(LISTS[name]) for name in draw(st.sets(st.sampled_from(sorted(LISTS))))}
    # Custom fields can be emptied, so that there is always something to restore.
    custom = draw(st.sets(st.sampled_from(sorted(CUSTOM)), min_size=1))
    return {**changes, "custom_fields": [{"attribute_id": name, "value": CUSTOM[name]} for name in sorted(custom)]}


@asynccontextmanager
async def at_work(home: Path, **changes: Any) -> AsyncGenerator[tuple[House, Sandbox]]:
    plain = settings_in(home, approval="auto", repeat_seconds=0.0, **changes)
    unlimited = plain.stardex.model_copy(update={"requests_per_minute": 0})
    async with open_sandbox_house(plain.model_copy(update={"stardex": unlimited})) as opened:
        yield opened


async def written(house: House, tool: str, arguments: dict[str, Any]) -> str:
    """The call that wrote."""
    completed = await house.gate.call(tool, arguments, CALLER)
    assert completed.content["status"] == "saved", completed.content  # type: ignore[index]  # a result
    return completed.call_id


async def undone(house: House, call_id: str) -> tuple[Any, list[str]]:
    """What the undo came to, and the fields that stay."""
    reversal = await house.undoing().reversal("default", call_id)
    completed = await house.gate.run(reversal.tool, reversal.arguments, CALLER, undoes=reversal.call_id)
    return completed.content, [*reversal.lost]


def comparable(document: dict[str, JsonValue]) -> dict[str, Any]:
    """A record without the order of its lists, in which it means nothing; contacts by their type."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        found[name] = sorted(map(repr, value)) if isinstance(value, list) else value
    for kind in ("emails", "phones"):
        del found[kind]
        for label in ("work", "personal", "mobile"):
            found[f"{kind} {label}"] = labelled(document[kind], label)
    return found


def labelled(contacts: JsonValue, label: str) -> list[str]:
    rows = contacts if isinstance(contacts, list) else []
    held = [row for row in rows if isinstance(row, dict) and row["contact_data_type"] == label]
    return sorted(str(row["value"]) for row in held)


@pytest.mark.parametrize("person_id", sorted(seed_persons()))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=stardex_changes())
async def test_every_field_of_stardex_that_can_be_restored_is(
    person_id: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    async with at_work(tmp_path) as (house, sandbox):
        person = sandbox.stardex.persons[person_id]
        before = comparable(deepcopy(person.document(full=True)))
        call_id = await written(house, "update_stardex_person", {"person_id": person_id, "changes": changes})
        after = comparable(deepcopy(person.document(full=True)))
        told, lost = await undone(house, call_id)
        found = comparable(person.document(full=True))
    empty = {name for name in changes if name in STARDEX | SLOTS and not before[READ_AS.get(name, [name])[0]]}
    assert {*lost} == empty
    stay = {read for name in lost for read in READ_AS.get(name, [name])}
    assert found == {name: after[name] if name in stay else value for name, value in before.items()}
    assert told["status"] == "saved"


def by_field(document: dict[str, Any]) -> dict[str, Any]:
    """A profile with each custom field in a place of its own."""
    found = deepcopy(document)
    return found | {f"custom {one['fieldId']}": one["value"] for one in found.pop("fieldsValues")}


@pytest.mark.parametrize("profile_id", sorted(seed_profiles()))
async def test_every_field_of_jarvi_that_can_be_restored_is(profile_id: str, tmp_path: Path) -> None:
    async with at_work(tmp_path) as (house, sandbox):
        profile = sandbox.jarvi.profiles[profile_id]
        before = by_field(profile.document())
        call_id = await written(
            house,
            "upsert_jarvi_profile",
            {
                "profile": {"id": profile_id, **JARVI},
                "custom_fields": {"Préavis": "never", "Langues": ["Arabe"]},
                "history_entry": {"message": "A note."},
            },
        )
        after = by_field(profile.document())
        told, lost = await undone(house, call_id)
        found = by_field(profile.document())
    stays = {"emailAddresses", "historyEntries", "publicIdentifier" if before["publicIdentifier"] is None else ""}
    stays |= {name for name in after if before.get(name) is None}
    assert found == {name: value if name in stays else before[name] for name, value in after.items()}
    assert {"email_addresses", "history_entry"} <= {*lost}
    assert told["status"] == "saved"


@pytest.mark.parametrize("field", ["current job title", "name", "emails", 'custom field "Notice period"'])
async def test_a_record_that_moved_on_is_left_alone(field: str, tmp_path: Path) -> None:
    moves: dict[str, Any] = {
        "current job title": {"current_job_title": "Moved"},
        "name": {"name": "Moved"},
        "emails": {"emails": {"add": ["moved@example.com"]}},
        'custom field "Notice period"': {"custom_fields": [{"attribute_id": "Notice period", "value": "moved"}]},
    }
    person_id = next(iter(seed_persons()))
    changes = {
        "current_job_title": "Chair",
        "name": "Somebody Else",
        "emails": {"add": ["new@example.com"]},
        "custom_fields": [{"attribute_id": "Notice period", "value": "never"}],
    }
    async with at_work(tmp_path) as (house, sandbox):
        call_id = await written(house, "update_stardex_person", {"person_id": person_id, "changes": changes})
        moved_by = await written(house, "update_stardex_person", {"person_id": person_id, "changes": moves[field]})
        held = deepcopy(sandbox.stardex.persons[person_id].document(full=True))
        told, _ = await undone(house, call_id)
        assert f"changed since in {field}" in told
        assert sandbox.stardex.persons[person_id].document(full=True) == held
        # Once the later change is undone the record is as this one left it.
        await undone(house, moved_by)
        told, _ = await undone(house, call_id)
    assert told["status"] == "saved"


async def test_a_call_is_undone_once_and_an_undo_can_be_undone(tmp_path: Path) -> None:
    person_id = next(iter(seed_persons()))
    arguments: dict[str, Any] = {"person_id": person_id, "changes": {"current_job_title": "Chair"}}
    async with at_work(tmp_path) as (house, sandbox):
        person = sandbox.stardex.persons[person_id]
        call_id = await written(house, "update_stardex_person", arguments)
        await undone(house, call_id)
        with pytest.raises(NotUndoable, match="it was undone by call ") as failure:
            await house.undoing().reversal("default", call_id)
        undo = str(failure.value).split("by call ")[1].split(";")[0]
        plans = [one.envelope async for one in house.store.entries("default") if one.entry.type == "plan"]
        assert plans[-1]["undoes"] == call_id
        await undone(house, undo)
        assert person.scalars["current_job_title"] == "Chair"


async def test_what_changed_nothing_cannot_be_undone(tmp_path: Path) -> None:
    person_id = next(iter(seed_persons()))
    arguments: dict[str, Any] = {"person_id": person_id, "changes": {"current_job_title": "Chair"}}
    async with at_work(tmp_path) as (house, _):
        seen = await house.gate.call("update_stardex_person", {**arguments, "preview": True}, CALLER)
        read = await house.gate.call("enrich_person", {"person": {"email": "a@example.com"}}, CALLER)
        for call_id in (seen.call_id, read.call_id):
            with pytest.raises(NotUndoable, match="it changed nothing"):
                await house.undoing().reversal("default", call_id)
        with pytest.raises(NotUndoable, match="there is no such call"):
            await house.undoing().reversal("default", "06h0000000000000000x")


async def test_a_note_alone_cannot_be_taken_back_and_that_is_said_before(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {
        "profile": {"id": next(iter(seed_profiles()))},
        "history_entry": {"message": "A note."},
    }
    async with at_work(tmp_path) as (house, _):
        seen = await house.gate.call("upsert_jarvi_profile", {**arguments, "preview": True}, CALLER)
        assert "cannot be taken back" in seen.content["notes"][0]  # type: ignore[index]  # a result
        call_id = await written(house, "upsert_jarvi_profile", arguments)
        with pytest.raises(NotUndoable, match=r"nothing of it can be brought back \(history entry\)"):
            await house.undoing().reversal("default", call_id)


async def test_what_went_into_another_record_is_not_undone_in_the_one_that_was_planned(tmp_path: Path) -> None:
    elsewhere = Vendors(after=lambda: httpx2.Response(201, json={"profileId": "p9"}))
    transport = httpx2.MockTransport(elsewhere)
    async with open_house(settings_in(tmp_path, approval="auto"), KEYS, transport=transport) as house:
        call_id = await written(house, "upsert_jarvi_profile", {"profile": {"id": "p1", "headline": "Head"}})
        with pytest.raises(NotUndoable, match="another record than the one that its plan named"):
            await house.undoing().reversal("default", call_id)
    assert len(elsewhere.written) == 1


def same_names(record: dict[str, Any]) -> httpx2.MockTransport:
    """Stardex with one record, whose two custom fields have one name."""

    def vendor(request: httpx2.Request) -> httpx2.Response:
        if "custom" in request.url.path:
            known = [
                {"id": one["attribute_id"], "name": "Notice", "data_type": "text"} for one in record["custom_fields"]
            ]
            return httpx2.Response(200, json={"success": True, "data": known})
        if request.method == "GET":
            return httpx2.Response(200, json={"success": True, "data": record, "total": 1})
        for change in json.loads(request.content)["custom_fields"]:
            for held in record["custom_fields"]:
                if held["attribute_id"] == change["attribute_id"]:
                    held["value"] = change["value"]
        return httpx2.Response(200, json={"success": True, "data": {}})

    return httpx2.MockTransport(vendor)


async def test_fields_of_one_name_are_not_taken_for_one_another(tmp_path: Path) -> None:
    one, other = (f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number in (1, 2))
    held = [
        {"attribute_id": one, "name": "Notice", "value": "a"},
        {"attribute_id": other, "name": "Notice", "value": "b"},
    ]
    record: dict[str, Any] = {"id": "p1", "name": "Ada Li", "emails": [], "phones": [], "custom_fields": held}
    wanted = [{"attribute_id": one, "value": "c"}, {"attribute_id": other, "value": "d"}]
    asked = {"person_id": "p1", "changes": {"custom_fields": wanted}}
    async with open_house(settings_in(tmp_path), KEYS, transport=same_names(record)) as house:
        call_id = await written(house, "update_stardex_person", asked)
        held[0]["value"] = "d"
        told, _ = await undone(house, call_id)
        assert 'changed since in custom field "Notice"' in told
        held[0]["value"] = "c"
        told, _ = await undone(house, call_id)
        assert (told["status"], [one["value"] for one in held]) == ("saved", ["a", "b"])


@pytest.mark.parametrize("differs", ["one of them", "none"])
def test_which_of_two_fields_of_one_name_was_read_otherwise_nobody_knows(differs: str) -> None:
    changes = [FieldChange(field="Notice", identifier=name, before="a", after="c") for name in ("x", "y")]
    changes.append(FieldChange(field="name", before="A", after="B"))
    rows: list[JsonValue] = [{"field": "Notice", "before": "c", "after": "d"}] if differs == "one of them" else []
    brought: JsonValue = {"result": {"differences": [*rows, {"field": "name", "before": "B", "after": "Bo"}]}}
    left: dict[str, JsonValue] = {"name": "Bo"} if rows else {"x": "c", "y": "c", "name": "Bo"}
    assert left_by(changes, brought) == left
