"""A server is killed, and the next one knows its tasks."""

import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.stdio import get_default_environment

from talent_mcp.tasks.extension import TASKS
from tests.judge import judge
from tests.processes import COVERAGE, Pipe, Vendors, vendors_on_a_port

from .held import PENDING_PERSON

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
NEVER = "3600"


@asynccontextmanager
async def server(
    environment: dict[str, str], *, grace: str, first_look: str, lease: str = NEVER
) -> AsyncGenerator[Pipe]:
    """Our server on pipes, killed at the end as a crash would end it."""
    process = await anyio.open_process(
        [sys.executable, "-m", "tests.server.tasks.serving", grace, first_look, lease],
        env={**get_default_environment(), **COVERAGE, **environment},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Pipe(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await process.aclose()


async def asked(pipe: Pipe, method: str, **params: Any) -> dict[str, Any]:
    """The result of a request of protocol 2026-07-28 by a client that knows tasks."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "a host", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}},
    }
    await pipe.request(1, method, **params, _meta=meta)
    result: dict[str, Any] = (await pipe.answer())["result"]
    return result


async def task_of(pipe: Pipe, tool: str, arguments: dict[str, Any]) -> str:
    result = await asked(pipe, "tools/call", name=tool, arguments=arguments)
    assert result["resultType"] == "task", result
    return str(result["taskId"])


async def in_status(pipe: Pipe, task_id: str, *statuses: str) -> dict[str, Any]:
    while True:
        task = await asked(pipe, "tasks/get", taskId=task_id)
        if task["status"] in statuses:
            return task


async def in_flight(vendors: Vendors, path: str) -> None:
    """Return once a call has reached its vendor."""
    while path not in [request["path"] for request in await vendors.received()]:
        await anyio.lowlevel.checkpoint()


async def test_a_result_is_there_after_a_restart(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        environment = vendors.environment(tmp_path)
        async with server(environment, grace="0", first_look=NEVER) as pipe:
            task_id = await task_of(pipe, "search_people", {"limit": 1})
            before = await in_status(pipe, task_id, "completed")
        async with server(environment, grace="0", first_look=NEVER) as pipe:
            after = await asked(pipe, "tasks/get", taskId=task_id)
    assert after == before
    judge("search_people", after["result"])
    assert len(after["result"]["structuredContent"]["people"]) == 1


async def test_a_pending_enrichment_is_taken_up_by_the_next_server(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        environment = vendors.environment(tmp_path)
        async with server(environment, grace="30", first_look=NEVER) as pipe:
            task_id = await task_of(pipe, "enrich_person", PENDING_PERSON)
            assert (await asked(pipe, "tasks/get", taskId=task_id))["status"] == "working"
        async with server(environment, grace="30", first_look="0") as pipe:
            done = await in_status(pipe, task_id, "completed", "failed")
        assert len(await vendors.received()) == 2
    judge("enrich_person", done["result"])
    assert done["result"]["structuredContent"]["status"] == "found"


async def test_a_call_that_died_with_its_server_is_not_made_again(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        environment = vendors.environment(tmp_path)
        await vendors.arm("ocean", "latency", seconds=30)
        async with server(environment, grace="0", first_look=NEVER, lease="0") as pipe:
            task_id = await task_of(pipe, "search_people", {})
            await in_flight(vendors, "/v3/search/people")
        async with server(environment, grace="0", first_look="0", lease="0") as pipe:
            done = await in_status(pipe, task_id, "completed", "failed")
        assert len(await vendors.received()) == 1
    assert "talent-mcp audit list --in-doubt" in done["error"]["message"]
