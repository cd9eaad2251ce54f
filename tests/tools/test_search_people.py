"""search_people: what it sends, what it puts right, what it refuses, and what a model gets to see."""

import json
import statistics
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments
from talent_tools.files import File
from talent_tools.jarvi.client import Jarvi
from talent_tools.ocean.client import Ocean
from talent_tools.people import Found
from talent_tools.search_people import SEARCH_PEOPLE, SearchPeopleArguments, request_body
from talent_tools.stardex.client import Stardex
from talent_tools.vendor import VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio


class Vendor:
    """Answers every request alike and keeps what was asked."""

    def __init__(self, body: JsonValue = None, status: int = 200) -> None:
        self.answer = VendorAnswer(status=status, body={"people": []} if body is None else body)
        self.requests: list[VendorRequest] = []

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        self.requests.append(request)
        return self.answer


async def no_files(path: str, /, *, limit: int) -> File:
    raise InvalidArguments("No folder is allowed.")


def arguments(**given: JsonValue) -> SearchPeopleArguments:
    return SearchPeopleArguments.model_validate(given)


def sent(**given: JsonValue) -> Mapping[str, JsonValue]:
    return request_body(arguments(**given))


def people_sent(**filters: JsonValue) -> JsonValue:
    return sent(people=filters)["peopleFilters"]


def companies_sent(**filters: JsonValue) -> JsonValue:
    return sent(companies=filters)["companiesFilters"]


def refusal(**given: JsonValue) -> tuple[str, str]:
    """Where the only mistake is, and what is said about it."""
    with pytest.raises(ValidationError) as failure:
        arguments(**given)
    (error,) = failure.value.errors(include_input=False)
    return ".".join(map(str, error["loc"])), error["msg"]


async def search(vendor: Vendor, **given: JsonValue) -> dict[str, Any]:
    """What the model is shown."""
    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=no_files)
    parsed = arguments(**given)
    result = await SEARCH_PEOPLE.handler(parsed, clients)
    return SEARCH_PEOPLE.present(parsed, result.model_dump(exclude_none=True))


TEXT: JsonValue = {"all_of": ["a"], "any_of": ["b"], "none_of": ["c"]}
TEXT_SENT: JsonValue = {"allOf": ["a"], "anyOf": ["b"], "noneOf": ["c"]}
RANGE: JsonValue = {"from": 1, "to": 9}
PLACES: JsonValue = {
    "include_countries": ["de"],
    "exclude_countries": ["at"],
    "include_regions": [{"country": "us", "abbreviation": "CA"}],
    "exclude_regions": [{"country": "us", "abbreviation": "NV"}],
    "include_cities": [{"city": "Bonn", "country": "de", "region": "NW", "postal_code": "53111"}],
    "exclude_cities": [{"city": "Ulm"}],
    "geolocation": {"latitude": 50.7, "longitude": 7.1, "radius": 20_000},
}
PLACES_SENT: JsonValue = {
    "includeCountries": ["de"],
    "excludeCountries": ["at"],
    "includeRegions": [{"country": "us", "abbreviation": "CA"}],
    "excludeRegions": [{"country": "us", "abbreviation": "NV"}],
    "includeCities": [{"city": "Bonn", "country": "de", "region": "NW", "postalCode": "53111"}],
    "excludeCities": [{"city": "Ulm"}],
    "geolocation": {"latitude": 50.7, "longitude": 7.1, "radius": 20_000},
}
GROWTH: dict[str, JsonValue] = {"as_percentage": True, "growth_range": {"from": 0.5, "to": 2.5}, "months": "Six months"}
GROWTH_SENT: dict[str, JsonValue] = {
    "asPercentage": True,
    "growthRange": {"from": 0.5, "to": 2.5},
    "months": "Six months",
}

# Every filter of the vendor: ours -> (what is given, its name there, what is sent).
PEOPLE: dict[str, tuple[JsonValue, str, JsonValue]] = {
    "lookalike_linkedin_handles": (["ann"], "lookalikeLinkedinHandles", ["ann"]),
    "include_linkedin_handles": (["bob"], "includeLinkedinHandles", ["bob"]),
    "exclude_linkedin_handles": (["cid"], "excludeLinkedinHandles", ["cid"]),
    "include_people_ids": (["p1"], "includePeopleIds", ["p1"]),
    "exclude_people_ids": (["p2"], "excludePeopleIds", ["p2"]),
    "countries": (["de", "fr"], "countries", ["de", "fr"]),
    "exclude_countries": (["at"], "excludeCountries", ["at"]),
    "states": (
        [{"country": "us", "abbreviation": "CA"}],
        "states",
        [{"country": "us", "abbreviation": "CA"}],
    ),
    "exclude_states": (
        [{"country": "us", "abbreviation": "NV"}],
        "excludeStates",
        [{"country": "us", "abbreviation": "NV"}],
    ),
    "cities": ([{"city": "Bonn", "country": "de"}], "cities", [{"city": "Bonn", "country": "de"}]),
    "exclude_cities": ([{"city": "Ulm"}], "excludeCities", [{"city": "Ulm"}]),
    "names": (["Ann"], "names", ["Ann"]),
    "seniorities": (["C-Level"], "seniorities", ["C-Level"]),
    "departments": (["Engineering"], "departments", ["Engineering"]),
    "exclude_departments": (["HR"], "excludeDepartments", ["HR"]),
    "job_title_keywords": (TEXT, "jobTitleKeywords", TEXT_SENT),
    "skills": (TEXT, "skills", TEXT_SENT),
    "all_job_descriptions": (TEXT, "allJobDescriptions", TEXT_SENT),
    "current_job_description": (TEXT, "currentJobDescription", TEXT_SENT),
    "profile_description": (TEXT, "profileDescription", TEXT_SENT),
    "changed_position_after": ("2025-01", "changedPositionAfter", "2025-01"),
    "changed_position_before": ("2026-12", "changedPositionBefore", "2026-12"),
    "updated_within_months": (60, "updatedWithinMonths", 60),
    "connections": (RANGE, "connections", RANGE),
    "followers": (RANGE, "followers", RANGE),
    "fields_exist": (["linkedinUrl"], "fieldsExist", ["linkedinUrl"]),
    "fields_not_exist": (["photo"], "fieldsNotExist", ["photo"]),
}
COMPANIES: dict[str, tuple[JsonValue, str, JsonValue]] = {
    "lookalike_domains": (["a.example"], "lookalikeDomains", ["a.example"]),
    "include_domains": (["b.example"], "includeDomains", ["b.example"]),
    "exclude_domains": (["c.example"], "excludeDomains", ["c.example"]),
    "company_matching_mode": ("precise", "companyMatchingMode", "precise"),
    "min_relevance": ("B", "minRelevance", "B"),
    "max_relevance": ("A", "maxRelevance", "A"),
    "company_sizes": (["11-50"], "companySizes", ["11-50"]),
    "revenues": ([">1000M"], "revenues", [">1000M"]),
    "employee_count_ocean": (RANGE, "employeeCountOcean", RANGE),
    "employee_count_linkedin": (RANGE, "employeeCountLinkedin", RANGE),
    "year_founded": ({"from": 1999}, "yearFounded", {"from": 1999}),
    "countries_count": ({"to": 3}, "countriesCount", {"to": 3}),
    "locations_count": (RANGE, "locationsCount", RANGE),
    "ecommerce": (False, "ecommerce", False),
    "industries": (
        {"industries": ["Software"], "mode": "allOf"},
        "industries",
        {"industries": ["Software"], "mode": "allOf"},
    ),
    "exclude_industries": (["Mining"], "excludeIndustries", ["Mining"]),
    "industry_categories": (
        {"industry_categories": ["IT"], "mode": "anyOf"},
        "industryCategories",
        {"industryCategories": ["IT"], "mode": "anyOf"},
    ),
    "exclude_industry_categories": (["Energy"], "excludeIndustryCategories", ["Energy"]),
    "linkedin_industries": (["Banking"], "linkedinIndustries", ["Banking"]),
    "exclude_linkedin_industries": (["Tobacco"], "excludeLinkedinIndustries", ["Tobacco"]),
    "keywords": (TEXT, "keywords", TEXT_SENT),
    "technologies": (
        {"apps": TEXT, "categories": TEXT},
        "technologies",
        {"apps": TEXT_SENT, "categories": TEXT_SENT},
    ),
    "primary_locations": (PLACES, "primaryLocations", PLACES_SENT),
    "other_locations": (PLACES, "otherLocations", PLACES_SENT),
    "funding_round": (
        {"raised": RANGE, "types": ["Seed"], "date": {"from": "2024-01-31", "to": "2025-01-31"}},
        "fundingRound",
        {"raised": RANGE, "types": ["Seed"], "date": {"from": "2024-01-31", "to": "2025-01-31"}},
    ),
    "headcount_growth": (GROWTH, "headcountGrowth", GROWTH_SENT),
    "department_headcount_growth": (
        {"any_of": [{**GROWTH, "department": "Sales"}], "all_of": [{**GROWTH, "department": "HR"}]},
        "departmentHeadcountGrowth",
        {"anyOf": [{**GROWTH_SENT, "department": "Sales"}], "allOf": [{**GROWTH_SENT, "department": "HR"}]},
    ),
    "department_sizes": (
        [{"department": "Sales", "from": 2, "to": 8}],
        "departmentSizes",
        [{"department": "Sales", "from": 2, "to": 8}],
    ),
    "web_traffic": ({"visits": RANGE, "views": RANGE}, "webTraffic", {"visits": RANGE, "views": RANGE}),
    "social_medias": (
        {"medias": {"all_of": ["linkedin"], "any_of": ["x"], "none_of": ["xing"]}, "min_count": 50},
        "socialMedias",
        {"medias": {"allOf": ["linkedin"], "anyOf": ["x"], "noneOf": ["xing"]}, "minCount": 50},
    ),
    "mobile_apps_filter": (
        {"count": RANGE, "downloads": RANGE, "release_year": RANGE},
        "mobileAppsFilter",
        {"count": RANGE, "downloads": RANGE, "releaseYear": RANGE},
    ),
    "updated_within_months": (1, "updatedWithinMonths", 1),
    "fields_exist": (["logo"], "fieldsExist", ["logo"]),
    "fields_not_exist": (["revenue"], "fieldsNotExist", ["revenue"]),
}
LARGEST: dict[str, JsonValue] = {
    "people": {name: given for name, (given, _, _) in PEOPLE.items()},
    "companies": {name: given for name, (given, _, _) in COMPANIES.items()},
    "limit": 100,
    "max_per_company": 20,
    "job_title_threshold": 0.5,
    "fields": ["id", "name", "email.address"],
    "detail": "full",
}


async def test_the_smallest_call_sends_only_how_many_people_to_return() -> None:
    vendor = Vendor()
    await search(vendor)
    assert vendor.requests == [
        VendorRequest(method="POST", path="/v3/search/people", effect="spend", body={"size": 10})
    ]


async def test_the_largest_call_sends_every_field_under_the_vendors_name() -> None:
    vendor = Vendor()
    await search(vendor, **LARGEST)
    (request,) = vendor.requests
    body = request.body
    assert isinstance(body, dict)
    people, companies = body.pop("peopleFilters"), body.pop("companiesFilters")
    assert isinstance(people, dict)
    assert isinstance(companies, dict)
    for _, name, expected in PEOPLE.values():
        assert people.pop(name) == expected, name
    for _, name, expected in COMPANIES.values():
        assert companies.pop(name) == expected, name
    assert (people, companies) == ({}, {})
    assert body == {
        "size": 100,
        "peoplePerCompany": 20,
        "jobTitleThreshold": 0.5,
        "fields": ["id", "name", "email.address"],
    }


async def test_no_fields_at_all_asks_for_all_of_them() -> None:
    vendor = Vendor()
    await search(vendor, limit=5, fields=[])
    assert vendor.requests[0].body == {"size": 5}


async def test_the_next_page_is_asked_for_by_cursor() -> None:
    vendor = Vendor()
    await search(vendor, cursor="c2", limit=5)
    assert vendor.requests[0].body == {"size": 5, "searchAfter": "c2"}


def test_nulls_count_as_not_given() -> None:
    given: JsonValue = {"countries": None, "skills": {"any_of": ["go"], "all_of": None}}
    assert sent(people=given, companies=None, cursor=None) == {
        "size": 10,
        "peopleFilters": {"skills": {"anyOf": ["go"]}},
    }


def test_the_vendors_own_names_are_understood() -> None:
    given: JsonValue = {name: expected for _, name, expected in PEOPLE.values()}
    companies: JsonValue = {name: expected for _, name, expected in COMPANIES.values()}
    body = sent(peopleFilters=given, companiesFilters=companies, size=3, peoplePerCompany=2, searchAfter=None)
    assert body == {"size": 3, "peopleFilters": given, "companiesFilters": companies, "peoplePerCompany": 2}


def test_objects_may_come_as_their_json_text() -> None:
    assert sent(people=json.dumps({"connections": json.dumps(RANGE), "names": '["Ann"]', "skills": '["go"]'})) == {
        "size": 10,
        "peopleFilters": {"connections": RANGE, "names": ["Ann"], "skills": {"anyOf": ["go"]}},
    }


@pytest.mark.parametrize("name", ["lookalike_linkedin_handles", "include_linkedin_handles", "exclude_linkedin_handles"])
def test_a_profile_url_becomes_its_handle(name: str) -> None:
    given: dict[str, JsonValue] = {name: ["https://www.linkedin.com/in/Ann-Lee/?x=1", "bob"]}
    assert people_sent(**given) == {PEOPLE[name][1]: ["ann-lee", "bob"]}


def test_what_is_no_profile_is_refused_in_words_without_its_value() -> None:
    where, why = refusal(people={"include_linkedin_handles": ["https://linkedin.com.evil.io/in/ann"]})
    assert where == "people.include_linkedin_handles"
    assert "handle such as jane-doe" in why
    assert "evil" not in why


def test_the_code_that_people_give_to_the_united_kingdom_is_put_right() -> None:
    assert people_sent(countries=["UK", "gb"]) == {"countries": ["gb", "gb"]}


@pytest.mark.parametrize("country", ["United Kingdom", "Germany", "deu", ""])
def test_the_name_of_a_country_is_refused_with_what_to_give(country: str) -> None:
    with pytest.raises(ValidationError, match=r"two-letter code, e\.g\. gb for the United Kingdom"):
        people_sent(countries=[country])


def test_countries_are_lower_cased() -> None:
    assert people_sent(countries=["DE"], cities=[{"city": "Bonn", "country": "DE"}]) == {
        "countries": ["de"],
        "cities": [{"city": "Bonn", "country": "de"}],
    }
    assert companies_sent(primary_locations={"include_countries": "FR"}) == {
        "primaryLocations": {"includeCountries": ["fr"]}
    }


def test_the_name_of_a_country_is_refused() -> None:
    assert "two-letter" in refusal(people={"countries": ["Germany"]})[1]


@pytest.mark.parametrize("given", [["go", "rust"], '["go", "rust"]', {"anyOf": ["go", "rust"]}])
def test_a_list_where_a_text_filter_belongs_means_any_of_it(given: JsonValue) -> None:
    assert people_sent(skills=given) == {"skills": {"anyOf": ["go", "rust"]}}


def test_a_string_where_a_text_filter_belongs_means_it_alone() -> None:
    assert companies_sent(keywords="robots", technologies={"apps": "SAP"}) == {
        "keywords": {"anyOf": ["robots"]},
        "technologies": {"apps": {"anyOf": ["SAP"]}},
    }


def test_a_string_where_a_list_belongs_becomes_its_only_entry() -> None:
    assert people_sent(names="Ann", skills={"all_of": "go"}, states={"country": "US", "abbreviation": "CA"}) == {
        "names": ["Ann"],
        "skills": {"allOf": ["go"]},
        "states": [{"country": "us", "abbreviation": "CA"}],
    }


def test_a_name_where_a_city_belongs_becomes_one() -> None:
    assert people_sent(cities=["Bonn"]) == {"cities": [{"city": "Bonn"}]}


def test_what_only_filters_on_companies_take_is_refused_for_people() -> None:
    assert "city and country" in refusal(people={"cities": [{"city": "Bonn", "region": "NW"}]})[1]


def test_industries_may_come_as_a_list() -> None:
    assert companies_sent(industries=["Software"], industry_categories="IT") == {
        "industries": {"industries": ["Software"]},
        "industryCategories": {"industryCategories": ["IT"]},
    }


def test_a_url_where_a_domain_belongs_becomes_its_host() -> None:
    assert companies_sent(
        lookalike_domains="https://www.Acme.example/x",
        include_domains=["www.b.example"],
        exclude_domains=["C.example"],
    ) == {"lookalikeDomains": ["acme.example"], "includeDomains": ["b.example"], "excludeDomains": ["c.example"]}


def test_known_values_get_the_vendors_spelling_and_unknown_ones_pass() -> None:
    assert people_sent(
        seniorities=["c-level", "BOARD MEMBER", "Chief"], departments="hr", fields_exist="job_title"
    ) == {
        "seniorities": ["C-Level", "Board Member", "Chief"],
        "departments": ["HR"],
        "fieldsExist": ["jobTitle"],
    }
    assert companies_sent(
        company_sizes=["11-50", "5-6"],
        min_relevance="a",
        company_matching_mode="Broad",
        funding_round={"types": ["pre seed", "series_b"]},
        social_medias={"medias": ["LinkedIn"]},
        industries={"industries": ["Software"], "mode": "any_of"},
        headcount_growth={**GROWTH, "months": "twelve months"},
        department_sizes={"department": "r&d"},
    ) == {
        "companySizes": ["11-50", "5-6"],
        "minRelevance": "A",
        "companyMatchingMode": "broad",
        "fundingRound": {"types": ["Pre-Seed", "Series B"]},
        "socialMedias": {"medias": {"anyOf": ["linkedin"]}},
        "industries": {"industries": ["Software"], "mode": "anyOf"},
        "headcountGrowth": {**GROWTH_SENT, "months": "Twelve months"},
        "departmentSizes": [{"department": "R&D"}],
    }


def test_the_id_is_always_among_the_fields_asked_for() -> None:
    assert sent(fields=["linkedin_url", "company.people_count"])["fields"] == [
        "id",
        "linkedinUrl",
        "company.peopleCount",
    ]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"max_per_company": 0}, "max_per_company"),
        ({"max_per_company": 21}, "max_per_company"),
        ({"job_title_threshold": 1.1}, "job_title_threshold"),
        ({"job_title_threshold": -0.1}, "job_title_threshold"),
        ({"detail": "all"}, "detail"),
        ({"webhookUrl": "https://x.example"}, "webhookUrl"),
        ({"people": {"job_titles": ["CTO"]}}, "people.job_titles"),
        ({"people": {"skills": {"one_of": ["go"]}}}, "people.skills.one_of"),
        ({"people": {"updated_within_months": 0}}, "people.updated_within_months"),
        ({"people": {"updated_within_months": 61}}, "people.updated_within_months"),
        ({"people": {"changed_position_after": "2025"}}, "people.changed_position_after"),
        ({"people": {"changed_position_before": "2025-13"}}, "people.changed_position_before"),
        ({"people": {"states": [{"country": "us"}]}}, "people.states.0.abbreviation"),
        ({"people": {"connections": {"from": 9, "to": 1}}}, "people.connections"),
        ({"people": {"connections": 5}}, "people.connections"),
        ({"people": {"skills": 5}}, "people.skills"),
        ({"people": "{not json"}, "people"),
        ({"companies": {"lookalike_domains": ["a.example"] * 11}}, "companies.lookalike_domains"),
        ({"companies": {"industries": {"mode": "anyOf"}}}, "companies.industries.industries"),
        ({"companies": {"social_medias": {"min_count": 51}}}, "companies.social_medias.min_count"),
        ({"companies": {"department_sizes": [{"from": 1}]}}, "companies.department_sizes.0.department"),
        ({"companies": {"funding_round": {"date": {"from": "2024-1-1"}}}}, "companies.funding_round.date.from_"),
        (
            {"companies": {"funding_round": {"date": {"from": "2025-01-01", "to": "2024-01-01"}}}},
            "companies.funding_round.date",
        ),
        (
            {"companies": {"primary_locations": {"geolocation": {"latitude": 91, "longitude": 1, "radius": 1}}}},
            "companies.primary_locations.geolocation.latitude",
        ),
        (
            {"companies": {"primary_locations": {"geolocation": {"latitude": 1, "longitude": 1, "radius": 0}}}},
            "companies.primary_locations.geolocation.radius",
        ),
        (
            {"companies": {"headcount_growth": {"as_percentage": True, "growth_range": {}}}},
            "companies.headcount_growth.months",
        ),
    ],
)
def test_what_the_vendor_would_refuse_is_refused_by_its_place(given: dict[str, JsonValue], where: str) -> None:
    assert refusal(**given)[0] == where


async def test_a_cursor_with_a_cap_per_company_is_refused_before_any_request() -> None:
    vendor = Vendor()
    with pytest.raises(InvalidArguments, match="Leave out max_per_company"):
        await search(vendor, cursor="c2", max_per_company=1)
    assert vendor.requests == []


@given(st.lists(st.text(max_size=10), max_size=5))
def test_words_reach_the_vendor_as_they_were_given(words: list[str]) -> None:
    assert people_sent(skills={"none_of": list(words)}) == {"skills": {"noneOf": words}}


PERSON: dict[str, JsonValue] = {
    "id": "64b7f0c2a1d3e4f5a6b7c8d9",
    "domain": "northwind.example",
    "name": "Maximiliane Musterfrau",
    "firstName": "Maximiliane",
    "lastName": "Musterfrau",
    "country": "de",
    "state": "NW",
    "location": "Cologne, North Rhine-Westphalia, Germany",
    "linkedinUrl": "https://www.linkedin.com/in/maximiliane-musterfrau-13532",
    "seniorities": ["VP"],
    "departments": ["Engineering"],
    "photo": "https://images.example/1.jpg",
    "jobTitle": "VP Platform Engineering",
    "summary": "A long story.",
    "skills": ["Go", "Rust"],
    "experiences": [{"jobTitle": "Developer"}],
    "headline": "Building platforms",
    "company": {"companySize": "201-500", "logo": "https://images.example/2.png", "name": "Northwind Robotics"},
    "newField": 1,
}


async def test_a_concise_person_is_who_it_is_and_how_to_go_on() -> None:
    page = await search(Vendor({"people": [PERSON], "total": 9, "searchAfter": "c2", "detail": "OK"}))
    assert page == {
        "people": [
            {
                "id": "64b7f0c2a1d3e4f5a6b7c8d9",
                "name": "Maximiliane Musterfrau",
                "job_title": "VP Platform Engineering",
                "domain": "northwind.example",
                "company": {"name": "Northwind Robotics", "company_size": "201-500"},
                "location": "Cologne, North Rhine-Westphalia, Germany",
                "country": "de",
                "linkedin_url": "https://www.linkedin.com/in/maximiliane-musterfrau-13532",
                "seniorities": ["VP"],
                "departments": ["Engineering"],
            }
        ],
        "total": 9,
        "next_cursor": "c2",
    }


async def test_what_became_of_named_people_and_companies_is_told_where_something_did() -> None:
    nothing: dict[str, JsonValue] = {
        "lookalikePeopleStatuses": {"successfulPeople": [], "notFoundPeople": []},
        "redirectMap": {},
        "includeDomainsStatuses": {},
    }
    assert await search(Vendor({"people": [], **nothing})) == {"people": []}
    assert set(await search(Vendor({"people": [], **nothing}), detail="full")) > {"people"}
    something: dict[str, JsonValue] = {**nothing, "includeDomainsStatuses": {"x.example": "not found"}}
    assert await search(Vendor({"people": [], **something})) == {
        "people": [],
        "include_domains_statuses": {"x.example": "not found"},
    }


async def test_a_concise_person_shows_contact_data_if_there_is_some() -> None:
    contact: dict[str, JsonValue] = {
        "email": {"address": "m@northwind.example", "status": "verified"},
        "phone": {"numbers": ["+12025550123"], "status": "verified"},
        "relevance": "A",
    }
    page = await search(Vendor({"people": [{"id": "p1", **contact}]}))
    assert page["people"] == [{"id": "p1", **contact}]


async def test_full_detail_shows_everything_that_the_vendor_sent() -> None:
    shown = await search(Vendor({"people": [PERSON], "extra": 1}), detail="full")
    assert shown["extra"] == 1
    assert len(shown["people"][0]) == len(PERSON)
    assert shown["people"][0]["newField"] == 1
    assert shown["people"][0]["summary"] == "A long story."


async def test_fields_that_were_asked_for_are_shown_without_asking_for_full_detail() -> None:
    page = await search(Vendor({"people": [{"id": "p1", "summary": "A long story."}]}), fields=["summary"])
    assert page["people"] == [{"id": "p1", "summary": "A long story."}]


async def test_a_concise_person_costs_a_quarter_of_a_kilobyte_or_so() -> None:
    page = await search(Vendor({"people": [PERSON, {"id": "p1"}, PERSON]}))
    sizes = [len(json.dumps(person)) for person in page["people"]]
    assert statistics.median(sizes) < 420


def test_each_person_that_a_call_names_is_somebody_else() -> None:
    parsed = arguments(
        people={
            "lookalike_linkedin_handles": ["https://linkedin.com/in/Ann"],
            "include_linkedin_handles": ["bob"],
            "exclude_linkedin_handles": ["cid"],
            "include_people_ids": ["p1"],
            "exclude_people_ids": ["p2"],
            "names": [" Dora  Demo"],
        }
    )
    assert list(SEARCH_PEOPLE.people(parsed)) == [
        ("linkedin:ann",),
        ("linkedin:bob",),
        ("linkedin:cid",),
        ("ocean:p1",),
        ("ocean:p2",),
        ("name:dora demo",),
    ]
    assert list(SEARCH_PEOPLE.people(arguments())) == []


def test_each_person_of_a_page_is_found_in_its_place() -> None:
    page = {"people": [{"id": "p1", "linkedin_url": "https://linkedin.com/in/Ann"}, {"id": "p2", "name": "Bo Li"}]}
    assert list(SEARCH_PEOPLE.found(arguments(), page)) == [
        Found(("people", 0), ("ocean:p1", "linkedin:ann")),
        Found(("people", 1), ("ocean:p2", "name:bo li")),
    ]


def test_it_only_reads_but_each_call_costs() -> None:
    tool = SEARCH_PEOPLE
    assert (tool.read_only, tool.destructive, tool.idempotent, tool.open_world, tool.billable) == (
        True,
        False,
        False,
        True,
        True,
    )


def test_a_concise_person_has_no_endless_lists() -> None:
    person = {"id": "p1", "departments": ["Sales"] * 200, "seniorities": ["VP"] * 200, "email": None}
    shown = SEARCH_PEOPLE.present(arguments(), {"people": [person]})
    assert shown["people"] == [{"id": "p1", "departments": ["Sales"] * 10, "seniorities": ["VP"] * 10, "email": None}]


def test_a_host_that_is_longer_than_any_is_refused() -> None:
    where, why = refusal(companies={"include_domains": ["www." * 250_000 + "a.b"]})
    assert where == "companies.include_domains"
    assert why == "Value error, give a host such as acme.com, of at most 253 characters"
