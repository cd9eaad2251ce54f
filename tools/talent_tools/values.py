"""The kinds of argument value that the writing tools share."""

import re
from collections.abc import Sized
from typing import Annotated, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, JsonValue

from talent_tools.arguments import parse_json_text, require_few
from talent_tools.contact import email_key, linkedin_handle, phone_key
from talent_tools.errors import InvalidArguments

T = TypeVar("T")
S = TypeVar("S", bound=Sized)

_PHONE = re.compile(r"[0-9 +()./-]+")
_DIGITS = range(5, 21)


def filled(text: str) -> str:
    """The text without surrounding blanks; a blank one is refused, as a vendor may take it for a deletion."""
    if not (stripped := text.strip()):
        raise ValueError("must not be blank; leave it out to keep the stored value")
    return stripped


def profile_url(text: str) -> str:
    """The canonical URL of a LinkedIn profile, from any of its URLs or its bare handle."""
    if not (handle := linkedin_handle(text)):
        raise ValueError("must be a LinkedIn profile URL or handle")
    return f"https://www.linkedin.com/in/{quote(handle)}"


def email_address(text: str) -> str:
    """The address, as it was given."""
    if email_key(text) is None:
        raise ValueError("must be one e-mail address")
    return text


def phone_number(text: str) -> str:
    """The number, as it was given; loosely checked, as a national one does not say of which country it is."""
    if not _PHONE.fullmatch(text) or sum(map(str.isdigit, text)) not in _DIGITS:
        raise ValueError("must be one phone number: 5 to 20 digits, else only spaces and + ( ) - . /")
    return text


def field_value(value: JsonValue) -> JsonValue:
    """What a custom field may be given: a filled text, a number, true or false, or a list of these."""
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, str | int | float):
            raise ValueError("must be a text, a number, true or false, or a list of these")
    if value == []:
        raise ValueError("must not be empty; leave it out to keep the stored value")
    return [filled_part(part) for part in value] if isinstance(value, list) else filled_part(value)


def filled_part(part: JsonValue) -> JsonValue:
    return filled(part) if isinstance(part, str) else part


def one_or_many(value: object) -> object:
    """A list, also from its JSON text or from a single entry.

    Raises:
        ValueError: it has too many entries; none of them is looked at.
    """
    parsed = parse_json_text(value)
    if isinstance(parsed, str | dict | BaseModel):
        return (cast("object", parsed),)
    if isinstance(parsed, Sized):
        require_few(parsed)
    return parsed


def at_most(count: int) -> AfterValidator:
    """The limit on the length of a list; the shared definition of its type cannot hold one."""

    def check(entries: S) -> S:
        require_few(entries, count)
        return entries

    return AfterValidator(check)


Text = Annotated[str, AfterValidator(filled)]
Email = Annotated[Text, AfterValidator(email_address)]
Phone = Annotated[Text, AfterValidator(phone_number)]
ProfileUrl = Annotated[str, AfterValidator(profile_url)]
FieldValue = Annotated[JsonValue, AfterValidator(field_value)]
OneOrMany = Annotated[tuple[T, ...], BeforeValidator(one_or_many)]
Contacts = Annotated[OneOrMany[T], at_most(100)]
"""E-mails or phone numbers of one person."""


def required_uuid(text: str, what: str) -> str:
    """The canonical form of a uuid; `what` says, in a few words of ours, what is addressed by it.

    Raises:
        InvalidArguments: it is none, as when a name was given.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidArguments(f"Give {what} by uuid, not by name; ask the user or look it up.") from None


def email_identity(text: str) -> str:
    """What two spellings of one e-mail address share."""
    return email_key(text) or text.strip().casefold()


def phone_identity(text: str) -> str:
    """What two spellings of one phone number share: E.164 where the number is international."""
    return phone_key(text) or text.strip()
