"""Custom fields by the names that people call them, found among a vendor's definitions. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from pydantic import JsonValue
from pydantic_core import to_json

from talent_tools.errors import InvalidArguments
from talent_tools.field_kinds import CHECKS, Kind, Option, listed, spellings
from talent_tools.text import clean

MOST_NAMES = 20
LONGEST_NAME = 60
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOT_READ = "The vendor does not show its custom fields now: {name} is sent by its uuid, unchecked."
NOT_LISTED = "The vendor lists no custom field {name}: it is sent by its uuid, unchecked."
ELSEWHERE = "Custom field {name} is defined for another kind of record than a person."


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomField:
    """A custom field as it is defined; `name` without what cannot be seen. `of_people` is false for a field of
    another kind of record."""

    id: str
    name: str
    kind: Kind = "unknown"
    options: Sequence[Option] = ()
    of_people: bool = True

    def accepted(self, value: JsonValue) -> JsonValue:
        """The value as the vendor takes it, of options what is sent for them.

        Raises:
            InvalidArguments: it is of another type, or no option; the text names those that there are.
        """
        if self.kind == "choice" and isinstance(value, list):
            raise InvalidArguments(f"{self.quoted} takes one of its options; nothing was changed.")
        if self.kind == "choices" and self.options:
            return [self.option(one).sent for one in listed(value)]
        if self.kind == "choice" and self.options:
            return self.option(value).sent
        try:
            return CHECKS[self.kind](value) if self.kind in CHECKS else value
        except ValueError as error:
            raise InvalidArguments(f"Custom field {self.quoted} {error}; nothing was changed.") from None

    def option(self, value: JsonValue) -> Option:
        """The option that is meant by its name, id or what is sent for it."""
        text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        exact = [one for one in self.options if text in (one.id, one.sent)]
        found = exact[:1] or [one for one in self.options if folded(one.name) == folded(text)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidArguments(
                f"Several options of custom field {self.quoted} have this name; nothing was changed. Give its id:"
                f" {identifiers(one.id for one in found)}."
            )
        raise InvalidArguments(
            f"Custom field {self.quoted} has no such option; nothing was changed."
            f" {suggested(text, [one.name for one in self.options])}"
        )

    def shown(self, value: JsonValue) -> JsonValue:
        """A stored or sent value as people know it: options by their names."""
        if not self.options or value in (None, []):
            return value
        names: list[JsonValue] = [option.name if (option := self.stored_option(one)) else one for one in listed(value)]
        return names if self.kind == "choices" or len(names) != 1 else names[0]

    def stored_option(self, value: JsonValue) -> Option | None:
        return next((one for text in spellings(value) for one in self.options if one.is_meant_by(text)), None)

    @property
    def quoted(self) -> str:
        return quoted(self.name) if self.name else self.id


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedField:
    """A custom field that a call names: its uuid, its definition where that is known, and what has to be said of it."""

    id: str
    definition: CustomField
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomFields:
    """The custom fields of one account, as the vendor `named` so defines them; None where it does not show them."""

    vendor: str
    fields: Sequence[CustomField] | None

    def field(self, asked: str, place: str) -> AskedField:
        """The field that is meant by its name or uuid; `place` says where in the arguments.

        Raises:
            InvalidArguments: none is, or several are.
        """
        identifier = as_uuid(asked)
        if identifier is not None:
            return self._by_uuid(identifier)
        if self.fields is None:
            raise InvalidArguments(
                f"{self.vendor} does not show its custom fields now, so {place} cannot be found by name; nothing was"
                " changed. Try again later, or ask the user for the field's uuid and give that."
            )
        named = [one for one in self.fields if one.name and folded(one.name) == folded(asked)]
        found = [one for one in named if one.of_people]
        if len(found) == 1:
            return AskedField(id=as_uuid(found[0].id) or found[0].id, definition=found[0])
        if found:
            raise InvalidArguments(
                f"{place}: several custom fields of {self.vendor} have this name; nothing was changed. Ask the user"
                f" which, and give its uuid: {identifiers(one.id for one in found)}."
            )
        of_others = " A field of that name belongs to another kind of record." if named else ""
        names = [one.name for one in self.fields if one.name and one.of_people]
        raise InvalidArguments(
            f"{place}: no custom field for people in {self.vendor} has this name; nothing was changed.{of_others}"
            f" {suggested(asked, names)}"
        )

    def _by_uuid(self, identifier: str) -> AskedField:
        found = next((one for one in self.fields or () if one.id.casefold() == identifier), None)
        if found is None:
            note = (NOT_READ if self.fields is None else NOT_LISTED).format(name=identifier)
            return AskedField(id=identifier, definition=CustomField(id=identifier, name=""), note=note)
        elsewhere = None if found.of_people else ELSEWHERE.format(name=found.quoted)
        return AskedField(id=identifier, definition=found, note=elsewhere)


def require_once(fields: Iterable[AskedField]) -> None:
    """Raises InvalidArguments: one of them is there twice, as by its name and its uuid."""
    ids = [one.id for one in fields]
    if len(set(ids)) < len(ids):
        raise InvalidArguments("custom_fields names one field twice; nothing was changed. Name it once.")


def as_uuid(text: str) -> str | None:
    """The canonical form of a uuid; None for anything else."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return None


def visible_name(name: str | None) -> str:
    """A name of the vendor's without what cannot be seen."""
    cleaned = clean(name or "")
    return " ".join(str(cleaned).split())


def folded(name: str) -> str:
    """What the spellings of one name share: no capitals, accents, doubled blanks or hidden characters."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", visible_name(name)) if not unicodedata.combining(one))
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def suggested(asked: str, names: Iterable[str]) -> str:
    """The names that are near to what was asked for, or else the first ones."""
    by_spelling = {folded(name): name for name in names}
    if not by_spelling:
        return "There is none."
    near = get_close_matches(folded(asked), by_spelling, n=3, cutoff=0.6)
    if near:
        return f"Near: {', '.join(quoted(by_spelling[one]) for one in near)}."
    shown = [quoted(name) for name in by_spelling.values()][:MOST_NAMES]
    rest = len(by_spelling) - len(shown)
    return f"There are: {', '.join(shown)}{f' and {rest} more' if rest else ''}."


def identifiers(ids: Iterable[str]) -> str:
    """The first ids; one that is not a plain identifier is vendor text and is not shown."""
    return ", ".join([one for one in ids if IDENTIFIER.fullmatch(one)][:MOST_NAMES])


def quoted(name: str) -> str:
    """A name of the vendor's, short and marked as such."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return to_json(short).decode()
