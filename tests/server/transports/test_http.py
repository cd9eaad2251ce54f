"""The HTTP process: who may reach it, how it says that it is well, and how it ends."""

import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from talent_mcp.errors import ConfigurationError
from talent_mcp.logs import configure_logging
from talent_mcp.transports.http import address, listen, serve_http
from tests.judge import JudgedClient
from tests.processes import COMMAND, INITIALIZE, Running, running

pytestmark = pytest.mark.anyio

HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Running]:
    async with running(
        "serve", "--transport", "http", "--port", "0", "--sandbox", environment={"TALENT_HOME": str(tmp_path)}
    ) as started:
        yield started


@pytest.fixture
async def http(server: Running) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.origin, trust_env=False, headers=HEADERS) as client:
        yield client


def initialize() -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}


async def test_a_running_server_is_alive_and_ready(http: httpx2.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_server_whose_log_cannot_be_read_is_alive_and_not_ready(tmp_path: Path) -> None:
    (tmp_path / "audit.db").mkdir()
    async with (
        running("serve", "--transport", "http", "--port", "0", environment={"TALENT_HOME": str(tmp_path)}) as server,
        httpx2.AsyncClient(base_url=server.origin, trust_env=False) as http,
    ):
        assert (await http.get("/healthz")).status_code == 200
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["status"] == "unavailable"


@pytest.mark.parametrize("path", ["/mcp", "/messages?session_id=0"])
async def test_a_page_of_another_site_cannot_call(http: httpx2.AsyncClient, path: str) -> None:
    wrong_host = await http.post(path, json=initialize(), headers={"Host": "rebound.example:80"})
    wrong_origin = await http.post(path, json=initialize(), headers={"Origin": "https://elsewhere.example"})
    assert (wrong_host.status_code, wrong_origin.status_code) == (421, 403)


async def test_a_page_of_another_site_cannot_listen(http: httpx2.AsyncClient) -> None:
    wrong_host = await http.get("/sse", headers={"Host": "rebound.example:80"})
    wrong_origin = await http.get("/sse", headers={"Origin": "https://elsewhere.example"})
    assert (wrong_host.status_code, wrong_origin.status_code) == (421, 403)


async def test_a_tag_in_a_page_of_another_site_opens_no_stream(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/sse", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:80.evil.example", "localhost:80@evil.example", "127.0.0.1:8000000"])
async def test_what_only_begins_like_this_machine_is_another_one(http: httpx2.AsyncClient, host: str) -> None:
    wrong_host = await http.post("/mcp", json=initialize(), headers={"Host": host})
    wrong_origin = await http.post("/mcp", json=initialize(), headers={"Origin": f"http://{host}"})
    assert (wrong_host.status_code, wrong_origin.status_code) == (403, 403)


async def test_a_local_client_may_call(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/mcp", json=initialize(), headers={"Origin": str(http.base_url).rstrip("/")})
    assert answer.status_code == 200
    assert "talent-mcp" in answer.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_process_cleanly_with_a_stream_open(
    server: Running, http: httpx2.AsyncClient, number: signal.Signals
) -> None:
    async with http.stream("GET", "/sse") as stream:
        assert stream.status_code == 200
        assert await server.stop(number) == 0


async def test_a_signal_tells_whoever_listens_that_nothing_more_comes(server: Running) -> None:
    async with (
        JudgedClient(f"{server.origin}/mcp", mode="2026-07-28") as client,
        client.listen() as subscription,
    ):
        assert await server.stop() == 0
        assert [event async for event in subscription] == []


async def test_a_crash_of_a_page_is_logged_without_its_text(
    capfd: pytest.CaptureFixture[str], untouched_root: None
) -> None:
    async def crash(_: Request) -> Response:
        raise RuntimeError("ada@demo.example")

    configure_logging("DEBUG")
    with listen("127.0.0.1", 0) as listening:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve_http, Starlette(routes=[Route("/", crash)]), listening)
            async with httpx2.AsyncClient(base_url=address(listening), trust_env=False) as http:
                assert (await http.get("/")).status_code == 500
            os.kill(os.getpid(), signal.SIGTERM)
    said = capfd.readouterr().err
    assert "ada@demo.example" not in said
    assert "RuntimeError at test_http.py" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::"])  # noqa: S104  # it is refused
async def test_nothing_but_the_loopback_interface_is_listened_on(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot tell callers apart"):
        listen(host, 0)
    done = await anyio.run_process(
        [*COMMAND, "serve", "--transport", "http", "--host", host], check=False, env={"TALENT_HOME": str(tmp_path)}
    )
    assert done.returncode == 1
    assert b"Use 127.0.0.1" in done.stderr


async def test_a_port_that_is_taken_is_said_to_be_taken(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = address(taken).rpartition(":")[2]
        done = await anyio.run_process(
            [*COMMAND, "serve", "--transport", "sse", "--port", port], check=False, env={"TALENT_HOME": str(tmp_path)}
        )
    assert done.returncode == 1
    assert f"port {port}".encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_other_loopback_address_works_too() -> None:
    with listen("::1", 0) as listening:
        assert address(listening).startswith("http://[::1]:")
