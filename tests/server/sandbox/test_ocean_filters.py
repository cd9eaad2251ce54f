"""People filters really filter: each is checked against what comes back."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.anyio
Person = dict[str, Any]
ADA = {"includeLinkedinHandles": ["ada-demo-1001"]}


async def found(client: httpx2.AsyncClient, filters: dict[str, Any], **body: object) -> list[Person]:
    everything = {"size": 1_000, "peopleFilters": filters, **body}
    response = await client.post("/ocean/v3/search/people", json=everything)
    assert response.status_code == 200, response.text
    people: list[Person] = response.json()["people"]
    return people


def title(person: Person) -> str:
    return f"{person['jobTitle']} {person['jobTitleEnglish']}".lower()


CASES: list[tuple[dict[str, Any], Callable[[Person], bool]]] = [
    ({"countries": ["de", "fr"]}, lambda p: p["country"] in ("de", "fr")),
    ({"excludeCountries": ["de"]}, lambda p: p["country"] != "de"),
    ({"states": [{"country": "de", "abbreviation": "BY"}]}, lambda p: p["state"] == "BY"),
    ({"excludeStates": [{"country": "de", "abbreviation": "BY"}]}, lambda p: p["state"] != "BY"),
    ({"cities": [{"city": "são paulo"}]}, lambda p: p["location"].startswith("São Paulo")),
    ({"cities": [{"city": "Paris", "country": "fr"}]}, lambda p: p["location"].startswith("Paris")),
    ({"excludeCities": [{"city": "London"}]}, lambda p: not (p["location"] or "").startswith("London")),
    ({"seniorities": ["VP", "Head"]}, lambda p: p["seniorities"][0] in ("VP", "Head")),
    ({"departments": ["HR"]}, lambda p: p["departments"] == ["HR"]),
    ({"excludeDepartments": ["HR"]}, lambda p: p["departments"] != ["HR"]),
    ({"jobTitleKeywords": {"anyOf": ["CFO"]}}, lambda p: "cfo" in title(p) or "chief financial" in title(p)),
    ({"jobTitleKeywords": {"noneOf": ["chief"]}}, lambda p: "chief" not in title(p)),
    ({"jobTitleKeywords": {"allOf": ["vice president", "sales"]}}, lambda p: "vp sales" in title(p)),
    ({"skills": {"allOf": ["IFRS", "fp&a"]}}, lambda p: {"IFRS", "FP&A"} <= set(p["skills"])),
    ({"skills": {"noneOf": ["IFRS"]}}, lambda p: "IFRS" not in (p["skills"] or ())),
    ({"allJobDescriptions": {"anyOf": ["audit readiness"]}}, lambda p: "audit" in p["experiences"][1]["description"]),
    ({"currentJobDescription": {"anyOf": ["leads legal"]}}, lambda p: "legal" in p["currentJobDescription"]),
    ({"profileDescription": {"anyOf": ["open banking"]}}, lambda p: "open banking" in p["summary"]),
    ({"names": ["mullerbach"]}, lambda p: p["lastName"] == "Müllerbach"),
    ({"names": ["花村"]}, lambda p: "花村" in p["name"]),
    ({"excludeLinkedinHandles": ["ada-demo-1001"]}, lambda p: not str(p["linkedinUrl"]).endswith("ada-demo-1001")),
    ({"connections": {"from": 100, "to": 500}}, lambda p: 100 <= p["connectionsCount"] <= 500),
    ({"followers": {"from": 5_000}}, lambda p: p["followersCount"] >= 5_000),
    ({"fieldsExist": ["photo", "linkedinUrl"]}, lambda p: bool(p["photo"] and p["linkedinUrl"])),
    ({"fieldsNotExist": ["photo"]}, lambda p: not p["photo"]),
    ({"changedPositionAfter": "2024-01"}, lambda p: p["experiences"][0]["dateFrom"] >= "2024-01"),
    ({"changedPositionBefore": "2018-06"}, lambda p: p["experiences"][0]["dateFrom"] <= "2018-06"),
    ({"updatedWithinMonths": 3}, lambda p: p["updatedAt"] >= "2026-08"),
]


@pytest.mark.parametrize(("filters", "expected"), CASES, ids=[str(filters) for filters, _ in CASES])
async def test_a_filter_keeps_those_it_means_and_nobody_else(
    client: httpx2.AsyncClient, filters: dict[str, Any], expected: Callable[[Person], bool]
) -> None:
    people = await found(client, filters)
    assert 0 < len(people) < 380
    assert all(expected(person) for person in people)


@pytest.mark.parametrize("empty", [{"countries": []}, {"skills": {}}, {"names": None}, {"cities": []}])
async def test_an_empty_filter_filters_nothing(client: httpx2.AsyncClient, empty: dict[str, Any]) -> None:
    assert len(await found(client, empty)) == len(await found(client, {}))


async def test_people_are_included_and_excluded_by_id(client: httpx2.AsyncClient) -> None:
    (ada,) = await found(client, ADA)
    assert await found(client, {"includePeopleIds": [ada["id"], "unknown"]}) == [ada]
    assert await found(client, {**ADA, "excludePeopleIds": [ada["id"]]}) == []


async def test_the_title_threshold_decides_how_much_of_a_keyword_must_be_there(client: httpx2.AsyncClient) -> None:
    filters = {**ADA, "jobTitleKeywords": {"anyOf": ["chief financial wizard"]}}
    assert await found(client, filters) == []
    assert len(await found(client, filters, jobTitleThreshold=0.6)) == 1


async def test_a_blank_keyword_matches_everybody(client: httpx2.AsyncClient) -> None:
    assert len(await found(client, {**ADA, "jobTitleKeywords": {"anyOf": [""]}})) == 1
