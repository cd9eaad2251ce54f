"""enrich_person: the whole record of one known person, from Ocean.io."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, JsonValue, WithJsonSchema

from talent_tools.already_in import KnownRecord, known_records, record_subject
from talent_tools.arguments import Nested
from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments
from talent_tools.ocean.client import Enrichment, Person, ocean_subject, region_of
from talent_tools.ocean.values import Host, OceanArguments
from talent_tools.people import Found, Subject, apart, full_name, subject
from talent_tools.prices import Prices
from talent_tools.result import Result
from talent_tools.reuse import PaidArguments, Reuse
from talent_tools.same_person import Sought, name_parts
from talent_tools.spec import ReadTool
from talent_tools.values import Email, ProfileUrl

PENDING_SECONDS = 120
"""Ocean.io's own words are "2 to 5 minutes"."""
IN_PROGRESS = "inProgress"
SURELY_THERE = (
    "This person is in the firm's own system already, so nothing was spent. Go on with that record; to pay for the "
    "Ocean.io profile all the same, add refresh: true."
)
COST_UNKNOWN = "not reported by Ocean.io; talent://status shows the credits left"


def _given(value: object) -> object:
    """A blank string is how some hosts leave an argument out."""
    return None if isinstance(value, str) and not value.strip() else value


Given = Annotated[str | None, BeforeValidator(_given)]


class PersonKeys(OceanArguments):
    id: Given = None
    name: Given = None
    first_name: Given = None
    last_name: Given = None
    job_title: Given = None
    email: Annotated[Email | None, BeforeValidator(_given)] = None
    phone: Given = None
    facebook: Given = None
    twitter: Given = None
    linkedin: Annotated[ProfileUrl | None, BeforeValidator(_given)] = None
    country: Given = None


class CompanyKeys(OceanArguments):
    name: Given = None
    domain: Annotated[Host | None, BeforeValidator(_given)] = None
    registration_number: Given = None
    email: Given = None
    phone: Given = None
    country_code: Given = None
    state: Given = None
    city: Given = None
    street_address: Given = None
    postal_code: Given = None
    address: Given = None
    facebook: Given = None
    twitter: Given = None
    linkedin: Given = None
    instagram: Given = None
    xing: Given = None
    youtube: Given = None


class EnrichPersonArguments(PaidArguments):
    person: Nested[PersonKeys]
    company: Nested[CompanyKeys] | None = None
    reveal_emails: bool = False
    reveal_phones: bool = False
    already_in: bool | None = None


class EnrichPersonResult(Result):
    """What came of it; `person` is there exactly when `status` is found, `cost` when its credits are not known, or when
    it was paid for before. Where they are not known `credits_at_most` is added. `already_in` is what Stardex and Jarvi
    say, if that was asked."""

    status: Literal["found", "pending", "no_match", "already_in"]
    person: Annotated[Person | None, WithJsonSchema({"type": "object"})] = None
    retry_after_seconds: int | None = None
    credits_used: float | None = None
    credits_at_most: float | None = None
    cost: str | None = None
    already_in: Annotated[list[KnownRecord] | None, WithJsonSchema({"type": "array"})] = None
    next_step: str | None = None


async def enrich_person(arguments: EnrichPersonArguments, clients: Clients) -> EnrichPersonResult:
    """Pays, unless the person is surely known to the firm and nobody wants a new answer all the same."""
    body, known = request_body(arguments), await known_to_the_firm(arguments, clients)
    if is_there(known) and not arguments.refresh:
        return EnrichPersonResult(status="already_in", credits_used=0.0, already_in=known, next_step=SURELY_THERE)
    return read_enrichment(await clients.ocean.enrich_person(body)).model_copy(update={"already_in": known})


async def beside(arguments: EnrichPersonArguments, result: EnrichPersonResult, clients: Clients) -> EnrichPersonResult:
    """The result with what Stardex and Jarvi say now."""
    return result.model_copy(update={"already_in": await known_to_the_firm(arguments, clients)})


async def known_to_the_firm(arguments: EnrichPersonArguments, clients: Clients) -> list[KnownRecord] | None:
    return await known_records(sought(arguments), clients) if arguments.already_in else None


def is_there(known: list[KnownRecord] | None) -> bool:
    return any(one.match == "certain" for one in known or ())


def sought(arguments: EnrichPersonArguments) -> Sought:
    person, company = arguments.person, arguments.company or CompanyKeys()
    name, first_name, last_name = name_parts(person.name, person.first_name, person.last_name)
    return Sought(
        linkedin=person.linkedin,
        email=person.email,
        name=name,
        first_name=first_name,
        last_name=last_name,
        company=company.name,
        domain=company.domain,
    )


def request_body(arguments: EnrichPersonArguments) -> dict[str, JsonValue]:
    """The vendor's body: what was given, and both reveal flags.

    Raises:
        InvalidArguments: nothing was given to find the person by.
    """
    body: dict[str, JsonValue] = arguments.model_dump(by_alias=True, exclude_none=True, include={"person", "company"})
    if not body["person"]:
        raise InvalidArguments(
            "person is empty. Give linkedin, or email, or first_name and last_name with company.domain."
            " Nothing was sent."
        )
    body["revealEmails"] = {"includeEmails": arguments.reveal_emails}
    body["revealPhones"] = {"includePhones": arguments.reveal_phones}
    return body


def worst_case(arguments: EnrichPersonArguments, prices: Prices) -> Decimal:
    emails = prices.email if arguments.reveal_emails else 0
    phones = prices.phone if arguments.reveal_phones else 0
    return prices.enrichment + emails + phones


def cost(arguments: EnrichPersonArguments, result: dict[str, Any], prices: Prices) -> Decimal:
    """All that was asked for, but for what Ocean.io says that it did not find. While it is pending nothing was found:
    the call that brings the answer costs what it brings."""
    person = result.get("person")
    emails = prices.email if arguments.reveal_emails and may_be_found(person, "email") else 0
    phones = prices.phone if arguments.reveal_phones and may_be_found(person, "phone") else 0
    return prices.enrichment + emails + phones


def is_shared(result: dict[str, Any]) -> bool:
    """Whether Ocean.io was asked."""
    return bool(result["status"] != "already_in")


def keeps(result: dict[str, Any]) -> bool:
    return "person" in result


def parts(arguments: EnrichPersonArguments) -> frozenset[str]:
    """What is to be revealed."""
    wanted = (("email", arguments.reveal_emails), ("phone", arguments.reveal_phones))
    return frozenset(contact for contact, asked in wanted if asked)


def holds(result: dict[str, Any]) -> frozenset[str]:
    """What was looked for, where that has ended."""
    return frozenset(contact for contact in ("email", "phone") if is_settled(result["person"].get(contact)))


def is_settled(contact: dict[str, Any] | None) -> bool:
    return contact is not None and contact.get("status") not in (None, IN_PROGRESS)


def free(result: EnrichPersonResult, told: str) -> EnrichPersonResult:
    return result.model_copy(update={"credits_used": 0.0, "cost": told, "already_in": None})


def may_be_found(person: dict[str, Any] | None, contact: Literal["email", "phone"]) -> bool:
    return person is not None and person.get(contact, {}).get("status") != "notFound"


def read_enrichment(enrichment: Enrichment) -> EnrichPersonResult:
    """The result in our own words on what to do next."""
    pending, found = enrichment.status == "pending", enrichment.status == "found"
    return EnrichPersonResult(
        status=enrichment.status,
        person=enrichment.person,
        retry_after_seconds=PENDING_SECONDS if pending else None,
        credits_used=enrichment.credits_used,
        cost=COST_UNKNOWN if found and enrichment.credits_used is None else None,
        next_step=_next_step(enrichment),
    )


def _next_step(enrichment: Enrichment) -> str | None:
    if enrichment.status == "pending":
        return "Ocean.io is still gathering data: make the same call again in 2 to 5 minutes."
    if enrichment.status == "no_match":
        return "No record matches. Try linkedin, or email, or first_name and last_name with company.domain."
    phone = enrichment.person.phone if enrichment.person else None
    if phone is not None and phone.status == IN_PROGRESS:
        return "The phone number is still being looked up. Asking again later may cost credits again."
    return None


def people(arguments: EnrichPersonArguments) -> Iterator[Subject]:
    yield asked_for(arguments.person)


def found(arguments: EnrichPersonArguments, result: dict[str, Any]) -> Iterator[Found]:
    asked = tuple(apart([asked_for(arguments.person)]))
    # Of several identifiers nobody knows which one found the person, and whether the others are the same person's.
    whom = asked[0] if len(asked) == 1 else ()
    if "person" in result:
        yield Found(("person",), (*whom, *ocean_subject(result["person"])), asked)
    for place, one in enumerate(result.get("already_in", ())):
        if record := record_subject(one):
            # Who is only likely to be the same may be somebody else.
            is_sure = one["match"] == "certain"
            yield Found(("already_in", place), (*whom, *record) if is_sure else record, asked if is_sure else ())


def asked_for(person: PersonKeys) -> Subject:
    """The person by each identifier; one that cannot be normalised is named as it was given."""
    return subject(
        ids=[f"ocean:{person.id}"] if person.id else [],
        linkedin=[person.linkedin],
        emails=[person.email],
        phones=[person.phone],
        names=[person.name or full_name(person.first_name, person.last_name)],
        region=region_of(person.country),
    )


ENRICH_PERSON = ReadTool(
    name="enrich_person",
    title="Enrich person",
    description=(
        "Get the full Ocean.io profile of one known person. Match by linkedin (profile URL), or email, or first and"
        " last name plus company.domain. A match costs credits, each revealed email or phone more; what was paid"
        " for before is free, and refresh pays anew. already_in looks in Stardex and Jarvi first, and pays nothing for"
        " whom they surely have. If pending, repeat the same call later."
    ),
    vendor="ocean",
    arguments=EnrichPersonArguments,
    result=EnrichPersonResult,
    handler=enrich_person,
    idempotent=False,
    open_world=True,
    billable=True,
    people=people,
    found=found,
    names={"person.id": "record", "person.email": "record", "person.linkedin": "record"},
    worst_case=worst_case,
    cost=cost,
    reuse=Reuse(
        person_at=("person",),
        identifiers=lambda result: ocean_subject(result["person"]),
        is_shared=is_shared,
        keeps=keeps,
        parts=parts,
        holds=holds,
        free=free,
    ),
    beside=beside,
)
