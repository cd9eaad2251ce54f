"""How near misses in filter values are put right, and what is said about the ones that cannot be."""

import re
from collections.abc import Callable

from pydantic import AfterValidator, BeforeValidator

from talent_tools.arguments import parse_json_text
from talent_tools.contact import host_name, linkedin_handle
from talent_tools.values import one_or_many

# A hyphen before a digit separates the ends of a range and has to stay.
_SEPARATORS = re.compile(r"[\s_]|-(?![0-9])")
_MEANT = {"uk": "gb"}
"""Codes that ISO 3166-1 has not, and those it has in their place."""
LONGEST_HOST = 253
_MONTH = re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])")
_DAY = re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


def spelling(*known: str) -> Callable[[str], str]:
    """A repair that gives a known value the vendor's capitals and separators, and leaves any other alone."""
    by_key = {_spelling_key(value): value for value in known}

    def repair(text: str) -> str:
        return by_key.get(_spelling_key(text), text)

    return repair


def each(repair: Callable[[str], str]) -> AfterValidator:
    """The repair for every string of a list."""

    def repair_all(texts: list[str]) -> list[str]:
        return [repair(text) for text in texts]

    return AfterValidator(repair_all)


def under(name: str) -> BeforeValidator:
    """A repair that puts a bare string or list into the field `name` of the object that belongs there."""

    def repair(value: object) -> object:
        parsed = parse_json_text(value)
        return {name: one_or_many(parsed)} if _is_bare(parsed) else parsed

    return BeforeValidator(repair)


def as_city(value: object) -> object:
    """The object that belongs where only the name of a city was given."""
    return {"city": value} if isinstance(value, str) else value


def as_handle(text: str) -> str:
    """The handle of a LinkedIn profile.

    Raises:
        ValueError: the text is neither a handle nor the URL of a profile.
    """
    if (handle := linkedin_handle(text)) is None:
        raise ValueError("give a LinkedIn handle such as jane-doe, or a linkedin.com/in/ URL")
    return handle


def as_host(text: str) -> str:
    """The bare host of a URL or of a host.

    Raises:
        ValueError: it is longer than any host.
    """
    if len(host := host_name(text)) > LONGEST_HOST:
        raise ValueError(f"give a host such as acme.com, of at most {LONGEST_HOST} characters")
    return host


def as_country(text: str) -> str:
    """The ISO 3166-1 code in lower case.

    Raises:
        ValueError: the text cannot be one.
    """
    code = text.strip().lower()
    if not re.fullmatch("[a-z]{2}", code):
        raise ValueError("give the two-letter code, e.g. gb for the United Kingdom, de for Germany")
    return _MEANT.get(code, code)


def as_month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise ValueError("write the month as YYYY-MM")
    return text


def as_day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("write the day as YYYY-MM-DD")
    return text


def _is_bare(value: object) -> bool:
    return isinstance(value, str | list)


def _spelling_key(text: str) -> str:
    return _SEPARATORS.sub("", text).casefold()
