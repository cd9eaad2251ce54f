"""Whether a person is already in Stardex or Jarvi: looked up before credits are spent, as that costs none."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import JsonValue

from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments, UnreadableAnswer, VendorRefused, VendorUnavailable
from talent_tools.jarvi.client import PAGE, Jarvi, JarviProfile
from talent_tools.jarvi.find_profile import NO_KEY
from talent_tools.people import Subject, full_name, subject
from talent_tools.result import Result
from talent_tools.same_person import SUREST_FIRST, By, Record, Sought, Sure, judged, record
from talent_tools.stardex.client import Stardex, StardexPerson
from talent_tools.vendor import VENDOR_NAMES, Vendor

Key = Literal["linkedin", "email", "name"]
KEYS: tuple[Key, ...] = ("linkedin", "email", "name")
"""The surest first."""
ID_NAMES = {"stardex": "person_id", "jarvi": "profile_id"}
"""As the other tools name them."""
MOST_RECORDS = 5
"""Of one vendor: a longer list tells nobody apart."""

NOTHING_TO_LOOK_BY = (
    "already_in looks by person.linkedin, person.email, or first_name and last_name. Give one of these, or leave "
    "already_in out. Nothing was sent."
)
WITHOUT = "Nothing was spent. Without already_in the call does not look there."
NO_KEY_HERE = "There is no key for {name}."
INCONCLUSIVE = "The answer of {name} does not tell."


class KnownRecord(Result):
    """What one vendor says of the person.

    `match` is how sure it is, `by` what was compared, `company` the current one of the record, whose identifier is the
    `person_id` of Stardex or the `profile_id` of Jarvi. Where there is none `match` is none, or not_looked and `why`.
    """

    vendor: Vendor
    match: Sure | Literal["none", "not_looked"]
    person_id: str | None = None
    profile_id: str | None = None
    by: By | None = None
    company: str | None = None
    why: str | None = None


class Inconclusive(Exception):
    """The answer of a vendor does not tell whether it has the person."""


Find = Callable[[Key], Awaitable[Sequence[Record]]]
"""The records that a vendor gives for one key of the person: it may be among them.

Raises Inconclusive, and what the vendor's client raises.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A vendor to look in; `find` is None where there is no key for it."""

    vendor: Vendor
    find: Find | None


async def known_records(sought: Sought, clients: Clients) -> list[KnownRecord]:
    """What Stardex and Jarvi say of a person, the surest record of each first.

    Raises:
        InvalidArguments: there is nothing to look by.
        VendorUnavailable: one of them cannot be asked now.
        VendorRefused: one of them does not accept the key.
    """
    keys: list[Key] = [key for key in KEYS if getattr(sought, key)]
    if not keys:
        raise InvalidArguments(NOTHING_TO_LOOK_BY)
    has = clients.has_key
    places = (
        Place("stardex", in_stardex(sought, clients.stardex) if await has("stardex") else None),
        Place("jarvi", in_jarvi(sought, clients.jarvi) if await has("jarvi") else None),
    )
    return [row for place in places for row in await rows(sought, keys, place)]


async def rows(sought: Sought, keys: Sequence[Key], place: Place) -> list[KnownRecord]:
    """What one vendor says."""
    if place.find is None:
        return [not_looked(place.vendor, NO_KEY_HERE)]
    try:
        found, told = await fitting(sought, keys, place.find)
    except VendorUnavailable as failure:
        raise VendorUnavailable(f"{failure} {WITHOUT}", retry_after=failure.retry_after) from None
    except VendorRefused as failure:
        raise VendorRefused(f"{failure} {WITHOUT}", status=failure.status) from None
    if found:
        return [shown(place.vendor, known, *fit) for known, fit in sorted(found, key=sureness)[:MOST_RECORDS]]
    return [KnownRecord(vendor=place.vendor, match="none") if told else not_looked(place.vendor, INCONCLUSIVE)]


Fit = tuple[Sure, By]
Fitting = tuple[Record, Fit]


async def fitting(sought: Sought, keys: Sequence[Key], find: Find) -> tuple[list[Fitting], bool]:
    """The records that may be the person, and whether that all answers told; no further once one is certain.

    Raises what the vendor's client raises where the vendor is down or does not accept the key.
    """
    found: dict[str, Fitting] = {}
    told = True
    for key in keys:
        try:
            records = await find(key)
        except (Inconclusive, UnreadableAnswer, VendorRefused) as failure:
            if isinstance(failure, VendorRefused) and failure.status in NO_KEY:
                raise
            told = False
            continue
        found |= {known.id: (known, fit) for known in records if (fit := judged(sought, known))}
        if any(sure == "certain" for _, (sure, _) in found.values()):
            break
    return unshared([*found.values()]), told


def unshared(found: Sequence[Fitting]) -> list[Fitting]:
    """The same, less sure where several records have the e-mail: it is that of an office, or a record is another's."""
    by_email = [known.id for known, fit in found if fit == ("certain", "email")]
    if len(by_email) < 2:
        return [*found]
    return [(known, ("likely", "email") if known.id in by_email else fit) for known, fit in found]


def sureness(one: Fitting) -> int:
    return SUREST_FIRST.index(one[1][0])


def shown(vendor: Vendor, known: Record, sure: Sure, by: By) -> KnownRecord:
    identifier = {ID_NAMES[vendor]: known.id}
    return KnownRecord(vendor=vendor, match=sure, by=by, company=known.company, **identifier)


def record_subject(row: dict[str, Any]) -> Subject:
    """Whom a row of a result (as JSON values) is about; nobody if it names no record."""
    stardex, jarvi = row.get("person_id"), row.get("profile_id")
    return subject(ids=[*([f"stardex:{stardex}"] if stardex else ()), *([f"jarvi:{jarvi.lower()}"] if jarvi else ())])


def not_looked(vendor: Vendor, why: str) -> KnownRecord:
    return KnownRecord(vendor=vendor, match="not_looked", why=why.format(name=VENDOR_NAMES[vendor]))


def in_stardex(sought: Sought, stardex: Stardex) -> Find:
    async def find(key: Key) -> list[Record]:
        criteria = {"linkedin": "linkedin_url", "email": "email", "name": "name"}
        try:
            persons = await stardex.find_persons(**{criteria[key]: getattr(sought, key)})
        except InvalidArguments:
            # More persons than can be looked through.
            raise Inconclusive from None
        return [stardex_record(person) for person in persons]

    return find


def stardex_record(person: StardexPerson) -> Record:
    return record(
        id=person.id,
        linkedin=[person.linkedin_public_id, person.linkedin_url],
        emails=[one.value for one in person.emails or ()],
        names=[person.name, full_name(person.first_name, person.last_name)],
        company=person.current_company_name,
    )


def in_jarvi(sought: Sought, jarvi: Jarvi) -> Find:
    async def find(key: Key) -> list[Record]:
        records = [jarvi_record(profile) for profile in await jarvi.find_profiles(jarvi_criteria(sought, key))]
        if len(records) >= PAGE and not any(judged(sought, known) for known in records):
            # There are more, or Jarvi did not understand: it then gives just anybody.
            raise Inconclusive
        return records

    return find


def jarvi_criteria(sought: Sought, key: Key) -> dict[str, JsonValue]:
    if key == "linkedin":
        return {"publicIdentifier": {"_eq": sought.handle}}
    if key == "email":
        return {"emails": {"_search": sought.email}}
    first, last = escaped(sought.first_name or ""), escaped(sought.last_name or "")
    return {"firstName": {"_ilike": f"{first}%"}, "lastName": {"_ilike": f"%{last}"}}


def escaped(text: str) -> str:
    """The text where it stands for nothing but itself in a pattern."""
    return "".join(f"\\{one}" if one in "\\%_" else one for one in text)


def jarvi_record(profile: JarviProfile) -> Record:
    return record(
        id=profile.id,
        linkedin=[profile.linkedin_url],
        emails=[one.address for one in profile.email_addresses or ()],
        names=[full_name(profile.first_name, profile.last_name)],
        company=profile.current_company_name,
    )
