"""Jarvi: merging, comma-separated strings, files, lists and custom field definitions."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from talent_mcp.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.anyio
PROFILES = "/jarvi/rest/v2/profiles"
FIELDS = "query fields { items: fields { id name type targetedEntity values { id name technicalValue } } }"


async def save(client: httpx2.AsyncClient, **profile: object) -> str:
    response = await client.post(PROFILES, json=profile)
    assert response.status_code == 201, response.text
    answer = response.json()
    assert set(answer) == {"message", "taskId", "profileId"}
    assert answer["message"] == "Profile saved successfully"
    saved: str = answer["profileId"]
    return saved


async def listed(client: httpx2.AsyncClient, **query: str) -> dict[str, Any]:
    response = await client.get(PROFILES, params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def profile(client: httpx2.AsyncClient, identity: str) -> dict[str, Any]:
    (found,) = (await listed(client, where=json.dumps({"id": {"_eq": identity}})))["data"]
    one: dict[str, Any] = found
    return one


async def fields(client: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    response = await client.post("/jarvi/graphql", json={"query": FIELDS})
    return {field["name"]: field for field in response.json()["data"]["items"]}


async def test_a_new_profile_splits_the_comma_separated_strings(client: httpx2.AsyncClient) -> None:
    identity = await save(
        client, firstName="Zoé", emailAddresses="z@x.example, zz@x.example,", phoneNumbers="+33 6 39 98 00 01"
    )
    saved = await profile(client, identity)
    assert saved["emailAddresses"] == [{"address": "z@x.example"}, {"address": "zz@x.example"}]
    assert saved["phoneNumbers"] == [{"number": "+33 6 39 98 00 01", "canonicalNumber": "+33639980001"}]
    assert (saved["firstName"], saved["lastName"]) == ("Zoé", None)


@pytest.mark.parametrize(
    "key",
    [
        {"emailAddresses": "new@x.example,ADA.Brightwell@ledgerloop.example"},
        {"linkedinUrl": "https://fr.linkedin.com/in/Ada-Demo-1001/"},
    ],
)
async def test_a_known_address_or_linkedin_merges(client: httpx2.AsyncClient, key: dict[str, str]) -> None:
    total = (await listed(client))["total"]
    identity = await save(client, **key, headline="CFO again")
    merged = await profile(client, identity)
    assert (merged["firstName"], merged["headline"]) == ("Ada", "CFO again")
    assert (await listed(client))["total"] == total


async def test_the_id_wins_over_the_external_id_and_that_over_the_address(client: httpx2.AsyncClient) -> None:
    ada = await save(client, linkedinUrl="https://www.linkedin.com/in/ada-demo-1001")
    known = await save(client, externalId="ATS-4711", emailAddresses="ada.brightwell@ledgerloop.example")
    assert known != ada
    assert await save(client, id=ada.upper(), externalId="ATS-4711") == ada


async def test_an_unknown_id_is_a_404(client: httpx2.AsyncClient) -> None:
    response = await client.post(PROFILES, json={"id": "00000000-0000-4000-8000-000000000000"})
    assert (response.status_code, response.json()) == (404, {"message": "Profile not found"})


async def test_a_merge_keeps_addresses_and_what_it_does_not_name(client: httpx2.AsyncClient) -> None:
    identity = await save(client, externalId="ATS-4711", emailAddresses="new@x.example", firstName="")
    merged = await profile(client, identity)
    assert [entry["address"] for entry in merged["emailAddresses"]] == [
        "oceane.treville@courrier.example",
        "o.treville@facturelle.example",
        "new@x.example",
    ]
    assert merged["firstName"] == "Océane"


async def test_projects_and_history_are_remembered(client: httpx2.AsyncClient) -> None:
    kind = "2788baea-1119-46d9-8e60-af9d6a1268e1"
    entry = {"historyEntrySubject": "Call", "historyEntryMessage": "Interested", "historyEntryType": kind}
    identity = await save(client, externalId="ATS-4711", projectId="p-1", **entry)
    saved = await profile(client, identity)
    assert saved["projects"] == [{"id": "p-1"}]
    assert saved["historyEntries"] == [{"subject": "Call", "message": "Interested", "type": kind}]


@pytest.mark.parametrize(
    ("prefix", "media"),
    [("data:@file/pdf;base64,", "application/pdf"), ("data:application/pdf;base64,", "application/pdf")],
)
async def test_files_are_decoded_and_their_size_kept(client: httpx2.AsyncClient, prefix: str, media: str) -> None:
    data = prefix + base64.b64encode(b"%PDF-1.7").decode()
    upload = {"fileName": "cv.pdf", "data": data}
    identity = await save(client, externalId="ATS-4711", resumesFiles=[upload], files=[upload, upload])
    saved = await profile(client, identity)
    assert (saved["countResumes"], len(saved["files"])) == (1, 2)
    assert saved["resumes"][0]["mediaType"] == media
    assert saved["resumes"][0]["size"] == 8


@pytest.mark.parametrize("data", ["JVBERi0", "data:application/pdf,JVBERi0", "data:application/pdf;base64,J*V"])
async def test_a_file_that_is_no_data_uri_is_refused_and_nothing_is_saved(
    client: httpx2.AsyncClient, data: str
) -> None:
    before = await listed(client)
    body = {"externalId": "ATS-4711", "headline": "X", "files": [{"fileName": "a.pdf", "data": data}]}
    assert (await client.post(PROFILES, json=body)).status_code == 400
    assert await listed(client) == before


async def test_a_request_over_the_limit_is_too_large(client: httpx2.AsyncClient) -> None:
    upload = {"fileName": "cv.pdf", "data": "data:application/pdf;base64," + "A" * 4_500_000}
    response = await client.post(PROFILES, json={"files": [upload]})
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


async def test_custom_fields_are_top_level_uuid_keys(client: httpx2.AsyncClient) -> None:
    known = await fields(client)
    remote, notice = known["Télétravail"], known["Préavis"]["id"]
    choice = remote["values"][2]
    identity = await save(client, externalId="ATS-4711", **{notice.upper(): "1 mois", remote["id"]: choice["id"]})
    saved = await profile(client, identity)
    assert saved["fieldsValues"] == [
        {"fieldId": notice, "value": "1 mois"},
        {"fieldId": remote["id"], "value": choice["id"]},
    ]


async def test_values_that_do_not_fit_a_custom_field_are_refused(client: httpx2.AsyncClient) -> None:
    known = await fields(client)
    wrong: list[dict[str, object]] = [
        {known["Préavis"]["id"]: 3},
        {known["Langues"]["id"]: "Français, Klingon"},
        {known["Honoraires"]["id"]: "1"},
        {"11111111-1111-4111-8111-111111111111": "x"},
        {"first_name": "x"},
        {"emailAddresses": ["a@x.example"]},
        {"id": "not-a-uuid"},
    ]
    for body in wrong:
        response = await client.post(PROFILES, json=body)
        assert response.status_code == 400, body
        assert response.json()["message"]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"externalId": {"_eq": "ATS-4711"}}, 1),
        ({"externalId": {"_neq": "ATS-4711"}}, 3),
        ({"firstName": {"_in": ["Ada", "美穂"]}}, 2),
        ({"firstName": {"_in": "Ada"}}, 0),
        ({"firstName": {"_nin": ["Ada"]}}, 3),
        ({"externalId": {"_is_null": True}}, 3),
        ({"headline": {"_like": "Directrice%"}}, 1),
        ({"headline": {"_ilike": "%EXPORT EVERY%"}}, 1),
        ({"phones": {"_search": "7700 900101"}}, 1),
        ({"emails": {"_search": "facturelle"}}, 1),
        ({"historyEntries": {"_search": "x"}}, 0),
        ({"headline": {"_search": "x"}}, 1),
        ({"_or": [{"firstName": {"_eq": "Ada"}}, {"externalId": {"_eq": "ATS-4711"}}]}, 2),
        ({"_and": [{"firstName": {"_eq": "Ada"}}, {"externalId": {"_eq": "ATS-4711"}}]}, 0),
        ({"_not": {"firstName": {"_eq": "Ada"}}}, 3),
        ({"firstName": {"_regexp": "^A"}}, 4),
        ({"shoeSize": {"_eq": 44}}, 4),
        ({"firstName": "Ada"}, 4),
        ({"_and": 7, "_or": "x"}, 4),
        ([], 4),
    ],
)
async def test_where_filters_and_ignores_what_it_does_not_know(
    client: httpx2.AsyncClient, where: object, count: int
) -> None:
    answer = await listed(client, where=json.dumps(where))
    assert answer["total"] == len(answer["data"]) == count


async def test_the_list_is_ordered_and_paged(client: httpx2.AsyncClient) -> None:
    order = json.dumps([{"headline": "asc"}, {"firstName": "desc"}, 7])
    answer = await listed(client, orderBy=order, limit="2", offset="1")
    assert answer["total"] == 4
    assert [one["firstName"] for one in answer["data"]] == ["Ada", "Océane"]
    backwards = await listed(client, orderBy='{"firstName": "desc"}', limit="1")
    assert backwards["data"][0]["firstName"] == "美穂"


@pytest.mark.parametrize("query", [{"where": "{"}, {"orderBy": "x"}, {"limit": "many"}])
async def test_an_unreadable_list_query_is_a_400(client: httpx2.AsyncClient, query: dict[str, str]) -> None:
    assert (await client.get(PROFILES, params=query)).status_code == 400


async def test_definitions_answer_with_the_fields_that_were_selected(client: httpx2.AsyncClient) -> None:
    response = await client.post("/jarvi/graphql", json={"query": "{ fields { id name } }"})
    assert set(response.json()["data"]["fields"][0]) == {"id", "name"}
    known = await fields(client)
    assert {"Salaire actuel", "Salaire souhaité"} <= set(known)
    assert known["Télétravail"]["values"][0]["technicalValue"] == "oui"
    assert known["Honoraires"]["targetedEntity"] == "project"


@pytest.mark.parametrize("body", [{}, [], {"query": 7}, {"query": "nonsense"}, {"query": "{ users { id } }"}])
async def test_other_queries_are_errors_with_status_200(client: httpx2.AsyncClient, body: object) -> None:
    response = await client.post("/jarvi/graphql", json=body)
    assert response.status_code == 200
    assert response.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", [PROFILES, "/jarvi/graphql"])
async def test_a_body_that_is_not_json_is_a_400(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.post(path, content=b"{")
    assert (response.status_code, response.json()) == (400, {"message": "Invalid JSON"})


async def test_a_bad_key_and_an_unknown_route_are_refused(client: httpx2.AsyncClient) -> None:
    assert (await client.get(PROFILES, headers={"x-api-key": "other"})).status_code == 401
    assert (await client.get("/jarvi/rest/v2/offers")).json() == {"message": "Not Found"}


async def test_execution_time_is_limited_in_working_hours_only(
    build: Callable[[SandboxOptions], Sandbox],
    connect: Callable[[Sandbox], httpx2.AsyncClient],
    clock: list[float],
) -> None:
    async with connect(build(SandboxOptions(jarvi_seconds_per_call=150))) as client:
        assert [(await client.get(PROFILES)).status_code for _ in range(2)] == [200, 200]
        clock[0] += 600
        refused = await client.get(PROFILES)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3000")
        clock[0] += 3_000
        assert (await client.get(PROFILES)).status_code == 200
        clock[0] += 12 * 3_600
        assert [(await client.get(PROFILES)).status_code for _ in range(4)] == [200] * 4
