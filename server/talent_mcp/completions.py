"""What a person may mean while typing an argument of a prompt or of a resource template."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources as files

from mcp.types import Completion, CompletionArgument

from talent_mcp.identity import Caller
from talent_mcp.resources import Resources
from talent_tools.ocean.enums import DEPARTMENTS, SENIORITIES
from talent_tools.text import clean

Option = tuple[str, str]
"""A value, and words that it is found by too: a country's name, a call's tool."""

MOST_VALUES = 100
"""The protocol's limit on the values of one answer."""
RECENT_CALLS = 100
RECENT_CALLS_WITH_PEOPLE = 20
"""People are in the results, which are read for them at every key that is pressed."""
LISTS = frozenset({"countries", "seniorities", "departments", "calls"})
"""Arguments that hold several values; the one behind the last comma is completed."""


class Completions:
    """Completes an argument by its name, which means the same in every prompt and template."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def complete(self, argument: CompletionArgument, caller: Caller) -> Completion:
        """Values that begin with what was typed, then those that contain it; none for names of other things.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        before, typed = split(argument.value) if argument.name in LISTS else ("", argument.value)
        found = matching(await self._options(argument.name, caller), typed)
        values = [before + value for value in found[:MOST_VALUES]]
        return Completion(values=values, total=len(found), has_more=len(found) > MOST_VALUES)

    async def _options(self, name: str, caller: Caller) -> Iterable[Option]:
        match name:
            case "country" | "countries":
                return countries()
            case "seniority" | "seniorities":
                return [(value, "") for value in SENIORITIES]
            case "department" | "departments":
                return [(value, "") for value in DEPARTMENTS]
            case "call_id" | "calls":
                return await self._calls(caller)
            case "ocean_id":
                return await self._people(caller)
            case _:
                return ()

    async def _calls(self, caller: Caller) -> list[Option]:
        recent = self._resources.recent_calls(caller, limit=RECENT_CALLS)
        return [(entries[0].entry.call_id, str(entries[0].envelope.get("tool", ""))) async for entries in recent]

    async def _people(self, caller: Caller) -> Iterable[Option]:
        recent = self._resources.recent_calls(caller, limit=RECENT_CALLS_WITH_PEOPLE)
        people = [person async for entries in recent for person in await self._resources.people_in(entries)]
        # What a client is given to read is clean; an id that is not cannot be asked for.
        known = [person for person in people if clean(person["id"]) == person["id"]]
        return {str(person["id"]): str(person.get("name", "")) for person in known}.items()


def split(text: str) -> tuple[str, str]:
    """What stays of a list with commas, and what is being typed behind it."""
    kept, comma, typed = text.rpartition(",")
    return (f"{kept}, ", typed) if comma else ("", typed)


def matching(options: Iterable[Option], typed: str) -> list[str]:
    """The values that fit, themselves or by their words: those that begin so, then those that contain it."""
    wanted = folded(typed.strip())
    keys = {value: (folded(value), folded(words)) for value, words in options}
    first = [value for value, found in keys.items() if any(key.startswith(wanted) for key in found)]
    first.sort(key=lambda value: not keys[value][0].startswith(wanted))
    begun = frozenset(first)
    rest = [value for value, found in keys.items() if any(wanted in key for key in found)]
    return first + [value for value in rest if value not in begun]


def folded(text: str) -> str:
    """Without capitals and accents: "reunion" finds Réunion."""
    return "".join(part for part in unicodedata.normalize("NFD", text) if not unicodedata.combining(part)).casefold()


@cache
def countries() -> tuple[Option, ...]:
    """ISO 3166-1 alpha-2 codes in lower case, with English names; after tzdata's iso3166.tab, in the public domain."""
    lines = (files.files("talent_mcp") / "countries.txt").read_text(encoding="utf-8").splitlines()
    return tuple((line[:2], line[3:]) for line in lines)
