"""What a call would change in a Stardex person, against the record as it was read. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from talent_tools.errors import UnreadableAnswer
from talent_tools.people import Subject, subject
from talent_tools.plans import FieldChange, Plan, fingerprint, is_fillable, unseen
from talent_tools.stardex.changes import PersonChanges
from talent_tools.stardex.client import StardexPerson
from talent_tools.stardex.contact_changes import ContactChanges, Merge, merge, replacement
from talent_tools.stardex.custom_fields import CheckedChange
from talent_tools.stardex.fields import (
    LISTS,
    ORDERS,
    READ_AS,
    Field,
    contacts_of,
    custom_field,
    fields_of,
    list_field,
    single_field,
    written,
)
from talent_tools.stardex.undo import stardex_undo
from talent_tools.undo import lost_note


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One field on its way to `after`, and what is `sent` for that.

    It is not `comparable` where what is asked for is no value, `done` where the record shows it already, and
    `overwrites` if what was stored is gone afterwards.
    """

    field: Field
    change: FieldChange
    sent: JsonValue
    overwrites: bool
    comparable: bool = True
    done: bool = False
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StardexPlan:
    """The plan with its body, its steps, the fields that keep what they hold, and what was to be removed and is not
    stored."""

    plan: Plan
    body: dict[str, JsonValue]
    steps: Sequence[Step]
    kept: Sequence[str]
    not_found: Sequence[str]


def planned(
    changes: PersonChanges,
    person: StardexPerson,
    custom_fields: Sequence[CheckedChange] = (),
    *,
    fill_empty: bool = False,
) -> StardexPlan:
    """The smallest write that brings this person to what is asked for; an empty body if all of it is there.

    With `fill_empty` no field that holds something, or may, is overwritten.

    Raises:
        UnreadableAnswer: the person was read without a list that is to be added to or removed from, or with an entry
            in it that cannot be written back: to write the list could wipe what is stored.
    """
    merges = {name: merged(name, wanted, person) for name, wanted in changes.lists().items()}
    asked = [
        *(single_step(name, value, person) for name, value in changes.single_values().items()),
        *(custom_step(one, person) for one in custom_fields),
        *(list_step(name, result, changes.lists()[name], person) for name, result in merges.items()),
    ]
    changing = [one for one in asked if not one.done]
    steps = [one for one in changing if not (fill_empty and one.overwrites and not is_fillable(one.change))]
    body, target, made = wire(steps), f"stardex:{person.id}", [one.change for one in steps]
    plan = Plan(
        target=target,
        name=person.name,
        subject=whose(person),
        changes=made,
        body=body,
        fingerprint=fingerprint(fields_of(person)),
        notes=[
            *unseen(made),
            *(one.note for one in steps if one.note),
            *lost_note(stardex_undo(target, made), made),
        ],
    )
    return StardexPlan(
        plan=plan,
        body=body,
        steps=steps,
        kept=[one.field.name for one in changing if one not in steps],
        not_found=[value for result in merges.values() for value in result.not_found],
    )


def wire(steps: Iterable[Step]) -> dict[str, JsonValue]:
    """The body of the write: each field once, the custom ones in a list."""
    body: dict[str, JsonValue] = {}
    custom: list[JsonValue] = []
    for one in steps:
        if one.change.argument == "custom_fields":
            custom.append(one.sent)
        else:
            body[one.field.name] = one.sent
    return {**body, "custom_fields": custom} if custom else body


def differences(plan: StardexPlan, person: StardexPerson) -> Iterator[FieldChange]:
    """The fields that Stardex keeps otherwise than they were written: `before` as written, `after` as read again.

    What the record never showed is not among them.
    """
    for one in plan.steps:
        held = one.field.read(person)
        if is_checked(one) and not one.field.holds(person, one.change.after):
            yield FieldChange(field=one.field.name, before=one.change.after, after=held.value)


def is_checked(one: Step) -> bool:
    """Whether the record, read again, tells if this was kept."""
    return one.comparable and one.change.readable


def whose(person: StardexPerson) -> Subject:
    return subject(
        ids=[f"stardex:{person.id}"],
        linkedin=[person.linkedin_url, person.linkedin_public_id],
        emails=[contact.value for contact in person.emails or ()],
        phones=[contact.value for contact in person.phones or ()],
        names=[person.name],
    )


def single_step(name: str, value: JsonValue, person: StardexPerson) -> Step:
    field = single_field(name)
    made = step(field, person, value, sent=value, overwrites=name not in ORDERS)
    return replace(made, done=field.holds(person, value))


def list_step(name: str, result: Merge, wanted: ContactChanges, person: StardexPerson) -> Step:
    after = written(result.entries)
    made = step(list_field(name), person, after, sent=after, overwrites=wanted.replace is not None)
    return replace(made, done=not result.changed)


def custom_step(change: CheckedChange, person: StardexPerson) -> Step:
    """A custom field: its new value, or what is done to the old one."""
    field = custom_field(change.field, person)
    held = field.read(person)
    after, comparable = change.outcome(held.value, readable=held.readable)
    made = step(field, person, after, sent=change.wire(), overwrites=change.overwrites)
    return replace(
        made,
        change=replace(made.change, argument="custom_fields", identifier=change.field.id),
        comparable=comparable,
        done=comparable and field.holds(person, after),
        note=change.field.note,
    )


def step(field: Field, person: StardexPerson, after: JsonValue, *, sent: JsonValue, overwrites: bool) -> Step:
    held = field.read(person)
    change = FieldChange(
        field=field.name,
        before=held.value,
        after=after,
        readable=held.readable,
        blind=overwrites and not held.readable,
    )
    return Step(field=field, change=change, sent=sent, overwrites=overwrites)


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
