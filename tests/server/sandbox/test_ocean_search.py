"""Paging, look-alikes, money and the answer's shape of `POST /v3/search/people`."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from talent_mcp.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.anyio
PERSON_KEYS = {
    *("id", "domain", "name", "firstName", "lastName", "country", "state", "location", "linkedinUrl"),
    *("seniorities", "departments", "photo", "jobTitle", "jobTitleEnglish", "currentJobDescription"),
    *("experiences", "summary", "skills", "phone", "email", "updatedAt", "connectionsCount", "followersCount"),
    *("headline", "inferredEmails", "company"),
}


async def search(client: httpx2.AsyncClient, **body: object) -> dict[str, Any]:
    response = await client.post("/ocean/v3/search/people", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_an_empty_body_is_legal_and_returns_fifty_of_everybody(client: httpx2.AsyncClient) -> None:
    answer = await search(client)
    assert len(answer["people"]) == 50
    assert answer["total"] > 320
    assert answer["detail"] == "OK"
    assert answer["creditsUsed"] == 10.0
    assert answer["redirectMap"] == answer["includeDomainsStatuses"] == {}


async def test_a_person_has_the_vendors_fields_and_no_contact_data(client: httpx2.AsyncClient) -> None:
    answer = await search(client, peopleFilters={"includeLinkedinHandles": ["ada-demo-1001"]})
    (ada,) = answer["people"]
    assert set(ada) == PERSON_KEYS
    assert ada["email"] is None
    assert ada["phone"] is None
    assert ada["company"]["companySize"] == "201-500"
    assert set(ada["experiences"][0]) == {"dateFrom", "dateTo", "description", "domain", "jobTitle"}


async def test_pages_lose_and_repeat_nobody(client: httpx2.AsyncClient) -> None:
    found: list[str] = []
    cursor = None
    while True:
        page = await search(client, size=37, searchAfter=cursor, companiesFilters={"companySizes": ["201-500"]})
        found += [person["id"] for person in page["people"]]
        cursor = page["searchAfter"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == page["total"] > 74


async def test_a_cursor_survives_another_page_size_and_other_fields(client: httpx2.AsyncClient) -> None:
    first = await search(client, size=3)
    whole = await search(client, size=8)
    rest = await search(client, size=5, searchAfter=first["searchAfter"], fields=["name"])
    assert [p["id"] for p in first["people"] + rest["people"]] == [p["id"] for p in whole["people"]]


@pytest.mark.parametrize("cursor", ["%%%", "aGVsbG8", "aGVsbG86eA", "ü"])
async def test_a_damaged_cursor_is_refused(client: httpx2.AsyncClient, cursor: str) -> None:
    response = await client.post("/ocean/v3/search/people", json={"searchAfter": cursor})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "searchAfter"]


async def test_the_cursor_of_another_query_is_refused(client: httpx2.AsyncClient) -> None:
    page = await search(client, size=1, peopleFilters={"countries": ["de"]})
    body = {"searchAfter": page["searchAfter"], "peopleFilters": {"countries": ["fr"]}}
    assert (await client.post("/ocean/v3/search/people", json=body)).status_code == 422


async def test_the_cap_per_company_holds_and_ends_paging(client: httpx2.AsyncClient) -> None:
    answer = await search(client, size=60, peoplePerCompany=1)
    domains = [person["domain"] for person in answer["people"]]
    assert len(domains) == len(set(domains)) == answer["total"]
    assert answer["searchAfter"] is None


async def test_fields_trim_people_and_bring_nested_parts_only(client: httpx2.AsyncClient) -> None:
    fields = ["name", "experiences.domain", "experiences.linkedinCompanyHandle", "company.peopleCount", "email.address"]
    answer = await search(client, size=1, fields=fields, peopleFilters={"includeLinkedinHandles": ["ada-demo-1001"]})
    (ada,) = answer["people"]
    assert set(ada) == {"id", "domain", "name", "experiences", "company", "email"}
    assert ada["experiences"][0] == {"domain": "ledgerloop.example", "linkedinCompanyHandle": None}
    assert ada["company"] == {"employeeCountOcean": 320}


async def test_a_whole_field_wins_over_its_parts(client: httpx2.AsyncClient) -> None:
    answer = await search(client, size=1, fields=["experiences", "experiences.domain"])
    assert "jobTitle" in answer["people"][0]["experiences"][0]


async def test_lookalikes_are_ranked_and_leave_the_seed_out(client: httpx2.AsyncClient) -> None:
    answer = await search(client, size=200, peopleFilters={"lookalikeLinkedinHandles": ["ada-demo-1001"]})
    grades = [person["relevance"] for person in answer["people"]]
    assert grades == sorted(grades)
    assert set(grades) == {"A", "B", "C"}
    assert "https://www.linkedin.com/in/ada-demo-1001" not in {p["linkedinUrl"] for p in answer["people"]}
    best = [person for person in answer["people"] if person["relevance"] == "A"]
    assert {person["jobTitleEnglish"] for person in best} == {"Chief Financial Officer"}


async def test_lookalike_statuses_tell_found_missing_and_companyless_seeds(client: httpx2.AsyncClient) -> None:
    handles = ["ada-demo-1001", "nobody-9", "sparse-3102"]
    answer = await search(client, size=1, peopleFilters={"lookalikeLinkedinHandles": handles})
    assert answer["lookalikePeopleStatuses"] == {
        "successfulPeople": ["ada-demo-1001"],
        "notFoundPeople": ["nobody-9"],
        "triggeredDomainPeople": [],
        "missingCompanyInformationPeople": ["sparse-3102"],
    }


async def test_lookalikes_of_nobody_are_nobody(client: httpx2.AsyncClient) -> None:
    answer = await search(client, peopleFilters={"lookalikeLinkedinHandles": ["nobody-9"]})
    assert answer["people"] == []
    assert answer["searchAfter"] is None
    assert answer["creditsUsed"] == 0


async def test_unknown_people_ids_alone_answer_404_with_an_empty_body(client: httpx2.AsyncClient) -> None:
    body = {"peopleFilters": {"includePeopleIds": ["0000000000000000"]}}
    response = await client.post("/ocean/v3/search/people", json=body)
    assert (response.status_code, response.content) == (404, b"")


async def test_a_balance_that_is_too_small_charges_nothing(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    sandbox = build(SandboxOptions(credits=0.5))
    async with connect(sandbox) as client:
        response = await client.post("/ocean/v3/search/people", json={"size": 3})
        assert (response.status_code, response.json()) == (402, {"detail": "Insufficient credits"})
        assert (await search(client, size=2))["creditsUsed"] == 0.4
        balance = (await client.get("/ocean/v2/credits/balance")).json()
    assert balance["credits"] == {"oneTime": 0.1, "recurrent": 0}


async def test_the_older_answer_names_no_credits(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    async with connect(build(SandboxOptions(credits_used=False))) as client:
        assert "creditsUsed" not in await search(client, size=1)
