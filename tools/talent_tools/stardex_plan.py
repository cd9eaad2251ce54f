"""What a call would change in a Stardex person, against the record as it was read. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from talent_tools.contact_changes import ContactChanges, Merge, merge, replacement
from talent_tools.errors import UnreadableAnswer
from talent_tools.people import Subject, subject
from talent_tools.plans import FieldChange, Plan, fingerprint
from talent_tools.stardex import StardexPerson
from talent_tools.stardex_changes import PersonChanges
from talent_tools.stardex_custom_fields import CheckedChange
from talent_tools.stardex_fields import (
    LISTS,
    READ_AS,
    Field,
    contacts_of,
    custom_field,
    fields_of,
    list_field,
    single_field,
    written,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One field on its way to `after`; None where what is asked for has no value to compare with."""

    field: Field
    change: FieldChange
    comparable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class StardexPlan:
    """The plan, its steps, and what was to be removed and is not stored."""

    plan: Plan
    body: Mapping[str, JsonValue]
    steps: Sequence[Step]
    not_found: Sequence[str]


def planned(changes: PersonChanges, person: StardexPerson, custom_fields: Sequence[CheckedChange] = ()) -> StardexPlan:
    """The smallest write that brings this person to what is asked for; an empty body if all of it is there.

    Raises:
        UnreadableAnswer: the person was read without a list that is to be added to or removed from, or with an entry
            in it that cannot be written back: to write the list could wipe what is stored.
    """
    body: dict[str, JsonValue] = {}
    steps: list[Step] = []
    for name, value in changes.single_values().items():
        if not single_field(name).holds(person, value):
            steps.append(step(single_field(name), person, value))
            body[name] = value
    custom = [(one, made) for one in custom_fields if not is_there(made := custom_step(one, person), person)]
    if custom:
        steps.extend(made for _, made in custom)
        body["custom_fields"] = [one.wire() for one, _ in custom]
    merges = {name: merged(name, wanted, person) for name, wanted in changes.lists().items()}
    for name, result in merges.items():
        if result.changed:
            body[name] = written(result.entries)
            steps.append(step(list_field(name), person, body[name]))
    not_found = [value for result in merges.values() for value in result.not_found]
    plan = Plan(
        target=f"stardex:{person.id}",
        name=person.name,
        subject=whose(person),
        changes=[one.change for one in steps],
        body=body,
        fingerprint=fingerprint(fields_of(person)),
        notes=[one.field.note for one, _ in custom if one.field.note],
    )
    return StardexPlan(plan=plan, body=body, steps=steps, not_found=not_found)


def differences(plan: StardexPlan, person: StardexPerson) -> Iterator[FieldChange]:
    """The fields that Stardex keeps otherwise than they were written: `before` as written, `after` as read again.

    What the record never showed is not among them.
    """
    for one in plan.steps:
        held = one.field.read(person)
        if one.comparable and one.change.readable and not one.field.holds(person, one.change.after):
            yield FieldChange(field=one.field.name, before=one.change.after, after=held.value)


def whose(person: StardexPerson) -> Subject:
    return subject(
        ids=[f"stardex:{person.id}"],
        linkedin=[person.linkedin_url, person.linkedin_public_id],
        emails=[contact.value for contact in person.emails or ()],
        phones=[contact.value for contact in person.phones or ()],
        names=[person.name],
    )


def step(field: Field, person: StardexPerson, after: JsonValue, *, comparable: bool = True) -> Step:
    held = field.read(person)
    change = FieldChange(field=field.name, before=held.value, after=after, readable=held.readable)
    return Step(field=field, change=change, comparable=comparable)


def custom_step(change: CheckedChange, person: StardexPerson) -> Step:
    """A custom field: its new value, or what is done to the old one."""
    field = custom_field(change.field, person)
    held = field.read(person)
    after, comparable = change.outcome(held.value, readable=held.readable)
    made = step(field, person, after, comparable=comparable)
    return replace(made, change=replace(made.change, argument="custom_fields"))


def is_there(made: Step, person: StardexPerson) -> bool:
    """Whether the record shows already what a step leads to."""
    return made.comparable and made.field.holds(person, made.change.after)


def merged(name: str, wanted: ContactChanges, person: StardexPerson) -> Merge:
    """The list as it is to be written."""
    kind, contacts = LISTS[name], contacts_of(person, name)
    # An entry without a value cannot be written back.
    entries = tuple(contact.entry() for contact in contacts or () if contact.has_value())
    whole = contacts is not None and len(entries) == len(contacts)
    if wanted.replace is not None:
        return replacement(entries, wanted.replace, kind, whole=whole)
    if not whole:
        raise UnreadableAnswer(
            f"Stardex does not show which {READ_AS.get(name, name)} are stored, and adding could wipe them; nothing"
            " was changed. Ask the user for the whole list and give it as replace.",
            raw=person.model_dump(mode="json"),
        )
    return merge(entries, wanted, kind)
