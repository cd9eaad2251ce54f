"""What clients see of tasks: those that declare the extension, and the others."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import MCPError
from mcp.types import HEADER_MISMATCH, INVALID_PARAMS, MISSING_REQUIRED_CLIENT_CAPABILITY

from talent_mcp.protocol import TalentServer
from talent_mcp.tasks.extension import TASKS
from talent_mcp.tasks.times import TaskTimes
from talent_tools import load_tools
from tests.judge import JudgedClient
from tests.processes import running

from .clients import TasksOfClient, ask, created, ended
from .held import AT_ONCE, EMPTY_PAGE, PENDING_PERSON, logged, on_held_vendor, on_pending_vendor

pytestmark = pytest.mark.anyio

SYNCHRONOUS = TaskTimes(interval=0, first_look=0)


async def test_a_pending_enrichment_becomes_a_task_that_the_server_completes(tmp_path: Path) -> None:
    tasks = TasksOfClient()
    async with on_pending_vendor(tmp_path, SYNCHRONOUS, asks=3) as house:
        async with JudgedClient(house.server("memory"), extensions=[tasks]) as client:
            result = await client.call_tool("enrich_person", PENDING_PERSON)
        entries = await logged(house)
    assert result.structured_content["status"] == "found"
    assert [task.status for task in tasks.created] == ["working"]
    outcomes = [entry["outcome"] for entry in entries if entry["type"] == "outcome"]
    assert outcomes == ["success"] * 4, "each try is a call of its own"
    assert len({entry["call"] for entry in entries}) == 4
    assert {entry["client"] for entry in entries if entry["type"] == "intent"} == {"mcp 0.1.0"}


async def test_a_call_within_the_grace_period_is_answered_at_once(tmp_path: Path) -> None:
    tasks = TasksOfClient()
    async with (
        on_pending_vendor(tmp_path, SYNCHRONOUS) as house,
        JudgedClient(house.server("memory"), extensions=[tasks]) as client,
    ):
        result = await client.call_tool("search_people", {"limit": 1})
        with pytest.raises(MCPError) as refusal:
            await client.call_tool("no_such_tool", {})
    assert len(result.structured_content["people"]) == 1
    assert refusal.value.error.code == INVALID_PARAMS
    assert tasks.created == []


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_a_client_that_does_not_declare_the_extension_sees_no_difference(tmp_path: Path, mode: str) -> None:
    async with (
        on_pending_vendor(tmp_path, AT_ONCE) as house,
        JudgedClient(house.server("memory"), mode=mode) as client,
    ):
        result = await client.call_tool("enrich_person", PENDING_PERSON)
        assert result.structured_content["status"] == "pending"
        assert result.structured_content["retry_after_seconds"] == 120
        assert await house.store.tasks.next_at() is None
        again = await client.call_tool("enrich_person", PENDING_PERSON)
    assert again.structured_content["status"] == "found"


async def test_a_legacy_client_that_declares_it_gets_no_task(tmp_path: Path) -> None:
    """Claims are of modern versions only, and so are ours."""
    async with (
        on_pending_vendor(tmp_path, AT_ONCE) as house,
        JudgedClient(house.server("memory"), mode="legacy", extensions=[TasksOfClient()]) as client,
    ):
        result = await client.call_tool("enrich_person", PENDING_PERSON)
    assert result.structured_content["status"] == "pending"


async def test_with_a_progress_token_a_pending_call_is_waited_for_inside(tmp_path: Path) -> None:
    reports: list[tuple[float, float | None, str | None]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, total, message))

    async with (
        on_pending_vendor(tmp_path, TaskTimes(inside=0.01, reporting=0.01), asks=2) as house,
        JudgedClient(house.server("memory"), mode="legacy") as client,
    ):
        result = await client.call_tool("enrich_person", PENDING_PERSON, progress_callback=report)
        intents = [entry for entry in await logged(house) if entry["type"] == "intent"]
    assert result.structured_content["status"] == "found"
    assert len(intents) == 3
    assert {(total, message) for _, total, message in reports} == {(34.0, "The vendor is still gathering data.")}


async def test_a_slow_call_becomes_a_task_with_the_same_result(tmp_path: Path) -> None:
    async with on_held_vendor(tmp_path) as (client, _, vendor):
        task = await created(client, "search_people", {})
        assert task.status == "working"
        assert (task.ttl_ms, task.poll_interval_ms) == (3_600_000, 2_000)
        assert (await ask(client.session, "get", task.task_id))["status"] == "working"
        vendor.released.set()
        done = await ended(client.session, "search_people", task.task_id)
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["people"] == EMPTY_PAGE["people"]
    assert done["createdAt"] == task.created_at


async def test_an_error_of_the_protocol_fails_the_task(tmp_path: Path) -> None:
    async with on_held_vendor(tmp_path) as (client, _, _):
        task = await created(client, "no_such_tool", {})
        done = await ended(client.session, "no_such_tool", task.task_id)
    assert done["status"] == "failed"
    assert done["error"]["code"] == INVALID_PARAMS
    assert "result" not in done


async def test_a_failure_of_the_tool_completes_the_task(tmp_path: Path) -> None:
    """SEP-2663: `failed` is for errors of the protocol only."""
    async with on_held_vendor(tmp_path) as (client, _, _):
        task = await created(client, "search_people", {"limits": 3})
        done = await ended(client.session, "search_people", task.task_id)
    assert done["status"] == "completed"
    assert done["result"]["isError"] is True


async def test_a_cancelled_task_stops_its_call_whose_outcome_is_recorded(tmp_path: Path) -> None:
    async with on_held_vendor(tmp_path) as (client, house, vendor):
        task = await created(client, "search_people", {})
        await vendor.arrived.wait()
        for _ in range(2):
            assert (await ask(client.session, "cancel", task.task_id))["resultType"] == "complete"
            assert (await ask(client.session, "get", task.task_id))["status"] == "cancelled"
    async with on_held_vendor(tmp_path) as (client, house, _):
        last = (await logged(house))[-1]
        assert (last["outcome"], last["error"]) == ("unknown", "cancelled")
        done = await ask(client.session, "get", task.task_id)
    assert done["status"] == "cancelled"
    assert {"result", "error"} & done.keys() == set()


@pytest.mark.parametrize("verb", ["get", "update", "cancel"])
async def test_an_unknown_task_is_an_invalid_parameter(tmp_path: Path, verb: str) -> None:
    async with on_held_vendor(tmp_path) as (client, _, _):
        with pytest.raises(MCPError) as refusal:
            await ask(client.session, verb, "t_nothing")
    assert refusal.value.error.code == INVALID_PARAMS
    assert "t_nothing" not in refusal.value.error.message


@pytest.mark.parametrize("verb", ["get", "update", "cancel"])
async def test_the_methods_need_the_capability(tmp_path: Path, verb: str) -> None:
    async with on_pending_vendor(tmp_path, AT_ONCE) as house, JudgedClient(house.server("memory")) as client:
        with pytest.raises(MCPError) as refusal:
            await ask(client.session, verb, "t_nothing")
    assert refusal.value.error.code == MISSING_REQUIRED_CLIENT_CAPABILITY
    assert refusal.value.error.data == {"requiredCapabilities": {"extensions": {TASKS: {}}}}


async def test_a_tool_that_requires_tasks_is_refused_to_clients_without(tmp_path: Path) -> None:
    async with on_pending_vendor(tmp_path, AT_ONCE) as house:
        extension = house.extension("memory", required=["search_people"])
        server = TalentServer(
            load_tools,
            house.gate,
            house.resources(),
            house.subscriptions,
            transport="memory",
            asking=house.asking,
            extensions=[extension],
        )
        async with JudgedClient(server) as client:
            with pytest.raises(MCPError) as refusal:
                await client.call_tool("search_people", {})
    assert refusal.value.error.code == MISSING_REQUIRED_CLIENT_CAPABILITY


def modern(method: str, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A request of protocol 2026-07-28 over HTTP: its body and its headers."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "a host", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
    }
    return body, headers


async def test_on_http_the_routing_header_has_to_name_the_task(tmp_path: Path) -> None:
    async with (
        running("serve", "--transport", "http", "--port", "0", environment={"TALENT_HOME": str(tmp_path)}) as server,
        httpx2.AsyncClient(base_url=server.origin, trust_env=False) as http,
    ):
        body, headers = modern("tasks/get", taskId="t_one")
        wrong = await http.post("/mcp", json=body, headers={**headers, "Mcp-Name": "t_two"})
        right = await http.post("/mcp", json=body, headers={**headers, "Mcp-Name": "t_one"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, HEADER_MISMATCH)
    assert right.json()["error"]["code"] == INVALID_PARAMS
