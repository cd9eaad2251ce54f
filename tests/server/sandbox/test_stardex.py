"""Stardex: replace-all arrays, two error shapes, custom fields, search, rate headers."""

from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.anyio
PERSONS = "/stardex/v1/persons"
UNKNOWN = f"{PERSONS}/00000000-0000-4000-8000-000000000000"


async def find(client: httpx2.AsyncClient, **wanted: object) -> dict[str, Any]:
    response = await client.post(f"{PERSONS}/search", json=wanted)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def ben(client: httpx2.AsyncClient) -> str:
    (person,) = (await find(client, linkedin_url="https://www.linkedin.com/in/ben-demo-1002"))["data"]
    return f"{PERSONS}/{person['id']}"


async def read(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    data: dict[str, Any] = response.json()["data"]
    return data


async def field_id(client: httpx2.AsyncClient, name: str) -> str:
    definitions = (await client.get("/stardex/v1/custom-fields/person")).json()["data"]
    found: str = next(definition["id"] for definition in definitions if definition["name"] == name)
    return found


async def change_field(client: httpx2.AsyncClient, name: str, **change: object) -> httpx2.Response:
    attribute = await field_id(client, name)
    body = {"custom_fields": [{"attribute_id": attribute, **change}]}
    return await client.patch(await ben(client), json=body)


async def value_of(client: httpx2.AsyncClient, name: str) -> object:
    fields = (await read(client, await ben(client)))["custom_fields"]
    return next((field["value"] for field in fields if field["name"] == name), None)


async def test_an_update_answers_success_and_not_the_person(client: httpx2.AsyncClient) -> None:
    response = await client.patch(await ben(client), json={"current_job_title": "VP Finance", "address": "Munich"})
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "data": {"message": "Person updated successfully"},
        "error": None,
    }
    person = await read(client, await ben(client))
    assert (person["current_job_title"], person["address"]) == ("VP Finance", "Munich")
    assert person["name"] == "Benedikt Hallermann"


async def test_sending_one_address_wipes_the_others(client: httpx2.AsyncClient) -> None:
    path = await ben(client)
    assert len((await read(client, path))["emails"]) == 2
    only = [{"contact_data_type": "work", "value": "new@kontobahn.example"}]
    await client.patch(path, json={"emails": only, "phone_numbers": []})
    person = await read(client, path)
    assert person["emails"] == only
    assert person["phones"] == []
    assert "phone_numbers" not in person


async def test_the_single_address_fields_change_only_their_kind(client: httpx2.AsyncClient) -> None:
    path = await ben(client)
    body = {"work_email": "w@x.example", "mobile_phone": "+493023125999", "work_phone": "+493023125998"}
    await client.patch(path, json={**body, "personal_email": "p@x.example"})
    person = await read(client, path)
    assert {entry["value"] for entry in person["emails"]} == {"w@x.example", "p@x.example"}
    assert {entry["value"] for entry in person["phones"]} == {"+493023125999", "+493023125998"}


async def test_company_linkedin_and_job_are_written_under_other_names(client: httpx2.AsyncClient) -> None:
    path = await ben(client)
    body = {"company_name": "Wolkenwerk", "linkedin_url": "https://linkedin.com/in/Ben-Two/", "job_id": "j-1"}
    await client.patch(path, json={**body, "enrich_record": True})
    person = await read(client, path)
    assert person["current_company_name"] == "Wolkenwerk"
    assert person["linkedin_public_id"] == "ben-two"
    assert [candidate["job_id"] for candidate in person["candidates"]] == ["j-1"]
    assert person["work_experience"][0]["company_name"] == "Kontobahn"


async def test_a_person_with_almost_nothing_can_be_read(client: httpx2.AsyncClient) -> None:
    everybody = (await find(client, limit=100))["data"]
    bare = next(person for person in everybody if person["name"] is None)
    person = await read(client, f"{PERSONS}/{bare['id']}")
    assert person["emails"] == person["work_experience"] == []
    assert "work_experience" not in bare


@pytest.mark.parametrize(("method", "path"), [("GET", UNKNOWN), ("PATCH", UNKNOWN), ("GET", f"{PERSONS}/search")])
async def test_an_unknown_person_is_a_404_in_the_plain_shape(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, json={})
    assert response.status_code == 404
    assert response.json() == {"message": "Person not found", "error": "Not Found", "statusCode": 404}


async def test_an_unknown_route_is_a_404_in_the_plain_shape(client: httpx2.AsyncClient) -> None:
    body = (await client.delete("/stardex/v1/persons")).json()
    assert body["message"] == "Route DELETE:/v1/persons not found"


@pytest.mark.parametrize("header", ["", "Bearer other", "Basic sandbox-stardex", "sandbox-stardex"])
async def test_a_bad_key_is_a_401_in_the_vendors_shape(client: httpx2.AsyncClient, header: str) -> None:
    response = await client.get("/stardex/v1/custom-fields/person", headers={"authorization": header})
    assert response.status_code == 401
    expected = {"success": False, "error": {"code": "INVALID_API_KEY", "message": "Invalid API key"}}
    assert response.json() == expected
    assert response.headers["x-ratelimit-remaining"] == "60"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"{", "INVALID_JSON", "not valid JSON"),
        (b"[]", "VALIDATION_ERROR", "body"),
        (b'{"phones": []}', "VALIDATION_ERROR", "phones"),
        (b'{"emails": ["a@b.example"]}', "VALIDATION_ERROR", "emails.0"),
        (b'{"name": null}', "VALIDATION_ERROR", "name"),
    ],
)
async def test_a_bad_body_is_a_400_in_the_vendors_shape(
    client: httpx2.AsyncClient, content: bytes, code: str, words: str
) -> None:
    response = await client.patch(await ben(client), content=content)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert words in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"email": "ADA.brightwell@ledgerloop.example"}, ["Ada Brightwell"]),
        ({"email": "office@lindenhof.example"}, ["Ingrid Lindenhof", "Torsten Lindenhof"]),
        ({"linkedin_url": "https://uk.linkedin.com/in/mara-double-5003?x=1"}, ["Mara Twinning", "Mara Twinning"]),
        ({"linkedin_url": "ada-demo-1001"}, ["Ada Brightwell"]),
        ({"name": "marchandeau"}, ["Chloé Marchandeau"]),
        ({"phone": "+49 (30) 23125-102"}, ["Benedikt Hallermann"]),
        ({"keywords": ["partner", "beratung"], "name": "ingrid"}, ["Ingrid Lindenhof"]),
        ({"email": "nobody@x.example"}, []),
    ],
)
async def test_search_finds_by_each_key(
    client: httpx2.AsyncClient, wanted: dict[str, object], names: list[str]
) -> None:
    found = await find(client, **wanted)
    assert [person["name"] for person in found["data"]] == names
    assert found["meta"] == {"total": len(names), "offset": 0, "limit": 20}


async def test_search_pages_by_offset_and_limit(client: httpx2.AsyncClient) -> None:
    everybody = await find(client, limit=100)
    pages = [await find(client, offset=offset, limit=4, include=["work_experience"]) for offset in (0, 4, 8, 12)]
    ids = [person["id"] for page in pages for person in page["data"]]
    assert ids == [person["id"] for person in everybody["data"]]
    assert pages[1]["meta"] == {"total": len(ids), "offset": 4, "limit": 4}
    assert "work_experience" in pages[0]["data"][0]


async def test_search_refuses_a_page_that_is_too_large(client: httpx2.AsyncClient) -> None:
    assert (await client.post(f"{PERSONS}/search", json={"limit": 101})).status_code == 400


async def test_definitions_hold_every_type_and_names_easy_to_confuse(client: httpx2.AsyncClient) -> None:
    body = (await client.get("/stardex/v1/custom-fields/person")).json()
    names = {definition["name"] for definition in body["data"]}
    assert {"Current salary", "Expected salary", "Notice period", "Notice period (months)"} <= names
    types = {definition["data_type"] for definition in body["data"]}
    assert types == {"string", "integer", "date", "boolean", "single-select", "multi-select", "team-members"}
    assert body["meta"]["total"] == len(body["data"])


@pytest.mark.parametrize(
    ("name", "change", "after"),
    [
        ("Remarks", {"value": "Met in Munich"}, "Met in Munich"),
        ("Current salary", {"value": 150_000}, 150_000),
        ("Available from", {"value": "2027-01-01"}, "2027-01-01"),
        ("Seniority level", {"value": "Executive"}, "Executive"),
        ("Tags", {"value": ["Banking", "Fintech"]}, ["Banking", "Fintech"]),
        ("Tags", {"value": "Banking"}, ["Banking"]),
        ("Tags", {"add_values": ["Referred", "SaaS"]}, ["SaaS", "Referred"]),
        ("Tags", {"add_values": ["Referred"], "remove_values": ["SaaS"]}, ["Referred"]),
        ("Tags", {"remove_values": ["SaaS"]}, None),
        ("Notice period", {"clear_all": True}, None),
    ],
)
async def test_a_custom_field_changes_as_its_type_allows(
    client: httpx2.AsyncClient, name: str, change: dict[str, object], after: object
) -> None:
    assert (await change_field(client, name, **change)).status_code == 200
    assert await value_of(client, name) == after


async def test_a_tag_can_be_meant_by_its_id(client: httpx2.AsyncClient) -> None:
    definitions = (await client.get("/stardex/v1/custom-fields/person")).json()["data"]
    tags = next(definition["tags"] for definition in definitions if definition["name"] == "Languages")
    await change_field(client, "Languages", add_values=[tags[0]["id"]])
    assert await value_of(client, "Languages") == ["English"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Remarks", {"value": 7}),
        ("Current salary", {"value": "much"}),
        ("Current salary", {"value": True}),
        ("Current salary", {"add_values": ["1"]}),
        ("Available from", {"value": "soon"}),
        ("Seniority level", {"value": "Wizard"}),
        ("Tags", {"add_values": ["Wizard"]}),
        ("Tags", {"value": [7]}),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_and_nothing_is_written(
    client: httpx2.AsyncClient, name: str, change: dict[str, object]
) -> None:
    before = await read(client, await ben(client))
    response = await change_field(client, name, **change)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_CUSTOM_FIELD")
    assert await read(client, await ben(client)) == before


async def test_an_unknown_attribute_is_refused(client: httpx2.AsyncClient) -> None:
    body = {"name": "X", "custom_fields": [{"attribute_id": "nope", "value": "x"}]}
    assert (await client.patch(await ben(client), json=body)).status_code == 400
    assert (await read(client, await ben(client)))["name"] == "Benedikt Hallermann"


async def test_every_answer_tells_the_limit_and_the_sixty_first_waits(
    client: httpx2.AsyncClient, clock: list[float]
) -> None:
    first = await client.get(UNKNOWN)
    assert first.headers["x-ratelimit-limit"] == "60"
    assert first.headers["x-ratelimit-remaining"] == "59"
    assert first.headers["x-ratelimit-reset"] == str(int(clock[0]) + 60)
    for _ in range(59):
        await client.get(UNKNOWN)
    clock[0] += 15
    refused = await client.get(UNKNOWN)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "45")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    clock[0] += 45
    assert (await client.get(UNKNOWN)).status_code == 404
