"""The tool that changes one person in Stardex without losing what it does not name."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, WithJsonSchema

from talent_tools.arguments import Arguments, Nested
from talent_tools.contact_changes import (
    EMAIL,
    PHONE,
    ContactChanges,
    ContactKind,
    Entry,
    Merge,
    merge,
    replacement,
)
from talent_tools.errors import InvalidArguments, UnreadableAnswer
from talent_tools.find_stardex_person import FindPerson, found_person_id
from talent_tools.people import Found, Subject, full_name, subject
from talent_tools.result import Result
from talent_tools.spec import Clients, Tool
from talent_tools.stardex import Stardex, StardexContact, StardexPerson
from talent_tools.stardex_changes import PersonChanges
from talent_tools.text import clean
from talent_tools.values import Text


class UpdateStardexPerson(Arguments):
    """Exactly one of `person_id` and `find`."""

    person_id: Text | None = None
    find: Nested[FindPerson] | None = Field(default=None, description="one of them, instead of person_id")
    changes: Nested[PersonChanges]


StoredContact = Annotated[dict[str, JsonValue], WithJsonSchema({"type": "object"})]
"""`value` and `contact_data_type`; to spell them out would cost 40 tokens in every conversation."""


class UpdateStardexPersonResult(Result):
    """What was written.

    A list is there if the call was about it: whole, as it is now stored. What it lost stands beside it, so that
    somebody can put it back.
    """

    status: Literal["updated", "unchanged"]
    person_id: str
    changed: list[str]
    emails: list[StoredContact] | None = None
    phone_numbers: list[StoredContact] | None = None
    removed_emails: list[StoredContact] | None = None
    removed_phone_numbers: list[StoredContact] | None = None
    not_found: list[str] | None = None
    """Values that were to be removed and are not stored."""


async def _update(arguments: UpdateStardexPerson, clients: Clients) -> UpdateStardexPersonResult:
    body = _checked_body(arguments)
    stardex, changes = clients.stardex, arguments.changes
    person_id = await _person_id(arguments, stardex)
    stored = await _stored_person(person_id, changes, stardex)
    emails = _list_to_write(changes.emails, stored, EMAIL)
    phones = _list_to_write(changes.phone_numbers, stored, PHONE)
    for name, written in (("emails", emails), ("phone_numbers", phones)):
        if written and written.changed:
            body[name] = [dict(entry) for entry in written.entries]
    if body:
        await stardex.update_person(person_id, body)
    return _result(person_id, list(body), emails, phones)


def _checked_body(arguments: UpdateStardexPerson) -> dict[str, JsonValue]:
    if (arguments.person_id is None) == (arguments.find is None):
        raise InvalidArguments("Give exactly one of person_id and find.")
    contact_changes = arguments.changes.contact_changes()
    for changes in contact_changes:
        changes.require_one_way()
    body = arguments.changes.plain_body()
    if not body and not contact_changes:
        raise InvalidArguments("Nothing was sent: changes names nothing to change; give at least one field.")
    return body


async def _person_id(arguments: UpdateStardexPerson, stardex: Stardex) -> str:
    if arguments.find is not None:
        return await found_person_id(arguments.find, stardex)
    return arguments.person_id or ""


async def _stored_person(person_id: str, changes: PersonChanges, stardex: Stardex) -> StardexPerson | None:
    """The person, if a list is to be merged with what is stored, or to replace it."""
    return await stardex.person(person_id) if changes.contact_changes() else None


def _list_to_write(changes: ContactChanges | None, stored: StardexPerson | None, kind: ContactKind) -> Merge | None:
    """The list as the call leaves it; None if the call is not about it.

    Raises:
        UnreadableAnswer: the person was read without the list, or with an entry without a value, so adding to
            it could wipe what is stored.
    """
    if changes is None or changes.is_empty():
        return None
    contacts = _stored_contacts(stored, kind)
    # An entry without a value cannot be written back.
    entries = tuple(contact.entry() for contact in contacts or () if contact.has_value())
    if changes.replace is not None:
        return replacement(entries, changes.replace, kind)
    if contacts is None or len(entries) < len(contacts):
        raise UnreadableAnswer(
            f"Stardex does not show which {_read_name(kind)} are stored, and adding could wipe them; nothing was"
            " changed. Ask the user for the whole list and give it as replace.",
            raw=stored.model_dump(mode="json") if stored else None,
        )
    return merge(entries, changes, kind)


def _stored_contacts(person: StardexPerson | None, kind: ContactKind) -> tuple[StardexContact, ...] | None:
    """What is stored, in the vendor's own spelling; None if the person was read without the list."""
    if person is None or _read_name(kind) not in person.model_fields_set:
        return None
    return (person.emails if kind is EMAIL else person.phones) or ()


def _read_name(kind: ContactKind) -> str:
    return "emails" if kind is EMAIL else "phones"


def _result(
    person_id: str, changed: list[str], emails: Merge | None, phones: Merge | None
) -> UpdateStardexPersonResult:
    not_found = [value for merged in (emails, phones) if merged for value in merged.not_found]
    return UpdateStardexPersonResult(
        status="updated" if changed else "unchanged",
        person_id=person_id,
        changed=changed,
        emails=_shown(emails.entries) if emails else None,
        phone_numbers=_shown(phones.entries) if phones else None,
        removed_emails=_shown(emails.lost) or None if emails else None,
        removed_phone_numbers=_shown(phones.lost) or None if phones else None,
        not_found=not_found or None,
    )


def _shown(entries: Iterable[Entry]) -> list[StoredContact]:
    return [{name: clean(text) for name, text in entry.items()} for entry in entries]


def _people(arguments: UpdateStardexPerson) -> Iterator[Subject]:
    yield _person(arguments)
    changes = arguments.changes
    # What is taken off a record may have been somebody else's.
    yield from (subject(emails=[email]) for email in (changes.emails and changes.emails.remove) or ())
    yield from (subject(phones=[phone]) for phone in (changes.phone_numbers and changes.phone_numbers.remove) or ())


def _found(arguments: UpdateStardexPerson, result: dict[str, Any]) -> Iterator[Found]:
    yield Found((), (f"stardex:{result['person_id']}", *_person(arguments)))


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


UPDATE_STARDEX_PERSON: Tool[UpdateStardexPerson, UpdateStardexPersonResult] = Tool(
    name="update_stardex_person",
    title="Update a person in Stardex",
    description=(
        "Change one person in the Stardex ATS. Overwrites the given fields, keeps the rest; costs no credits."
        " Confirm with the user first."
    ),
    vendor="stardex",
    arguments=UpdateStardexPerson,
    result=UpdateStardexPersonResult,
    handler=_update,
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=True,
    billable=False,
    people=_people,
    found=_found,
)
