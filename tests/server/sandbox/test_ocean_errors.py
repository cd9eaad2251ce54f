"""Ocean.io's refusals: tokens, the 422 array, limits."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from talent_mcp.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.anyio
SEARCH = "/ocean/v3/search/people"


async def test_a_request_without_a_token_is_refused(client: httpx2.AsyncClient) -> None:
    del client.headers["x-api-token"]
    response = await client.post(SEARCH, json={})
    assert response.status_code == 403
    assert response.json() == {"detail": "API token should be provided in headers or query parameters"}


async def test_an_unknown_token_is_refused(client: httpx2.AsyncClient) -> None:
    response = await client.post(SEARCH, json={}, headers={"x-api-token": "other"})
    assert response.status_code == 403
    assert response.json() == {"detail": "Current API token is not registered in our database"}


async def test_two_tokens_conflict(client: httpx2.AsyncClient) -> None:
    response = await client.post(SEARCH, json={}, params={"apiToken": "sandbox-ocean"})
    assert response.status_code == 400
    assert response.json() == {"detail": "Conflicting API tokens provided in query parameters and headers"}


async def test_the_query_token_works_alone_and_is_not_recorded(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    del client.headers["x-api-token"]
    response = await client.get("/ocean/v2/credits/balance", params={"apiToken": "sandbox-ocean"})
    assert response.status_code == 200
    assert sandbox.requests[-1].query == {"apiToken": "set"}


@pytest.mark.parametrize(
    ("body", "loc", "kind"),
    [
        ({"from": 1}, ["from"], "extra_forbidden"),
        ({"peopleFilters": {"jobTitles": []}}, ["peopleFilters", "jobTitles"], "extra_forbidden"),
        ({"peopleFilters": {"connections": {"min": 1}}}, ["peopleFilters", "connections", "min"], "extra_forbidden"),
        ({"peopleFilters": {"countries": ["DE"]}}, ["peopleFilters", "countries", 0], "literal_error"),
        ({"peopleFilters": {"skills": ["IFRS"]}}, ["peopleFilters", "skills"], "model_attributes_type"),
        ({"peopleFilters": {"seniorities": ["CFO"]}}, ["peopleFilters", "seniorities", 0], "literal_error"),
        (
            {"peopleFilters": {"includeLinkedinHandles": ["https://x/in/a"]}},
            ["peopleFilters", "includeLinkedinHandles", 0],
            "string_pattern_mismatch",
        ),
        (
            {"peopleFilters": {"states": [{"country": "de", "abbreviation": "XX"}]}},
            ["peopleFilters", "states", 0],
            "value_error",
        ),
        ({"peopleFilters": {"states": [{"country": "de"}]}}, ["peopleFilters", "states", 0, "abbreviation"], "missing"),
        ({"companiesFilters": {"industries": ["SaaS"]}}, ["companiesFilters", "industries"], "model_attributes_type"),
        (
            {"companiesFilters": {"industries": {"industries": ["Saas"]}}},
            ["companiesFilters", "industries", "industries", 0],
            "literal_error",
        ),
        (
            {"companiesFilters": {"lookalikeDomains": ["a.example"] * 11}},
            ["companiesFilters", "lookalikeDomains"],
            "too_long",
        ),
        (
            {"companiesFilters": {"includeDomains": ["https://a.example"]}},
            ["companiesFilters", "includeDomains", 0],
            "string_pattern_mismatch",
        ),
        ({"size": "10"}, ["size"], "int_type"),
        ({"size": 0}, ["size"], "greater_than_equal"),
        ({"size": 10_001}, ["size"], "less_than_equal"),
        ({"searchAfter": "x", "peoplePerCompany": 2}, [], "value_error"),
        ([], [], "model_attributes_type"),
    ],
)
async def test_an_invalid_body_is_refused_with_the_place_of_the_problem(
    client: httpx2.AsyncClient, body: object, loc: list[str | int], kind: str
) -> None:
    response = await client.post(SEARCH, json=body)
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert (problem["loc"], problem["type"]) == (["body", *loc], kind)
    assert problem["msg"]


async def test_several_problems_come_in_one_array(client: httpx2.AsyncClient) -> None:
    response = await client.post(SEARCH, json={"a": 1, "b": 2, "size": None})
    assert [problem["loc"][-1] for problem in response.json()["detail"]] == ["size", "a", "b"]


@pytest.mark.parametrize(("content", "kind"), [(b"", "missing"), (b"{", "json_invalid"), (b'"\xff"', "json_invalid")])
async def test_a_body_that_is_not_json_is_a_422_too(client: httpx2.AsyncClient, content: bytes, kind: str) -> None:
    response = await client.post(SEARCH, content=content)
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == kind


async def test_a_lone_surrogate_is_echoed_as_valid_json(client: httpx2.AsyncClient) -> None:
    response = await client.post(SEARCH, content=b'{"size": "\\ud800"}')
    assert response.json()["detail"][0]["input"] == "\ud800"


async def test_an_unknown_route_is_not_found(client: httpx2.AsyncClient) -> None:
    response = await client.post("/ocean/v2/search/people", json={})
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


async def test_data_fields_name_every_industry_and_region(client: httpx2.AsyncClient) -> None:
    fields: dict[str, Any] = (await client.get("/ocean/v2/data-fields")).json()
    assert "SaaS" in fields["industries"]
    assert len(fields["regions"]["us"]) == 51
    assert "CRM" in fields["technologyCategories"]


async def test_the_sixty_first_billable_request_in_a_minute_waits(
    client: httpx2.AsyncClient, clock: list[float]
) -> None:
    for _ in range(60):
        assert (await client.post(SEARCH, json={"size": 1})).status_code == 200
    clock[0] += 20
    refused = await client.post(SEARCH, json={"size": 1})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert (await client.get("/ocean/v2/credits/balance")).status_code == 200
    clock[0] += 40
    assert (await client.post(SEARCH, json={"size": 1})).status_code == 200


async def test_a_thousand_requests_a_day_are_all(client: httpx2.AsyncClient, clock: list[float]) -> None:
    for _ in range(1_000):
        await client.post(SEARCH, json={"peopleFilters": {"includePeopleIds": ["x"]}})
        clock[0] += 2
    refused = await client.post(SEARCH, json={"size": 1})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "84400")
    balance = (await client.get("/ocean/v2/credits/balance")).json()
    assert balance["dailyLimitRateLeft"] == 0
    assert balance["dailyLimitRateSecondsToReset"] == 84_400


async def test_limits_that_are_switched_off_never_refuse(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    async with connect(build(SandboxOptions(rate_limits=False))) as client:
        answers = {(await client.post(SEARCH, json={"size": 1})).status_code for _ in range(70)}
    assert answers == {200}
