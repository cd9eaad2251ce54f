"""What a call names, and where a name may have been read: in the identifiers of a result, or in its text. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from pydantic import JsonValue

from talent_tools.contact import linkedin_handle
from talent_tools.text import clean

Role = Literal["record", "handle", "file", "field", "value"]
"""What a name is good for: the record to change (by its LinkedIn handle alone), a file to send, a field to change, or
a contact to store."""

ADDRESSES = frozenset({"address", "email"})
IDENTIFIERS = frozenset({"id", "person_id", "profile_id", "linkedin_url", *ADDRESSES})
"""Fields of results that say which record it is, where they hold one identifier and nothing else."""
OURS = frozenset(
    {"after", "field", "kept", "next", "next_step", "notes", "not_found", "plan_id", "read_back", "status"}
)
"""Fields that hold our own words, or what the caller gave: of a result itself, and of the changes in it."""
CHANGES = frozenset({"changes", "differences"})
LEAST = 4
"""Fewer letters and digits stand in any text."""
UNMISTAKABLE = 10
"""So many are taken for the same however they are spaced and punctuated; fewer have to stand alone."""
LONGEST_IDENTIFIER = 300
_APART = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+|-")
_LAST = re.compile(r"[^/\\]+\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """One name in the arguments of a call."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Text as names are looked up in it: its words and hyphens with a blank around each, and without either."""

    words: str
    squeezed: str

    def __len__(self) -> int:
        return len(self.words) + len(self.squeezed)


def heard(text: str) -> Heard:
    """Text that was given to a model, made ready to be searched."""
    alike = spelt_alike(f"{text}\n{unquote(text)}" if "%" in text else text)
    return Heard(in_words(alike), squeezed(alike))


def names(named: Named, text: Heard) -> bool:
    """Whether a text has this name in it."""
    return any_names(named, [text])


def any_names(named: Named, texts: Iterable[Heard]) -> bool:
    """Whether one of these texts has this name in it; what the name is looked for by is made out once for all."""
    handle = handle_in(named)
    forms = [_handle_form(handle)] if handle is not None else [_form(spelt) for spelt in _spellings(named)]
    return any(_occurs(form, text) for text in texts for form in forms)


def spelt_alike(text: str) -> str:
    """What two spellings of one name share."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def in_words(alike: str) -> str:
    """Each word and each hyphen with a blank around it, so that what stands alone is found without a search."""
    return f" {' '.join(_WORD.findall(alike))} "


def squeezed(alike: str) -> str:
    return _APART.sub("", alike)


def key(named: Named) -> str:
    """A name, for comparing it with another one."""
    handle = handle_in(named)
    return f"in/{handle}" if handle else spelt_alike(str(clean(named.text)))


def handle_in(named: Named) -> str | None:
    """The handle, where a LinkedIn profile is named."""
    return linkedin_handle(named.text) if named.role == "handle" or "/" in named.text else None


def identifiers_in(result: JsonValue) -> Iterator[Named]:
    """The identifiers of the records in a result."""
    for name, value in _leaves(result):
        if _identifies(name, value):
            yield Named("record", value)


def text_in(result: JsonValue) -> str:
    """All other text of a result: whoever wrote it may have meant it as instructions."""
    told = (value for name, value in _leaves(result) if not _identifies(name, value))
    return "\n".join(str(clean(value)) for value in told)


def all_text_in(value: JsonValue) -> str:
    """All text of what nobody could read: none of it is an identifier of anything."""
    return "\n".join(str(clean(told)) for _, told in _leaves(value))


def named_in(arguments: JsonValue, places: Mapping[str, Role]) -> Iterator[Named]:
    """What arguments name, by the places of names in them: a path such as `find.email`, `*` for any name or item."""
    for path, role in places.items():
        yield from (Named(role, text) for text in _at(arguments, path.split(".")) if text)


def can_be_told(named: Named) -> bool:
    """Whether text is looked into for this name: the one plain word of a field stands in any text."""
    return any(True for _ in _spellings(named))


def _at(value: JsonValue, path: list[str]) -> Iterator[str]:
    if not path:
        if isinstance(value, str):
            yield value
        return
    step, *rest = path
    if step == "*" and isinstance(value, list):
        for item in value:
            yield from _at(item, rest)
    elif step == "*keys" and isinstance(value, dict):
        yield from value
    elif isinstance(value, dict):
        yield from _at(value.get(step), rest)


def _leaves(value: JsonValue, name: str = "", *, ours: bool = True) -> Iterator[tuple[str, str]]:
    """Every string, with the name of the field that holds it; where fields may be `ours`, none of those."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name, ours=ours)
    elif isinstance(value, dict):
        for field, item in value.items():
            if not field.isidentifier():
                # No field of ours, and none that a vendor documents, is called like this.
                yield "", field
            # What a vendor made of a change is its own words.
            if not ours or field not in OURS or (field == "after" and name == "differences"):
                yield from _leaves(item, field, ours=ours and field in CHANGES)


def _identifies(name: str, value: str) -> bool:
    if name not in IDENTIFIERS or (name in ADDRESSES and "@" not in value):
        return False
    return len(value) <= LONGEST_IDENTIFIER and not any(character.isspace() for character in value.strip())


def _spellings(named: Named) -> Iterator[str]:
    """The spellings that a name is looked for by."""
    text = spelt_alike(str(clean(named.text)))
    if named.role == "field":
        # One word alone, such as title, stands in any text; an id is no word.
        if " " in text or any(map(str.isdigit, text)):
            yield text
        return
    yield text
    if named.role == "file" and (last := _LAST.search(text)) is not None:
        yield last[0]


@dataclass(frozen=True, slots=True)
class _Form:
    """What is looked for: `bare` in squeezed text, and `alone` in words; either may be nothing."""

    bare: str
    alone: str


def _handle_form(handle: str) -> _Form:
    """A handle is often no more than a person's name, so that it has to be spelt as one."""
    form = spelt_alike(handle)
    return _Form(squeezed(f"linkedin.com/in/{form}"), "" if form.isalpha() else in_words(form))


def _form(spelt: str) -> _Form:
    bare = squeezed(spelt)
    if len(bare) >= UNMISTAKABLE:
        return _Form(bare, "")
    return _Form("", in_words(spelt) if len(bare) >= LEAST else "")


def _occurs(form: _Form, text: Heard) -> bool:
    return bool((form.bare and form.bare in text.squeezed) or (form.alone and form.alone in text.words))
