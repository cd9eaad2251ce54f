"""Finding the one Stardex person with a LinkedIn profile or an e-mail."""

import re
from collections.abc import Iterable

from talent_tools.arguments import Arguments
from talent_tools.contact import linkedin_handle
from talent_tools.errors import InvalidArguments
from talent_tools.stardex.client import Stardex, StardexPerson
from talent_tools.values import ProfileUrl, Text, email_identity

MAX_LISTED = 10
_IDENTIFIER = re.compile(r"[\w-]{1,64}", re.ASCII)


class FindPerson(Arguments):
    """Exactly one of the two."""

    linkedin_url: ProfileUrl | None = None
    email: Text | None = None


async def found_person_id(find: FindPerson, stardex: Stardex) -> str:
    """The id of the only person that has this profile or e-mail.

    Raises:
        InvalidArguments: not exactly one criterion is given, or no or several persons have it; the text
            lists ids and nothing else of them.
    """
    if find.linkedin_url and not find.email:
        persons = await stardex.find_persons(linkedin_url=find.linkedin_url)
        matching = [person for person in persons if _has_profile(person, find.linkedin_url)]
    elif find.email and not find.linkedin_url:
        persons = await stardex.find_persons(email=find.email)
        matching = [person for person in persons if _has_email(person, find.email)]
    else:
        raise InvalidArguments("Give exactly one of find.linkedin_url and find.email.")
    return _only_id(matching, persons)


def _has_profile(person: StardexPerson, url: str) -> bool:
    known = (person.linkedin_public_id, person.linkedin_url)
    return linkedin_handle(url) in {linkedin_handle(text) for text in known if text}


def _has_email(person: StardexPerson, email: str) -> bool:
    known = {email_identity(contact.value) for contact in person.emails or () if contact.value}
    return email_identity(email) in known


def _only_id(matching: Iterable[StardexPerson], found: Iterable[StardexPerson]) -> str:
    ids = tuple(dict.fromkeys(person.id for person in matching))
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise InvalidArguments(f"Several Stardex persons match: {_listed(ids)}. Ask which, then give person_id.")
    loose = tuple(dict.fromkeys(person.id for person in found))
    similar = f" The search gave other persons: {_listed(loose)}." if loose else ""
    raise InvalidArguments(f"No Stardex person has this LinkedIn profile or e-mail; nothing was changed.{similar}")


def _listed(ids: tuple[str, ...]) -> str:
    """The first ids; one that is not a plain identifier is vendor text and is not shown."""
    shown = [identifier for identifier in ids if _IDENTIFIER.fullmatch(identifier)][:MAX_LISTED]
    rest = len(ids) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
