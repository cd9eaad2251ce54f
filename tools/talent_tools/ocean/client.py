"""Ocean.io: what its API v3 answers, and a typed client for the calls that are used."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.json_schema import SkipJsonSchema

from talent_tools.errors import UnreadableAnswer
from talent_tools.ocean.errors import failure
from talent_tools.people import Subject, full_name, subject
from talent_tools.result import VendorData
from talent_tools.vendor import Send, VendorAnswer, VendorRequest

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

Body = dict[str, JsonValue]


def _without_nulls(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [item for item in cast("list[object]", value) if item is not None]


Items = Annotated[list[T], BeforeValidator(_without_nulls)]


class OceanData(VendorData):
    """A part of an answer; a number where the contract has a string is read as its text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Experience(OceanData):
    date_from: str | None = None
    date_to: str | None = None
    description: str | None = None
    domain: str | None = None
    job_title: str | None = None


class Phone(OceanData):
    """`status` was seen as verified, notFound and inProgress."""

    numbers: Items[str] | None = None
    status: str | None = None


class Email(OceanData):
    """`status` was seen as verified, guessed, catchAll and notFound."""

    address: str | None = None
    status: str | None = None


class PersonCompany(OceanData):
    company_size: str | None = None
    logo: SkipJsonSchema[str | None] = None
    name: str | None = None


class Person(OceanData):
    """A person as the v3 search and the v2 enrichment write one; `domain` is that of the current company.

    Every session pays for the advertised schema: it lists only what tells people apart.
    """

    id: str
    domain: str | None = None
    name: str | None = None
    first_name: SkipJsonSchema[str | None] = None
    last_name: SkipJsonSchema[str | None] = None
    country: SkipJsonSchema[str | None] = None
    state: SkipJsonSchema[str | None] = None
    location: SkipJsonSchema[str | None] = None
    linkedin_url: str | None = None
    seniorities: SkipJsonSchema[Items[str] | None] = None
    departments: SkipJsonSchema[Items[str] | None] = None
    photo: SkipJsonSchema[str | None] = None
    job_title: str | None = None
    job_title_english: SkipJsonSchema[str | None] = None
    current_job_description: SkipJsonSchema[str | None] = None
    experiences: SkipJsonSchema[Items[Experience] | None] = None
    summary: SkipJsonSchema[str | None] = None
    skills: SkipJsonSchema[Items[str] | None] = None
    phone: SkipJsonSchema[Phone | None] = None
    email: SkipJsonSchema[Email | None] = None
    updated_at: SkipJsonSchema[str | None] = None
    connections_count: SkipJsonSchema[JsonValue] = None
    followers_count: SkipJsonSchema[JsonValue] = None
    headline: SkipJsonSchema[str | None] = None
    relevance: SkipJsonSchema[JsonValue] = None
    company: SkipJsonSchema[PersonCompany | None] = None


class SearchPeopleResult(OceanData):
    """One page; no `next_cursor` means that it is the last, `cost` that it was paid for before. `credits_at_most` is
    added where Ocean.io does not report what it cost."""

    people: list[Person]
    total: int | None = None
    next_cursor: str | None = Field(default=None, alias="searchAfter")
    credits_used: float | None = None
    credits_at_most: float | None = None
    cost: str | None = None
    lookalike_people_statuses: SkipJsonSchema[dict[str, JsonValue] | None] = None
    redirect_map: SkipJsonSchema[dict[str, JsonValue] | None] = None
    include_domains_statuses: SkipJsonSchema[dict[str, JsonValue] | None] = None


class Credits(OceanData):
    one_time: float | None = None
    recurrent: float | None = None


class Balance(OceanData):
    """What is left: credits, and requests of the daily limit."""

    credits: Credits | None = None
    email_credits: Credits | None = None
    phone_credits: Credits | None = None
    daily_limit_rate_left: float | None = None
    daily_limit_rate_seconds_to_reset: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrichment:
    """What came of one enrichment; `person` is there exactly when it was found."""

    status: Literal["found", "pending", "no_match"]
    person: Person | None = None
    credits_used: float | None = None


class Ocean:
    """The calls of Ocean.io that are used; a `body` holds the vendor's own field names.

    Every call raises the failures of `Send`, those of `ocean_errors` for an error status, and
    `UnreadableAnswer` for a 2xx of another shape.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def search_people(self, body: Body) -> SearchPeopleResult:
        """One page of people; each of them is billed."""
        answer = await self._send(VendorRequest(method="POST", path="/v3/search/people", effect="spend", body=body))
        if _says_nothing_found(answer):
            return SearchPeopleResult(people=[], total=0)
        return _read(SearchPeopleResult, answer, "spend")

    async def enrich_person(self, body: Body) -> Enrichment:
        """The one record that matches, if there is one and it is complete by now."""
        answer = await self._send(VendorRequest(method="POST", path="/v2/enrich/person", effect="spend", body=body))
        if _says_nothing_found(answer):
            return Enrichment(status="no_match", credits_used=_credits_used(answer.body))
        if answer.status == 201:
            return Enrichment(status="pending", credits_used=_credits_used(answer.body))
        person = _read(Person, answer, "spend")
        return Enrichment(status="found", person=person, credits_used=_credits_used(answer.body))

    async def credits(self) -> Balance:
        """What is left; asking costs nothing."""
        path = "/v2/credits/balance"
        return _read(Balance, await self._send(VendorRequest(method="GET", path=path, effect="read")), "read")


def ocean_subject(person: dict[str, Any]) -> Subject:
    """Who a person of a result is, from its JSON in our names."""
    email: dict[str, Any] = person.get("email") or {}
    phone: dict[str, Any] = person.get("phone") or {}
    return subject(
        ids=[f"ocean:{person['id']}"],
        linkedin=[person.get("linkedin_url")],
        emails=[email.get("address")],
        phones=phone.get("numbers") or (),
        names=[person.get("name") or full_name(person.get("first_name"), person.get("last_name"))],
        region=region_of(person.get("country")),
    )


def region_of(country: str | None) -> str | None:
    """A country's code, where a person's country is given as one."""
    return country if country and len(country) == 2 else None


def _says_nothing_found(answer: VendorAnswer) -> bool:
    """Whether a 404 is the vendor's own; any other server gives one too, when the address is wrong."""
    detail = answer.body.get("detail") if isinstance(answer.body, dict) else None
    empty = answer.body is None and not answer.unreadable
    return answer.status == 404 and (empty or isinstance(detail, str))


def _read(model: type[M], answer: VendorAnswer, effect: Literal["read", "spend"]) -> M:
    if failed := failure(answer, effect):
        raise failed
    try:
        return model.model_validate(answer.body)
    except ValidationError:
        raise _unreadable(answer, effect) from None


def _unreadable(answer: VendorAnswer, effect: Literal["read", "spend"]) -> UnreadableAnswer:
    if effect == "read":
        return UnreadableAnswer("Ocean.io answered in an unknown form; nothing was spent.", raw=answer.body)
    return UnreadableAnswer(
        "Ocean.io accepted the request and may have charged for it, but answered in an unknown form."
        " The answer is kept; do not repeat the call before someone has looked at it.",
        raw=answer.body,
    )


def _credits_used(body: JsonValue) -> float | None:
    used = body.get("creditsUsed") if isinstance(body, dict) else None
    return used if isinstance(used, int | float) else None
