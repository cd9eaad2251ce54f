"""What tells a person in text that is filed under nobody: the names and addresses by which they are known. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

from talent_mcp.audit.subjects import Subject
from talent_tools.contact import email_key, linkedin_handle, phone_key
from talent_tools.people import folded, name_key
from talent_tools.text import readings

SHORTEST = 5
"""Anything shorter stands in a text by chance."""
OTHER_THAN_DIGITS = re.compile(r"[^0-9]+")
SHORTEST_JOINED = 8
FIRST_UNPARTED = "\u0e00"
"""From Thai on (in the order of Unicode) there are scripts without blanks between words."""
LONGEST_ADDRESS = 320
LONGEST_NAMING = 200
"""In a longer text the parts of a name may stand by chance, far from each other."""
WORDS = re.compile(r"[^\W_]+")
NATIONAL = 8
"""So many digits are a telephone number without its country."""
SPELT_OTHERWISE = re.compile("%|xn--", re.IGNORECASE)
NAMES = ("name", "first_name", "last_name")


class Traces:
    """Finds a person in text. What is `sure` belongs to one person; a name or a telephone may be others' too."""

    def __init__(self, sure: Iterable[str], shared: Iterable[str]) -> None:
        self._sure = {*sure} - {""}
        self._shared = {*shared} - {""}

    def in_text(self, text: str, *, about_somebody_else: bool) -> bool:
        """Whether a text tells of the person; of what is about another person only what is sure says so."""
        return self._stand_in([text], about_somebody_else=about_somebody_else)

    def in_json(self, value: JsonValue, *, about_somebody_else: bool) -> bool:
        """The same for a JSON value: each of its texts, however it is spelt, and first and last names put together."""
        return self._stand_in([*spelt_out(value)], about_somebody_else=about_somebody_else)

    def _stand_in(self, texts: Sequence[str], *, about_somebody_else: bool) -> bool:
        # Whole, and as it was written: what is cut or left out for models may be where the person is told of.
        read = {folded(reading) for text in texts for reading in readings(text)}
        numbers = {number for text in texts if (number := digits_of(text))}
        wanted = self._sure if about_somebody_else else self._sure | self._shared
        return any(is_number(word, numbers) if word.isdigit() else is_named(word, read) for word in wanted)


def is_named(word: str, texts: Collection[str]) -> bool:
    """Whether this stands in one of the texts, and as no part of another word; as the whole of it, if it may stand in
    one by chance. A name may have its parts in any order, or run together."""
    if word in texts:
        return True
    held = [text for text in texts if len(word) >= SHORTEST and word in text]
    if held and any(map(alone(word).search, held)):
        return True
    # An address or a number has no blank.
    parts = WORDS.findall(word) if " " in word else []
    return len(parts) > 1 and any(holds_parts(text, parts) for text in texts)


def alone(word: str) -> re.Pattern[str]:
    """Finds a word that is no part of another one, in the scripts that part words."""
    before = "(?<![^\\W_])" if word[0] < FIRST_UNPARTED else ""
    after = "(?![^\\W_])" if word[-1] < FIRST_UNPARTED else ""
    return re.compile(f"{before}{re.escape(word)}{after}")


def holds_parts(text: str, parts: Sequence[str]) -> bool:
    joined, words = "".join(parts), {*WORDS.findall(text)}
    if len(joined) >= SHORTEST_JOINED and not words.isdisjoint((joined, "".join(reversed(parts)))):
        return True
    return len(text) <= LONGEST_NAMING and {*parts} <= words


def is_number(word: str, numbers: Collection[str]) -> bool:
    """Whether this telephone number stands in one of these, with its country or without."""
    national = [number.lstrip("0") for number in numbers]
    return len(word) >= SHORTEST and (
        any(word in number for number in numbers)
        or any(len(number) >= NATIONAL and word.endswith(number) for number in national)
    )


def spelt_out(value: JsonValue) -> Iterator[str]:
    """Every text in a JSON value; beside it the address, profile or telephone number that it is, and names that
    stand in parts."""
    for place in objects(value):
        yield from names_in(place)
    for text in leaves(value):
        yield text
        if len(text) <= LONGEST_ADDRESS and (not text.isascii() or SPELT_OTHERWISE.search(text)):
            yield from addresses_of(text)


def leaves(value: JsonValue) -> Iterator[str]:
    """Every text in a JSON value, names of fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from leaves(inner)


def traces(people: Iterable[Subject], recorded: Iterable[JsonValue]) -> Traces:
    """How to find people, from what identifies them and from what is recorded about them alone."""
    sure, shared = set[str](), set[str]()
    for kind, _, value in (identifier.partition(":") for person in people for identifier in person):
        match kind:
            case "phone":
                shared.add(digits_of(value))
            case "name":
                shared.add(name_key(value))
            case _:
                sure.add(name_key(value))
    for place in (place for value in recorded for place in objects(value)):
        shared.update(names_in(place))
        for text in texts_in(place):
            sure.update(addresses_of(text))
            shared.update(phones_of(text))
    return Traces(sure, shared)


def objects(value: JsonValue) -> Iterator[Mapping[str, Any]]:
    """Every object in a JSON value, itself included."""
    held: Iterable[JsonValue] = ()
    if isinstance(value, dict):
        yield value
        held = value.values()
    elif isinstance(value, list):
        held = value
    for inner in held:
        yield from objects(inner)


def names_in(place: Mapping[str, Any]) -> Iterator[str]:
    name, first, last = (place.get(field) for field in NAMES)
    if isinstance(name, str) and " " in name.strip():
        yield name_key(name)
    if isinstance(first, str) and isinstance(last, str):
        yield name_key(f"{first} {last}")


def texts_in(place: Mapping[str, Any]) -> Iterator[str]:
    """The short texts that an object holds itself, or in lists."""
    for held in place.values():
        yield from short_texts(held)


def short_texts(held: Any) -> list[str]:
    texts = cast("list[object]", held) if isinstance(held, list) else [held]
    return [text for text in texts if isinstance(text, str) and len(text) <= LONGEST_ADDRESS]


def addresses_of(text: str) -> Iterator[str]:
    """What a text is, if it is an e-mail address or a profile, normalised."""
    if "@" in text and (email := email_key(text)):
        yield email
    if "linkedin.com/" in text.lower() and (handle := linkedin_handle(text)):
        yield handle


def phones_of(text: str) -> Iterator[str]:
    """The digits of a text that is a telephone number with its country."""
    if text.lstrip().startswith("+") and (phone := phone_key(text)):
        yield digits_of(phone)


def digits_of(text: str) -> str:
    return OTHER_THAN_DIGITS.sub("", text)
