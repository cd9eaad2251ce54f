"""search_people: people by filters on themselves and on their companies, from Ocean.io."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue

from talent_tools.arguments import Nested
from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments
from talent_tools.ocean.client import SearchPeopleResult, ocean_subject
from talent_tools.ocean.company_filters import CompanyFilters
from talent_tools.ocean.enums import RESULT_FIELDS
from talent_tools.ocean.people_filters import PeopleFilters
from talent_tools.ocean.repairs import each, spelling
from talent_tools.ocean.values import List
from talent_tools.people import Found, Subject, subject
from talent_tools.prices import Prices
from talent_tools.reuse import PaidArguments, Reuse
from talent_tools.spec import ReadTool
from talent_tools.text import LONGEST_VERBATIM

CONCISE = (
    "id",
    "name",
    "job_title",
    "domain",
    "company",
    "location",
    "country",
    "linkedin_url",
    "seniorities",
    "departments",
    "email",
    "phone",
    "relevance",
)
"""What a concise person shows: who it is, where, and how to go on with them."""

HOW = {"detail", "refresh", "plan_id"}
"""Arguments that say how a call is made and answered, not what is searched for."""

CONCISE_COMPANY = ("name", "company_size")
CONCISE_LISTS = ("seniorities", "departments")
MOST_LISTED = 10
REPORTS = ("lookalike_people_statuses", "redirect_map", "include_domains_statuses")
"""What Ocean.io says of the people and companies that were named in the filters; often nothing."""


class SearchPeopleArguments(PaidArguments):
    """The request itself: dumped by alias, without `HOW`, it is the vendor's body."""

    longest: ClassVar[Mapping[str, int]] = {"cursor": LONGEST_VERBATIM}

    people: Nested[PeopleFilters] | None = Field(default=None, alias="peopleFilters")
    companies: Nested[CompanyFilters] | None = Field(
        default=None, alias="companiesFilters", description="current employer"
    )
    limit: int = Field(default=10, ge=1, le=100, alias="size", description="people, each billed")
    cursor: str | None = Field(default=None, alias="searchAfter", description="the last next_cursor")
    max_per_company: int | None = Field(
        default=None, ge=1, le=20, alias="peoplePerCompany", description="not with cursor"
    )
    job_title_threshold: float | None = Field(default=None, ge=0, le=1, description="similarity, default 0.8")
    fields: Annotated[List, each(spelling(*RESULT_FIELDS))] | None = Field(
        default=None, description="return only these of a person"
    )
    detail: Literal["concise", "full"] = "concise"


async def search_people(arguments: SearchPeopleArguments, clients: Clients) -> SearchPeopleResult:
    if arguments.cursor is not None and arguments.max_per_company is not None:
        raise InvalidArguments(
            "cursor and max_per_company exclude each other at Ocean.io. Leave out max_per_company to go on paging,"
            " or leave out cursor and raise limit. Nothing was sent."
        )
    return await clients.ocean.search_people(request_body(arguments))


def request_body(arguments: SearchPeopleArguments) -> dict[str, JsonValue]:
    """The vendor's body: `size` and what was given."""
    body: dict[str, JsonValue] = arguments.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={*HOW, "fields"}
    )
    if arguments.fields:
        # Without its id a paid-for person could not be excluded, enriched or recorded.
        body["fields"] = list(dict.fromkeys(("id", *arguments.fields)))
    return body


def worst_case(arguments: SearchPeopleArguments, prices: Prices) -> Decimal:
    return arguments.limit * prices.search_result


def cost(_: SearchPeopleArguments, result: dict[str, Any], prices: Prices) -> Decimal:
    return len(result["people"]) * prices.search_result


def keeps(_: dict[str, Any]) -> bool:
    return True


def free(result: SearchPeopleResult, told: str) -> SearchPeopleResult:
    return result.model_copy(update={"credits_used": 0.0, "cost": told})


def present(arguments: SearchPeopleArguments, result: dict[str, Any]) -> dict[str, Any]:
    # Who asks for fields by name wants to see those, whatever they are.
    if arguments.detail == "full" or arguments.fields:
        return result
    shown = {name: result[name] for name in SearchPeopleResult.model_fields if name in result}
    for name in REPORTS:
        if not any(shown.get(name, {}).values()):
            shown.pop(name, None)
    return {**shown, "people": [concise(person) for person in result["people"]]}


def concise(person: dict[str, Any]) -> dict[str, Any]:
    """A person in about a hundred tokens."""
    shown = {name: person[name] for name in CONCISE if name in person}
    if "company" in shown:
        shown["company"] = {name: value for name, value in shown["company"].items() if name in CONCISE_COMPANY}
    shown |= {name: shown[name][:MOST_LISTED] for name in CONCISE_LISTS if name in shown}
    return shown


def people(arguments: SearchPeopleArguments) -> Iterator[Subject]:
    asked = arguments.people or PeopleFilters()
    for handles in (asked.lookalike_linkedin_handles, asked.include_linkedin_handles, asked.exclude_linkedin_handles):
        yield from ((f"linkedin:{handle}",) for handle in handles or ())
    for ids in (asked.include_people_ids, asked.exclude_people_ids):
        yield from ((f"ocean:{person_id}",) for person_id in ids or ())
    yield from (subject(names=[name]) for name in asked.names or ())


def found(_: SearchPeopleArguments, result: dict[str, Any]) -> Iterator[Found]:
    yield from (Found(("people", place), ocean_subject(person)) for place, person in enumerate(result["people"]))


SEARCH_PEOPLE = ReadTool(
    name="search_people",
    title="Search people",
    description=(
        "Find people in Ocean.io by filters on them and on their company; all must match. Countries are ISO codes,"
        " months YYYY-MM. Each person returned costs credits; emails and phones come from enrich_person."
    ),
    vendor="ocean",
    arguments=SearchPeopleArguments,
    result=SearchPeopleResult,
    handler=search_people,
    idempotent=False,
    open_world=True,
    billable=True,
    people=people,
    found=found,
    present=present,
    names={
        "people.include_linkedin_handles.*": "handle",
        "people.lookalike_linkedin_handles.*": "handle",
        "people.include_people_ids.*": "record",
    },
    worst_case=worst_case,
    cost=cost,
    reuse=Reuse(keeps=keeps, free=free),
)
