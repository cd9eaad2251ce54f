"""Who `POST /v2/enrich/person` finds, what it reveals and what that costs."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from talent_mcp.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.anyio
URL = "/ocean/v2/enrich/person"
ADA = {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}
BOTH = {"revealEmails": {"includeEmails": True}, "revealPhones": {"includePhones": True}}
EMIL = {"person": {"linkedin": "https://www.linkedin.com/in/emil-pending-1004"}}
FARAH = {"person": {"linkedin": "https://www.linkedin.com/in/farah-phone-1005"}, **BOTH}


async def credits_left(client: httpx2.AsyncClient) -> float:
    balance: dict[str, Any] = (await client.get("/ocean/v2/credits/balance")).json()
    left: float = balance["credits"]["oneTime"]
    return left


@pytest.mark.parametrize(
    ("person", "company"),
    [
        (ADA, None),
        ({"linkedin": "http://uk.linkedin.com/in/ADA-demo-1001/?trk=x"}, None),
        ({"email": "Ada.Brightwell@Ledgerloop.example "}, None),
        ({"phone": "+44 7700 900 101"}, None),
        ({"name": "ada brightwell"}, None),
        ({"firstName": "Ada", "lastName": "Brightwell"}, {"domain": "www.ledgerloop.example"}),
        ({"name": "Ada Brightwell"}, {"domain": "ledgerloop-old.example"}),
        ({"name": "Ada Brightwell"}, {"name": "LEDGERLOOP"}),
        ({"linkedin": "ada", "email": "ada.brightwell@ledgerloop.example"}, None),
    ],
)
async def test_a_person_is_found_by_any_good_key(
    client: httpx2.AsyncClient, person: dict[str, str], company: dict[str, str] | None
) -> None:
    response = await client.post(URL, json={"person": person, "company": company})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["name"] == "Ada Brightwell"
    assert "company" not in answer
    assert answer["email"] is answer["phone"] is None


async def test_a_person_is_found_by_id(client: httpx2.AsyncClient) -> None:
    ada = (await client.post(URL, json={"person": ADA})).json()
    assert (await client.post(URL, json={"person": {"id": ada["id"]}})).json() == ada


@pytest.mark.parametrize(
    ("person", "company"),
    [
        ({"linkedin": "https://www.linkedin.com/in/nobody"}, None),
        ({"linkedin": "ada-demo-1001"}, None),
        ({"email": "nobody@ledgerloop.example"}, None),
        ({"phone": "none"}, None),
        ({"country": "gb"}, {"domain": "ledgerloop.example"}),
        ({"name": "Ada Brightwell"}, {"domain": "kontobahn.example"}),
    ],
)
async def test_no_match_is_a_404(
    client: httpx2.AsyncClient, person: dict[str, str], company: dict[str, str] | None
) -> None:
    response = await client.post(URL, json={"person": person, "company": company})
    assert (response.status_code, response.json()) == (404, {"detail": "No matching record found"})
    assert await credits_left(client) == 500


@pytest.mark.parametrize("person", [{}, {"name": ""}, {"email": None}])
async def test_an_empty_person_is_a_400(client: httpx2.AsyncClient, person: dict[str, Any]) -> None:
    response = await client.post(URL, json={"person": person})
    assert (response.status_code, response.json()) == (400, {"detail": "Empty `person` body"})


@pytest.mark.parametrize("body", [{}, {"person": {"linkedIn": "x"}}, {"person": {"name": 7}}])
async def test_an_invalid_enrich_body_is_a_422(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post(URL, json=body)).status_code == 422


async def test_reveals_bring_contact_data_and_cost_what_they_find(client: httpx2.AsyncClient) -> None:
    answer = (await client.post(URL, json={"person": ADA, **BOTH})).json()
    assert answer["email"] == {"address": "ada.brightwell@ledgerloop.example", "status": "verified"}
    assert answer["phone"] == {"numbers": ["+447700900101"], "status": "verified"}
    assert await credits_left(client) == 500 - 0.1 - 1 - 10


async def test_a_webhook_address_alone_reveals_nothing(client: httpx2.AsyncClient) -> None:
    hook = {"webhookUrl": "https://hooks.example/x"}
    answer = (await client.post(URL, json={"person": ADA, "revealEmails": hook, "revealPhones": hook})).json()
    assert answer["email"] is answer["phone"] is None
    assert await credits_left(client) == 499.9


async def test_what_is_not_found_costs_nothing(client: httpx2.AsyncClient) -> None:
    gus = {"linkedin": "https://www.linkedin.com/in/gus-unreachable-1006"}
    answer = (await client.post(URL, json={"person": gus, **BOTH})).json()
    assert answer["email"] == {"address": None, "status": "notFound"}
    assert answer["phone"] == {"numbers": [], "status": "notFound"}
    assert await credits_left(client) == 499.9


async def test_a_phone_in_progress_is_found_by_the_next_ask(client: httpx2.AsyncClient) -> None:
    first = (await client.post(URL, json=FARAH)).json()
    assert first["phone"] == {"numbers": [], "status": "inProgress"}
    assert first["email"]["status"] == "catchAll"
    assert await credits_left(client) == 498.9
    second = (await client.post(URL, json=FARAH)).json()
    assert second["phone"] == {"numbers": ["+447700900105"], "status": "verified"}


async def test_a_pending_person_is_a_201_first_and_found_on_the_second_ask(client: httpx2.AsyncClient) -> None:
    first = await client.post(URL, json=EMIL)
    assert first.status_code == 201
    assert first.json() == {"detail": "Data gathering process has started. Please try again later."}
    assert await credits_left(client) == 500
    assert (await client.post(URL, json=EMIL)).json()["name"] == "Emil Sörensfeld"


async def test_pending_can_take_several_asks(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    async with connect(build(SandboxOptions(pending_asks=3))) as client:
        statuses = [(await client.post(URL, json=EMIL)).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 200]


async def test_an_unaffordable_reveal_charges_nothing(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    async with connect(build(SandboxOptions(credits=5))) as client:
        response = await client.post(URL, json={"person": ADA, **BOTH})
        assert (response.status_code, response.json()) == (402, {"detail": "Insufficient credits"})
        assert await credits_left(client) == 5
