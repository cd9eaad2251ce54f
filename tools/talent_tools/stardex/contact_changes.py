"""Changing a list of e-mails or phone numbers that the vendor only replaces as a whole. Pure."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from talent_tools.arguments import Arguments, parse_json_text
from talent_tools.errors import InvalidArguments
from talent_tools.values import Contacts, Text, email_address, email_identity, phone_identity, phone_number

Entry = Mapping[str, str | None]
"""A contact as the vendor takes it: `value` and `contact_data_type`."""


def _from_bare_value(value: object) -> object:
    parsed = parse_json_text(value)
    return {"value": parsed} if isinstance(parsed, str) else parsed


class Contact(Arguments):
    """An e-mail or phone number to store."""

    value: Text
    contact_data_type: Text | None = Field(
        default=None, description="work, personal, mobile...; default: personal for emails, mobile for phones"
    )


class ContactChanges(Arguments):
    """What to do to the stored list; `remove` happens before `add`."""

    add: Contacts[Annotated[Contact, BeforeValidator(_from_bare_value)]] | None = None
    remove: Contacts[Text] | None = None
    replace: Contacts[Annotated[Contact, BeforeValidator(_from_bare_value)]] | None = Field(
        default=None, description="the whole new list, [] wipes; excludes add and remove"
    )

    def is_empty(self) -> bool:
        """Whether nothing is asked for; an empty `replace` asks to wipe the list."""
        return self.replace is None and not self.add and not self.remove

    def values(self) -> tuple[str, ...]:
        """Every e-mail or phone number named."""
        stored = (*(self.add or ()), *(self.replace or ()))
        return (*(contact.value for contact in stored), *(self.remove or ()))

    def to_store(self) -> Iterator[tuple[str, str]]:
        """Every value that would be stored, after its place."""
        for name, contacts in (("add", self.add), ("replace", self.replace)):
            for position, contact in enumerate(contacts or ()):
                yield f"{name}[{position}]", contact.value

    def require_one_way(self) -> None:
        """Refuse a mix.

        Raises:
            InvalidArguments: `replace` is given beside `add` or `remove`.
        """
        if self.replace is not None and (self.add is not None or self.remove is not None):
            raise InvalidArguments("Give either replace, or add and remove; leave the others out entirely.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactKind:
    """What differs between the two lists; `checked` raises ValueError for a value that is none of the kind."""

    identity: Callable[[str], str]
    checked: Callable[[str], str]
    default_type: str


EMAIL = ContactKind(identity=email_identity, checked=email_address, default_type="personal")
PHONE = ContactKind(identity=phone_identity, checked=phone_number, default_type="mobile")


def of_kind(kind: ContactKind) -> AfterValidator:
    """The check of what is to be stored; whatever is stored already may be removed."""

    def check(changes: ContactChanges) -> ContactChanges:
        for place, value in changes.to_store():
            try:
                kind.checked(value)
            except ValueError as error:
                raise ValueError(f"{place} {error}") from None
        return changes

    return AfterValidator(check)


EmailChanges = Annotated[ContactChanges, of_kind(EMAIL)]
PhoneChanges = Annotated[ContactChanges, of_kind(PHONE)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """The whole list, whether it has to be written, and the removals that found nothing."""

    entries: tuple[Entry, ...]
    changed: bool
    not_found: tuple[str, ...] = ()


def merge(stored: Sequence[Entry], changes: ContactChanges, kind: ContactKind) -> Merge:
    """Apply `add` and `remove`; what is neither is kept exactly as stored, in its place."""
    kind = _remembering(kind)
    present = {_identity(entry, kind) for entry in stored}
    removed = {kind.identity(value): value for value in changes.remove or ()}
    kept = tuple(entry for entry in stored if _identity(entry, kind) not in removed)
    added = new_entries(changes.add or (), kind, known={_identity(entry, kind) for entry in kept})
    entries = (*kept, *added)
    return Merge(
        entries=entries,
        changed=entries != tuple(stored),
        not_found=tuple(value for key, value in removed.items() if key not in present),
    )


def replacement(stored: Sequence[Entry], contacts: Iterable[Contact], kind: ContactKind, *, whole: bool) -> Merge:
    """The contacts in place of what is stored; `whole` says whether that is known to be all."""
    entries = new_entries(contacts, _remembering(kind))
    return Merge(entries=entries, changed=not whole or entries != tuple(stored))


def new_entries(contacts: Iterable[Contact], kind: ContactKind, known: Iterable[str] = ()) -> tuple[Entry, ...]:
    """The contacts as entries, each once, without those whose identity is `known`."""
    fresh: dict[str, Entry] = {}
    taken = set(known)
    for contact in contacts:
        key = kind.identity(contact.value)
        if key not in taken:
            fresh.setdefault(key, _entry(contact, kind))
    return tuple(fresh.values())


def _entry(contact: Contact, kind: ContactKind) -> Entry:
    return {"contact_data_type": contact.contact_data_type or kind.default_type, "value": contact.value}


def _remembering(kind: ContactKind) -> ContactKind:
    """The same, for one merge: each spelling is looked at once."""
    return dataclasses.replace(kind, identity=cache(kind.identity))


def _identity(entry: Entry, kind: ContactKind) -> str:
    return kind.identity(entry["value"] or "")
