"""Faults on demand, what is recorded of requests, and the control routes."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest
from starlette.types import Message

from talent_mcp.sandbox import FaultKind, Sandbox, SandboxOptions, VendorName

pytestmark = pytest.mark.anyio
SEARCH = "/ocean/v3/search/people"
CALLS: dict[VendorName, str] = {
    "ocean": "/ocean/v2/credits/balance",
    "stardex": "/stardex/v1/custom-fields/person",
    "jarvi": "/jarvi/rest/v2/profiles",
}


@pytest.mark.parametrize("vendor", CALLS)
@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("html502", 502)])
async def test_a_refusing_fault_hits_the_next_requests_and_then_ends(
    client: httpx2.AsyncClient, sandbox: Sandbox, vendor: VendorName, kind: FaultKind, status: int
) -> None:
    sandbox.arm(vendor, kind, times=2, seconds=7.2)
    answers = [await client.get(CALLS[vendor]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers.get("retry-after") == ("8" if kind == "429" else None)
    assert answers[0].headers["content-type"].startswith("text/html") == (kind == "html502")
    if vendor == "stardex" and kind != "html502":
        assert answers[0].headers["x-ratelimit-limit"] == "60"


async def test_a_refusing_fault_charges_nothing(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.arm("ocean", "500")
    await client.post(SEARCH, json={"size": 10})
    assert sandbox.ocean.state.account.credits == 500


async def test_a_malformed_answer_is_half_of_it_and_its_effect_stays(
    client: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    sandbox.arm("ocean", "malformed")
    response = await client.post(SEARCH, json={"size": 10})
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"line 1|Unterminated|Expecting"):
        response.json()
    assert sandbox.ocean.state.account.credits == 498


async def test_a_huge_answer_is_valid_json_over_ten_megabytes(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.arm("stardex", "huge")
    response = await client.get(CALLS["stardex"])
    assert len(response.content) > 10_000_000
    assert response.json()["success"] is True
    assert response.headers["x-ratelimit-limit"] == "60"


async def test_a_dropped_connection_is_a_transport_error_after_the_effect(
    client: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    sandbox.arm("jarvi", "drop", route="/rest/v2/profiles")
    with pytest.raises(httpx2.TransportError):
        await client.post("/jarvi/rest/v2/profiles", json={"externalId": "ATS-4711", "headline": "Changed"})
    headlines = {profile.document()["headline"] for profile in sandbox.jarvi.profiles.values()}
    assert "Changed" in headlines
    assert (await client.get(CALLS["jarvi"])).status_code == 200


class Server:
    """What uvicorn hands to an application: bound methods of an object with a transport."""

    def __init__(self) -> None:
        self.transport = self
        self.aborted = False
        self.sent: list[Message] = []
        self._messages: list[Message] = [
            {"type": "http.request", "body": b"", "more_body": False},
            {"type": "http.request", "body": b"", "more_body": False},
            {"type": "http.disconnect"},
        ]

    def abort(self) -> None:
        self.aborted = True

    async def receive(self) -> Message:
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def test_on_a_server_the_transport_is_aborted_and_nothing_is_sent(sandbox: Sandbox) -> None:
    sandbox.arm("ocean", "drop")
    server = Server()
    scope = {
        "type": "http",
        "method": "GET",
        "path": CALLS["ocean"],
        "root_path": "",
        "query_string": b"",
        "headers": [(b"x-api-token", b"sandbox-ocean"), (b"host", b"sandbox.test")],
    }
    await sandbox.app(scope, server.receive, server.send)
    assert server.aborted
    assert server.sent == []


async def test_a_fault_for_one_route_or_vendor_leaves_others_alone(
    client: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    sandbox.arm("ocean", "500", route="/enrich/")
    assert (await client.get(CALLS["ocean"])).status_code == 200
    assert (await client.get(CALLS["jarvi"])).status_code == 200
    assert (await client.post("/ocean/v2/enrich/person", json={})).status_code == 500


async def test_latency_keeps_the_answer_back_but_not_the_effect(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.arm("ocean", "latency", seconds=3_600)
    answers: list[httpx2.Response] = []

    async def search() -> None:
        answers.append(await client.post(SEARCH, json={"size": 10}))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(search)
        while sandbox.ocean.state.account.credits != 498:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert answers == []


async def test_latency_can_be_everywhere(
    build: Callable[[SandboxOptions], Sandbox], connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> None:
    async with connect(build(SandboxOptions(latency=0.001))) as client:
        assert (await client.get(CALLS["ocean"])).status_code == 200


async def test_every_vendor_request_is_recorded_without_its_credential(
    client: httpx2.AsyncClient, sandbox: Sandbox, clock: list[float]
) -> None:
    await client.post(SEARCH, json={"size": 1}, params={"x": "1"})
    await client.post("/stardex/v1/nothing", content=b"not json \xff")
    await client.get(CALLS["jarvi"])
    first, second, third = sandbox.requests
    assert (first.vendor, first.method, first.path) == ("ocean", "POST", "/v3/search/people")
    assert (first.query, first.body, first.at) == ({"x": "1"}, {"size": 1}, clock[0])
    assert (second.vendor, second.body) == ("stardex", "not json \ufffd")
    assert third.body is None
    for received in sandbox.requests:
        for header in ("x-api-token", "authorization", "x-api-key"):
            assert received.headers[header] == "set"
        assert "sandbox-" not in str(received)


async def test_faults_are_armed_over_http_and_requests_listed(client: httpx2.AsyncClient) -> None:
    fault = {"vendor": "ocean", "kind": "429", "times": 1, "seconds": 3}
    assert (await client.post("/_sandbox/faults", json=fault)).status_code == 201
    assert (await client.get(CALLS["ocean"])).headers["retry-after"] == "3"
    requests = (await client.get("/_sandbox/requests")).json()["requests"]
    assert [request["path"] for request in requests] == ["/v2/credits/balance"]
    assert requests[0]["headers"]["x-api-token"] == "set"


@pytest.mark.parametrize(
    "fault",
    [{}, {"vendor": "ocean", "kind": "fire"}, {"vendor": "ocean", "kind": "500", "times": 0}, {"vendors": "ocean"}],
)
async def test_a_fault_that_makes_no_sense_is_refused(client: httpx2.AsyncClient, fault: dict[str, Any]) -> None:
    assert (await client.post("/_sandbox/faults", json=fault)).status_code == 422


async def test_state_shows_money_and_records_and_reset_restores_them(
    client: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    fresh = (await client.get("/_sandbox/state")).json()
    await client.post(SEARCH, json={"size": 10})
    await client.post("/jarvi/rest/v2/profiles", json={"firstName": "New"})
    await client.patch(f"/stardex/v1/persons/{fresh['persons'][0]['id']}", json={"name": "Changed"})
    sandbox.arm("ocean", "500", times=9)
    changed = (await client.get("/_sandbox/state")).json()
    assert changed["credits"] == 498
    assert len(changed["profiles"]) == len(fresh["profiles"]) + 1
    assert changed["persons"][0]["name"] == "Changed"
    assert (await client.post("/_sandbox/reset")).status_code == 204
    assert sandbox.requests == []
    assert (await client.get("/_sandbox/state")).json() == fresh
    assert (await client.get(CALLS["ocean"])).status_code == 200
