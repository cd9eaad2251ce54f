"""How sure it is that a record of Stardex or Jarvi is of the person who is asked for. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from talent_tools.contact import host_name, linkedin_handle
from talent_tools.people import full_name, name_key
from talent_tools.values import email_identity

Sure = Literal["certain", "likely", "possible"]
By = Literal["linkedin", "email", "name and company", "name"]

SUREST_FIRST: tuple[Sure, ...] = ("certain", "likely", "possible")
_LEGAL_FORM = re.compile(r"ab|ag|bv|co|corp|gmbh|inc|kg|limited|ll[cp]|ltd|nv|oy|plc|sa|sarl|sas|se|spa|srl")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """Who is asked for, as people write it; `first_name` and `last_name` are of the name, where that can be split."""

    linkedin: str | None = None
    email: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    domain: str | None = None

    @property
    def handle(self) -> str | None:
        return linkedin_handle(self.linkedin) if self.linkedin else None

    @property
    def companies(self) -> set[str]:
        """The company as it may be called: a domain begins with a name of it."""
        label = host_name(self.domain).partition(".")[0] if self.domain else ""
        return {key for key in (company_key(self.company or ""), company_key(label)) if key}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A person as a vendor keeps one."""

    id: str
    handles: frozenset[str]
    emails: frozenset[str]
    names: frozenset[str]
    company: str | None


def record(
    *,
    id: str,  # noqa: A002  # what the vendors call it
    linkedin: Iterable[str | None],
    emails: Iterable[str | None],
    names: Iterable[str | None],
    company: str | None,
) -> Record:
    """A record, with each identifier in the one spelling that can be compared."""
    handles = (linkedin_handle(text) for text in linkedin if text)
    return Record(
        id=id,
        handles=frozenset(handle for handle in handles if handle),
        emails=frozenset(email_identity(text) for text in emails if text and text.strip()),
        names=frozenset(plain_name(text) for text in names if text and text.strip()),
        company=company,
    )


def judged(sought: Sought, known: Record) -> tuple[Sure, By] | None:
    """How sure it is that both are one person, and by what; None if nothing says so.

    A record with another LinkedIn profile is less sure: namesakes have one each.
    """
    another = bool(sought.handle and known.handles and sought.handle not in known.handles)
    if sought.handle and sought.handle in known.handles:
        return "certain", "linkedin"
    if sought.email and email_identity(sought.email) in known.emails:
        return "likely" if another else "certain", "email"
    if not sought.name or plain_name(sought.name) not in known.names:
        return None
    if company_key(known.company or "") in sought.companies:
        return "possible" if another else "likely", "name and company"
    return None if another else ("possible", "name")


def name_parts(name: str | None, first: str | None, last: str | None) -> tuple[str | None, str | None, str | None]:
    """The whole name, the first word of it and the last, from what is given of it."""
    whole = name or full_name(first, last)
    words = (whole or "").split()
    if len(words) < 2:
        return None, None, None
    return whole, words[0], words[-1]


def plain_name(text: str) -> str:
    """What spellings of one name share, with and without accents."""
    return without_accents(name_key(text))


def company_key(text: str) -> str:
    """What spellings of one company share: its words without accents and legal form, in one."""
    words = [*_words(text)]
    while len(words) > 1 and _LEGAL_FORM.fullmatch(words[-1]):
        words.pop()
    return "".join(words)


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _WORD.finditer(without_accents(text.casefold()).replace(".", "")))


def without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
