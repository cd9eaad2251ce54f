"""Whom a call is about: each person by all that identifies it, normalised, for the audit log. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from talent_tools.contact import linkedin_handle, phone_key
from talent_tools.text import clean
from talent_tools.values import email_identity

Subject = tuple[str, ...]
"""One person, by each identifier: `kind:normalised identifier`.

The kinds that belong to one person are `email`, `linkedin`, `ocean`, `stardex`, `jarvi` and `external` (an id that
the firm gave); `phone` and `name` may be shared.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A person in a result: where in its JSON (an empty path is all of it), and who it is; `perhaps` are those that
    it may be about too, as a caller named them."""

    path: tuple[str | int, ...]
    subject: Subject
    perhaps: tuple[Subject, ...] = ()


def subject(
    *,
    ids: Iterable[str] = (),
    linkedin: Iterable[str | None] = (),
    emails: Iterable[str | None] = (),
    phones: Iterable[str | None] = (),
    names: Iterable[str | None] = (),
    region: str | None = None,
) -> Subject:
    """One person; `ids` are identifiers already, `region` (ISO 3166-1 alpha-2) is where its phone numbers are from."""
    handles = (linkedin_handle(text) for text in linkedin if text)
    identifiers = [
        *ids,
        *(f"linkedin:{handle}" for handle in handles if handle),
        *(f"email:{email_identity(text)}" for text in emails if text),
        *(f"phone:{phone_key(text, region) or text.strip()}" for text in phones if text),
        *(f"name:{name_key(text)}" for text in names if text and text.strip()),
    ]
    return tuple(dict.fromkeys(identifiers))


def apart(people: Iterable[Subject]) -> Iterator[Subject]:
    """Each identifier alone: that a caller names two in one breath does not make them one person's."""
    yield from dict.fromkeys((identifier,) for person in people for identifier in person)


def full_name(first: str | None, last: str | None) -> str | None:
    """Both names; one alone names nobody."""
    return f"{first} {last}" if first and last else None


def name_key(text: str) -> str:
    """What two spellings of one name share, however it was typed: nothing of it that cannot be seen."""
    return folded(str(clean(text)))


def folded(text: str) -> str:
    """A text whatever its capitals, its blanks and the way its accents are encoded."""
    return unicodedata.normalize("NFC", " ".join(text.casefold().split()))
