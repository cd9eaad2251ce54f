"""The tool that changes one person in Stardex without losing what it does not name."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from talent_tools.arguments import Nested
from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments, ToolFailure
from talent_tools.field_definitions import stardex_fields, with_fields
from talent_tools.people import Found, Subject, full_name, subject
from talent_tools.plans import Proposal, Texts, Unwritten, WriteArguments, WriteResult, read_again
from talent_tools.spec import WriteTool
from talent_tools.stardex.changes import PersonChanges
from talent_tools.stardex.client import Stardex
from talent_tools.stardex.contact_changes import ContactChanges
from talent_tools.stardex.custom_fields import CheckedChange, checked
from talent_tools.stardex.find_person import FindPerson, found_person_id
from talent_tools.stardex.plan import StardexPlan, differences, is_checked, planned
from talent_tools.stardex.undo import stardex_undo
from talent_tools.values import Text


class UpdateStardexPerson(WriteArguments):
    """Exactly one of `person_id` and `find`."""

    person_id: Text | None = None
    find: Nested[FindPerson] | None = Field(default=None, description="one of them, instead of person_id")
    changes: Nested[PersonChanges]


class UpdateStardexPersonResult(WriteResult):
    """`not_found` are values that were to be removed and are not stored."""

    person_id: str
    not_found: Texts | None = None
    notes: Texts | None = None


async def _propose(arguments: UpdateStardexPerson, clients: Clients) -> Proposal[UpdateStardexPersonResult]:
    if (arguments.person_id is None) == (arguments.find is None):
        raise InvalidArguments("Give exactly one of person_id and find.")
    fill_empty = bool(arguments.fill_empty)
    arguments.changes.require_workable(fill_empty=fill_empty)
    stardex = clients.stardex
    custom = await _custom_fields(arguments.changes, clients)
    person_id = await _person_id(arguments, stardex)
    plan = planned(arguments.changes, await stardex.person(person_id), custom, fill_empty=fill_empty)
    return Proposal(
        plan=plan.plan,
        unwritten=lambda status: _result(person_id, status, plan),
        write=lambda: _write(person_id, plan, stardex),
        read_back=lambda: _read_back(person_id, plan, stardex),
    )


async def _custom_fields(changes: PersonChanges, clients: Clients) -> Sequence[CheckedChange]:
    asked = changes.custom_fields
    if not asked:
        return ()
    return await with_fields(
        "stardex",
        lambda: stardex_fields(clients.stardex),
        clients.remember_fields,
        lambda known: checked(asked, known),
    )


async def _person_id(arguments: UpdateStardexPerson, stardex: Stardex) -> str:
    if arguments.find is not None:
        return await found_person_id(arguments.find, stardex)
    return arguments.person_id or ""


async def _write(person_id: str, plan: StardexPlan, stardex: Stardex) -> UpdateStardexPersonResult:
    """Make the change, and tell what Stardex made of it: that it was made stands, whatever becomes of the reading."""
    await stardex.update_person(person_id, plan.body)
    result = _result(person_id, "saved", plan)
    try:
        stored = await stardex.person(person_id)
    except ToolFailure:
        return result.model_copy(update={"read_back": "failed"})
    found = [difference.shown() for difference in differences(plan, stored)]
    return result.model_copy(update=read_again(found, shown=any(map(is_checked, plan.steps))))


async def _read_back(person_id: str, plan: StardexPlan, stardex: Stardex) -> UpdateStardexPersonResult | None:
    """The result of a write that was not answered, if the record shows all of it."""
    if not all(map(is_checked, plan.steps)):
        return None
    try:
        stored = await stardex.person(person_id)
    except ToolFailure:
        return None
    if any(True for _ in differences(plan, stored)):
        return None
    return _result(person_id, "saved", plan).model_copy(update=read_again((), shown=True))


def _result(person_id: str, status: Literal["saved"] | Unwritten, plan: StardexPlan) -> UpdateStardexPersonResult:
    return UpdateStardexPersonResult(
        status=status,
        person_id=person_id,
        name=plan.plan.name,
        changes=[change.shown() for change in plan.plan.changes],
        kept=[*plan.kept] or None,
        not_found=[*plan.not_found] or None,
        notes=[*plan.plan.notes] or None,
    )


def _people(arguments: UpdateStardexPerson) -> Iterator[Subject]:
    yield _person(arguments)
    changes = arguments.changes
    # What is taken off a record may have been somebody else's.
    yield from (subject(emails=[email]) for email in (changes.emails and changes.emails.remove) or ())
    yield from (subject(phones=[phone]) for phone in (changes.phone_numbers and changes.phone_numbers.remove) or ())


def _found(arguments: UpdateStardexPerson, result: dict[str, Any]) -> Iterator[Found]:
    named = subject(ids=[f"stardex:{result['person_id']}"], names=[result.get("name")])
    yield Found((), (*named, *_person(arguments)) if result["status"] == "saved" else named)


def _person(arguments: UpdateStardexPerson) -> Subject:
    find, changes = arguments.find or FindPerson(), arguments.changes
    return subject(
        ids=[f"stardex:{arguments.person_id}"] if arguments.person_id else [],
        linkedin=[find.linkedin_url, changes.linkedin_url],
        emails=[find.email, changes.work_email, changes.personal_email, *_stored(changes.emails)],
        phones=[changes.mobile_phone, changes.work_phone, *_stored(changes.phone_numbers)],
        names=[changes.name or full_name(changes.first_name, changes.last_name)],
    )


def _stored(changes: ContactChanges | None) -> list[str]:
    return [value for _, value in changes.to_store()] if changes else []


UPDATE_STARDEX_PERSON: WriteTool[UpdateStardexPerson, UpdateStardexPersonResult] = WriteTool(
    name="update_stardex_person",
    title="Update a person in Stardex",
    description=(
        "Change one person in the Stardex ATS. Overwrites the given fields, keeps the rest; costs no credits."
        " Confirm with the user first."
    ),
    vendor="stardex",
    arguments=UpdateStardexPerson,
    result=UpdateStardexPersonResult,
    fields=frozenset(PersonChanges.model_fields),
    names={
        "person_id": "record",
        "find.linkedin_url": "record",
        "find.email": "record",
        "changes.job_id": "record",
        "changes.custom_fields.*.attribute_id": "field",
        "changes.work_email": "value",
        "changes.personal_email": "value",
        "changes.emails.add.*.value": "value",
        "changes.emails.replace.*.value": "value",
    },
    propose=_propose,
    undo=stardex_undo,
    idempotent=True,
    open_world=True,
    billable=False,
    people=_people,
    found=_found,
)
