"""Hostile messages on every transport: the server keeps serving others, tells nothing, and its log verifies."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client.sse import sse_client
from mcp.types import METHOD_NOT_FOUND

from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.hostile_messages import CANARY, hostile_messages
from tests.judge import JudgedClient
from tests.processes import Running, piped, running

pytestmark = pytest.mark.anyio

COUNT = 1_000
SEED = 20261123


async def log_verifies(home: Path) -> None:
    store = SqliteStore(home / "audit.db")
    assert (await verify(store, "default")).problem is None
    assert await store.calls_in_doubt("default") == []
    await store.close()


def assert_nothing_told(answer: dict[str, Any]) -> None:
    """An error, of the protocol or of a tool, repeats no value; identifier and method come back, as they are the caller's own."""
    result: dict[str, Any] = answer.get("result") or {}
    error: dict[str, Any] = answer.get("error") or {}
    if (error or result.get("isError")) and error.get("code") != METHOD_NOT_FOUND:
        assert CANARY not in repr({**answer, "id": None})


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_on_stdio(tmp_path: Path, era: str) -> None:
    errors: list[bytes] = []
    environment = {"TALENT_HOME": str(tmp_path), "TALENT_LOG_LEVEL": "DEBUG"}
    async with piped(environment, errors=errors) as pipe:
        if era == "legacy":
            await pipe.initialize()
        for line in hostile_messages(SEED, COUNT):
            await pipe.write(line)
        await pipe.request(4_242, "ping")
        answer = await pipe.answer()
        while answer.get("id") != 4_242:
            assert_nothing_told(answer)
            answer = await pipe.answer()
        assert await pipe.close() == 0
    assert CANARY.encode() not in b"".join(errors)
    await log_verifies(tmp_path)


async def still_serves(server: Running) -> None:
    async with JudgedClient(f"{server.origin}/mcp") as client:
        assert len((await client.list_tools()).tools) == 4


async def test_on_streamable_http(tmp_path: Path) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    async with running(
        "serve", "--transport", "http", "--port", "0", environment={"TALENT_HOME": str(tmp_path)}
    ) as server:
        async with httpx2.AsyncClient(base_url=server.origin, trust_env=False, headers=headers, timeout=30) as http:
            for number, line in enumerate(hostile_messages(SEED, COUNT)):
                modern = {"MCP-Protocol-Version": "2026-07-28"} if number % 2 else {}
                async with http.stream("POST", "/mcp", content=line, headers=modern) as answer:
                    assert answer.status_code < 500
                    if await answer.aread() and answer.status_code != 200:
                        assert_nothing_told(answer.json())
        await still_serves(server)
        assert await server.stop() == 0
    await log_verifies(tmp_path / "")


async def test_on_sse(tmp_path: Path) -> None:
    async with running(
        "serve", "--transport", "sse", "--port", "0", environment={"TALENT_HOME": str(tmp_path)}
    ) as server:
        async with (
            httpx2.AsyncClient(base_url=server.origin, trust_env=False, timeout=30) as http,
            http.stream("GET", "/sse") as stream,
            anyio.create_task_group() as tasks,
        ):
            lines = stream.aiter_lines()
            endpoint = await first_data(lines)
            tasks.start_soon(drained, lines)
            for message in hostile_messages(SEED, COUNT):
                answer = await http.post(endpoint, content=message, headers={"Content-Type": "application/json"})
                assert answer.status_code < 500
            tasks.cancel_scope.cancel()
        async with JudgedClient(sse_client(f"{server.origin}/sse"), mode="legacy") as client:
            assert len((await client.list_tools()).tools) == 4
        assert await server.stop() == 0
    await log_verifies(tmp_path)


async def first_data(lines: AsyncIterator[str]) -> str:
    """Where the client is told to send its messages."""
    async for line in lines:
        if line.startswith("data: "):
            return line.removeprefix("data: ")
    raise AssertionError("the stream ended")


async def drained(lines: AsyncIterator[str]) -> None:
    """Read what the server answers, and keep none of it."""
    async for _ in lines:
        pass


async def test_a_line_of_twenty_megabytes_ends_nothing(tmp_path: Path) -> None:
    async with piped({"TALENT_HOME": str(tmp_path)}) as pipe:
        await pipe.initialize()
        await pipe.write(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"' + b"x" * 20_000_000 + b'"}}')
        await pipe.request(2, "ping")
        answer = await pipe.answer()
        while answer.get("id") != 2:
            answer = await pipe.answer()
        assert answer["result"] == {}
