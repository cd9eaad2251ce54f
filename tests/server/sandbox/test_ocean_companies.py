"""Company filters narrow people to the companies they mean."""

from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.anyio
EVERY_COMPANY = 40

CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"companySizes": ["2-10"]}, {"lindenhof.example"}),
    ({"revenues": [">1000M"]}, {"hikari-seiki.example"}),
    ({"employeeCountOcean": {"from": 5_000}}, {"hikari-seiki.example", "fraesmeister.example"}),
    ({"employeeCountLinkedin": {"to": 45}}, {"lindenhof.example", "advisory.northfield.example"}),
    ({"yearFounded": {"to": 1954}}, {"hikari-seiki.example", "fraesmeister.example"}),
    (
        {"industries": {"industries": ["Media", "Publishing"], "mode": "allOf"}},
        {"cascade-studio.example", "media.jacaranda.example.com"},
    ),
    ({"industries": {"industries": ["Media", "Retail"], "mode": "allOf"}}, set()),
    (
        {"industryCategories": {"industryCategories": ["Energy"]}, "primaryLocations": {"includeCountries": ["de"]}},
        {"gruenstrom-nord.example"},
    ),
    (
        {
            "industryCategories": {"industryCategories": ["Energy"], "mode": "allOf"},
            "primaryLocations": {"excludeCountries": ["gb", "de"]},
        },
        {"fjallnat.example"},
    ),
    (
        {"linkedinIndustries": ["Biotechnology Research"], "excludeDomains": ["biolune.example"]},
        {"bayou-health.example", "galil-bio.example"},
    ),
    (
        {
            "excludeIndustries": ["Software"],
            "primaryLocations": {"includeCountries": ["us"]},
            "excludeIndustryCategories": ["Health Care"],
            "excludeLinkedinIndustries": ["Machinery Manufacturing"],
        },
        {"cascade-studio.example", "advisory.northfield.example"},
    ),
    ({"keywords": {"allOf": ["wind"], "noneOf": ["payments"]}, "yearFounded": {"from": 2007}}, {"fjallnat.example"}),
    (
        {
            "technologies": {"apps": {"allOf": ["Stripe", "Salesforce"]}},
            "primaryLocations": {"includeCountries": ["cz"]},
        },
        {"vltava-pay.example"},
    ),
    (
        {"technologies": {"categories": {"anyOf": ["CRM"]}}, "includeDomains": ["kontobahn.example"]},
        {"kontobahn.example"},
    ),
    (
        {
            "primaryLocations": {
                "includeRegions": [{"country": "de", "abbreviation": "HH"}],
                "excludeCities": [{"city": "Hamburg"}],
            }
        },
        set(),
    ),
    (
        {
            "primaryLocations": {
                "includeCities": [{"city": "paris", "country": "fr"}],
                "excludeRegions": [{"country": "de", "abbreviation": "HH"}],
            }
        },
        {"nuagerie.example", "maison-verdoyante.example"},
    ),
    (
        {"headcountGrowth": {"asPercentage": True, "growthRange": {"from": 0.5}, "months": "Twelve months"}},
        {"wolkenwerk.example", "vltava-pay.example", "sagar-pay.example"},
    ),
    (
        {"headcountGrowth": {"asPercentage": True, "growthRange": {"from": 0.28}, "months": "Six months"}},
        {"wolkenwerk.example"},
    ),
    (
        {"headcountGrowth": {"asPercentage": False, "growthRange": {"from": 900}, "months": "Twelve months"}},
        {"sagar-pay.example"},
    ),
    (
        {"departmentSizes": [{"department": "Engineering", "from": 1_500}]},
        {"fraesmeister.example", "hikari-seiki.example"},
    ),
    ({"includeDomains": ["ledgerloop-old.example"]}, {"ledgerloop.example"}),
]


async def search(client: httpx2.AsyncClient, filters: dict[str, Any]) -> dict[str, Any]:
    body = {"size": 1_000, "companiesFilters": filters}
    response = await client.post("/ocean/v3/search/people", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def domains(answer: dict[str, Any]) -> set[str]:
    return {person["domain"] for person in answer["people"]}


@pytest.mark.parametrize(("filters", "expected"), CASES, ids=[str(filters) for filters, _ in CASES])
async def test_only_people_of_the_meant_companies_come_back(
    client: httpx2.AsyncClient, filters: dict[str, Any], expected: set[str]
) -> None:
    assert domains(await search(client, filters)) == expected


async def test_what_is_only_validated_filters_nothing(client: httpx2.AsyncClient) -> None:
    accepted: dict[str, Any] = {
        "countriesCount": {"from": 1},
        "locationsCount": {"to": 9},
        "ecommerce": True,
        "otherLocations": {"geolocation": {"latitude": 52.5, "longitude": 13.4, "radius": 5_000}},
        "fundingRound": {"raised": {"from": 1}, "types": ["Series A"], "date": {"from": "2024-01-01"}},
        "departmentHeadcountGrowth": {
            "anyOf": [{"department": "HR", "asPercentage": True, "growthRange": {}, "months": "Six months"}]
        },
        "webTraffic": {"visits": {"from": 10}},
        "socialMedias": {"medias": {"anyOf": ["linkedin"]}, "minCount": 1},
        "mobileAppsFilter": {"count": {"from": 1}},
        "updatedWithinMonths": 12,
        "fieldsExist": ["industries"],
    }
    assert len(domains(await search(client, accepted))) == EVERY_COMPANY + 1


async def test_no_industries_at_all_filter_nothing(client: httpx2.AsyncClient) -> None:
    answer = await search(client, {"industries": {"industries": [], "mode": "allOf"}})
    assert len(domains(answer)) == EVERY_COMPANY + 1


async def test_lookalike_domains_are_graded_by_industry_and_size(client: httpx2.AsyncClient) -> None:
    answer = await search(client, {"lookalikeDomains": ["kontobahn.example"]})
    grades = {person["domain"]: person["relevance"] for person in answer["people"]}
    assert "kontobahn.example" not in grades
    assert grades["ledgerloop.example"] == "A"
    assert grades["yunfan.example"] == "B"
    assert grades["penny-wharf.example"] == "C"
    assert "fraesmeister.example" not in grades


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"minRelevance": "A"}, {"A"}),
        ({"maxRelevance": "C"}, {"C"}),
        ({"minRelevance": "B", "maxRelevance": "B"}, {"B"}),
        ({"companyMatchingMode": "precise"}, {"A", "B"}),
        ({"companyMatchingMode": "broad"}, {"A", "B", "C"}),
    ],
)
async def test_relevance_bounds_keep_the_grades_between_them(
    client: httpx2.AsyncClient, bounds: dict[str, str], expected: set[str]
) -> None:
    answer = await search(client, {"lookalikeDomains": ["kontobahn-gmbh.example"], **bounds})
    assert {person["relevance"] for person in answer["people"]} == expected
    assert answer["redirectMap"] == {"kontobahn-gmbh.example": "kontobahn.example"}


async def test_lookalikes_of_unknown_or_undescribed_companies_are_nobody(client: httpx2.AsyncClient) -> None:
    answer = await search(client, {"lookalikeDomains": ["nowhere.example", "unlisted.example"]})
    assert answer["people"] == []


async def test_domains_without_data_are_named_with_the_reason(client: httpx2.AsyncClient) -> None:
    asked = ["blocked.example", "nowhere.example", "kontobahn.example"]
    answer = await search(client, {"includeDomains": asked})
    assert answer["includeDomainsStatuses"] == {
        "blocked.example": "bad content",
        "nowhere.example": "data gathering started",
    }
    assert domains(answer) == {"kontobahn.example"}
