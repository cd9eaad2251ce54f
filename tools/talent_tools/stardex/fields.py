"""The fields of a Stardex person that a call can change: what a record holds in each, and when two values are one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from talent_tools.contact import linkedin_handle
from talent_tools.custom_fields import AskedField, visible_name
from talent_tools.field_kinds import listed
from talent_tools.plans import CUSTOM_FIELD
from talent_tools.stardex.client import StardexContact, StardexPerson
from talent_tools.stardex.contact_changes import EMAIL, PHONE, ContactKind, Entry

LISTS: Mapping[str, ContactKind] = {"emails": EMAIL, "phone_numbers": PHONE}
SLOTS = {
    "work_email": ("emails", "work"),
    "personal_email": ("emails", "personal"),
    "mobile_phone": ("phone_numbers", "mobile"),
    "work_phone": ("phone_numbers", "work"),
}
"""Fields that stand for the contacts of one type in a list."""
READ_AS = {"company_name": "current_company_name", "phone_numbers": "phones"}
"""What is written under one name and read under another."""
ORDERS = frozenset({"job_id", "enrich_record"})
"""What asks Stardex to do something, and is no field of the record."""
PROFILES = "https://www.linkedin.com/in/"


@dataclass(frozen=True, slots=True)
class Held:
    """What a record holds in a field: None for nothing. `readable` is false where it does not show the field."""

    value: JsonValue = None
    readable: bool = True


NOT_SHOWN = Held(readable=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field: its name in plain words, how it is read from a record, and when two values of it are one."""

    name: str
    read: Callable[[StardexPerson], Held]
    same: Callable[[JsonValue, JsonValue], bool]

    def holds(self, person: StardexPerson, value: JsonValue) -> bool:
        """Whether this record shows this value."""
        held = self.read(person)
        return held.readable and self.same(held.value, value)


def single_field(name: str) -> Field:
    """A field of one value, under the name that it is written by."""
    if name in ORDERS:
        return Field(name=name, read=lambda _: NOT_SHOWN, same=same_value)
    if name == "linkedin_url":
        return Field(name=name, read=held_profile, same=same_profile)
    if name in SLOTS:
        place, label = SLOTS[name]
        identity = LISTS[place].identity
        return Field(name=name, read=lambda person: held_in_slot(person, place, label), same=same_by(identity))
    return Field(name=name, read=lambda person: held(person, READ_AS.get(name, name)), same=same_value)


def list_field(name: str) -> Field:
    """A whole list of e-mails or phone numbers."""
    return Field(name=name, read=lambda person: held_list(person, name), same=same_entries)


def custom_field(asked: AskedField, person: StardexPerson) -> Field:
    """A custom field, called by its name where its definition or this record shows that, as are its options."""
    known = stored_custom_field(asked.id, person) or {}
    name = asked.definition.name or known.get("name")
    shown = visible_name(name) if isinstance(name, str) else asked.id

    def read(record: StardexPerson) -> Held:
        found = held_custom_field(record, asked.id)
        return replace(found, value=asked.definition.shown(found.value))

    many = asked.definition.kind == "choices"
    return Field(name=f"{CUSTOM_FIELD}{shown}", read=read, same=same_choices if many else same_value)


def contacts_of(person: StardexPerson, name: str) -> tuple[StardexContact, ...] | None:
    """A list as it is stored; None if the person was read without it."""
    if READ_AS.get(name, name) not in person.model_fields_set:
        return None
    return (person.emails if name == "emails" else person.phones) or ()


def written(entries: Sequence[Entry]) -> list[JsonValue]:
    return [dict(entry) for entry in entries]


def held(person: StardexPerson, name: str) -> Held:
    record = fields_of(person)
    return Held(record[name]) if name in record else NOT_SHOWN


def held_profile(person: StardexPerson) -> Held:
    if not person.model_fields_set & {"linkedin_url", "linkedin_public_id"}:
        return NOT_SHOWN
    return Held(person.linkedin_url or (PROFILES + person.linkedin_public_id if person.linkedin_public_id else None))


def held_in_slot(person: StardexPerson, place: str, label: str) -> Held:
    contacts = contacts_of(person, place)
    if contacts is None:
        return NOT_SHOWN
    labelled = [one for one in contacts if (one.contact_data_type or "").strip().casefold() == label]
    values: list[JsonValue] = [one.value for one in labelled if one.value]
    return Held(values[0] if len(values) == 1 else values or None)


def held_list(person: StardexPerson, name: str) -> Held:
    contacts = contacts_of(person, name)
    return NOT_SHOWN if contacts is None else Held(written([contact.entry() for contact in contacts]))


def held_custom_field(person: StardexPerson, attribute_id: str) -> Held:
    if stored_custom_fields(person) is None:
        return NOT_SHOWN
    known = stored_custom_field(attribute_id, person)
    return Held(known.get("value") if known else None)


def stored_custom_field(attribute_id: str, person: StardexPerson) -> dict[str, JsonValue] | None:
    fields = stored_custom_fields(person) or ()
    return next((one for one in fields if str(one.get("attribute_id")).casefold() == attribute_id.casefold()), None)


def stored_custom_fields(person: StardexPerson) -> list[dict[str, JsonValue]] | None:
    """The custom fields that are filled; None if the person was read without them."""
    fields = fields_of(person).get("custom_fields")
    return [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else None


def fields_of(person: StardexPerson) -> dict[str, JsonValue]:
    """All that was read, under the vendor's names."""
    record: dict[str, JsonValue] = person.model_dump(mode="json", exclude_unset=True)
    return record


def same_value(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    # True is 1 in Python, and not in a record.
    return type(one) is type(other) and one == other


def same_choices(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values name the same options, in any order."""
    return sorted(map(spelt, listed(one))) == sorted(map(spelt, listed(other)))


def same_profile(one: JsonValue, other: JsonValue) -> bool:
    return same_by(lambda text: linkedin_handle(text) or text)(one, other)


def same_by(identity: Callable[[str], str]) -> Callable[[JsonValue, JsonValue], bool]:
    def same(one: JsonValue, other: JsonValue) -> bool:
        return isinstance(one, str) and isinstance(other, str) and identity(one) == identity(other)

    return same


def same_entries(one: JsonValue, other: JsonValue) -> bool:
    """Whether two lists hold the same, in any order."""
    return isinstance(one, list) and isinstance(other, list) and sorted(map(spelt, one)) == sorted(map(spelt, other))


def spelt(entry: JsonValue) -> str:
    """One text for one entry, whatever order its fields come in."""
    return json.dumps(entry, sort_keys=True)
