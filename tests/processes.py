"""Real processes for tests: the server and the sandbox as a user starts them, ready when they say so."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpx2
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.text import TextReceiveStream
from mcp.client.stdio import StdioServerParameters, get_default_environment

from tests.judge import JudgedMessages

COMMAND = [sys.executable, "-P", "-m", "talent_mcp"]
"""As the console script does it: the current folder is no place to import from."""

LONGEST_LINE_BYTES = 20_000_000
INITIALIZE: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "a host", "version": "1"},
}

COVERAGE = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS_")}
"""What lets a process that is measured have its children measured too; the rest of this environment stays out."""

ORIGIN = re.compile(r"http://127\.0\.0\.1:\d+")
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Running:
    """A process that listens at `origin`."""

    process: anyio.abc.Process
    origin: str

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after this signal."""
        self.process.send_signal(number)
        with anyio.fail_after(START_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def running(*arguments: str, environment: Mapping[str, str]) -> AsyncGenerator[Running]:
    """`talent-mcp ARGUMENTS`, once it has said where it listens; killed at the end if it is still there."""
    process = await anyio.open_process(
        [*COMMAND, *arguments],
        env={**get_default_environment(), **COVERAGE, **environment},
        stderr=subprocess.STDOUT,
    )
    try:
        yield Running(process, await announced_origin(process))
        if process.returncode is None:
            process.terminate()
            with anyio.move_on_after(START_SECONDS):
                await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


async def announced_origin(process: anyio.abc.Process) -> str:
    assert process.stdout is not None
    said = ""
    with anyio.fail_after(START_SECONDS):
        async for text in TextReceiveStream(process.stdout):
            said += text
            found = ORIGIN.search(said)
            if found and said.endswith("\n"):
                return found[0]
    raise AssertionError(f"the process ended and said: {said}")


@dataclass(frozen=True, slots=True)
class Vendors:
    """The sandbox on a port, seen from outside."""

    origin: str
    http: httpx2.AsyncClient

    def environment(self, home: Path) -> dict[str, str]:
        """What makes a server use this sandbox, and ask nobody before it writes."""
        return {
            "TALENT_HOME": str(home),
            "TALENT_APPROVAL": "host",
            "TALENT_OCEAN_URL": f"{self.origin}/ocean",
            "TALENT_STARDEX_URL": f"{self.origin}/stardex",
            "TALENT_JARVI_URL": f"{self.origin}/jarvi",
            "OCEAN_API_TOKEN": "sandbox-ocean",
            "STARDEX_API_KEY": "sandbox-stardex",
            "JARVI_API_KEY": "sandbox-jarvi",
        }

    async def received(self) -> list[dict[str, Any]]:
        """Every request that reached a vendor, as it arrived."""
        requests: list[dict[str, Any]] = (await self.http.get("/_sandbox/requests")).json()["requests"]
        return requests

    async def reset(self) -> None:
        await self.http.post("/_sandbox/reset")

    async def arm(self, vendor: str, kind: str, **fault: Any) -> None:
        """Let the next requests of a vendor go wrong."""
        answer = await self.http.post("/_sandbox/faults", json={"vendor": vendor, "kind": kind, **fault})
        assert answer.status_code == 201, answer.text


@asynccontextmanager
async def vendors_on_a_port(*options: str) -> AsyncGenerator[Vendors]:
    """`talent-mcp sandbox` on a free port."""
    async with (
        running("sandbox", "--port", "0", *options, environment={}) as sandbox,
        httpx2.AsyncClient(base_url=sandbox.origin, trust_env=False) as http,
    ):
        yield Vendors(sandbox.origin, http)


def stdio_server(environment: Mapping[str, str]) -> StdioServerParameters:
    """How an MCP host starts the server."""
    return StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env={**COVERAGE, **environment})


class Pipe:
    """Standard input and output of a server, a JSON message a line; what its tools answer is judged."""

    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdin is not None
        self.process = process
        self._in = process.stdin
        self._out = BufferedByteReceiveStream(process.stdout) if process.stdout else None
        self._judged = JudgedMessages()

    async def write(self, line: bytes) -> None:
        await self._in.send(line + b"\n")

    async def request(self, number: int, method: str, **params: Any) -> None:
        self._judged.asked(number, method, params)
        await self.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    async def answer(self) -> dict[str, Any]:
        assert self._out is not None
        with anyio.fail_after(START_SECONDS):
            message: dict[str, Any] = json.loads(await self._out.receive_until(b"\n", LONGEST_LINE_BYTES))
        self._judged.answered(message)
        return message

    async def initialize(self) -> None:
        await self.request(0, "initialize", **INITIALIZE)
        assert (await self.answer())["result"]["serverInfo"]["name"] == "talent-mcp"
        await self.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')

    async def hang_up(self) -> None:
        await self._in.aclose()

    async def close(self) -> int:
        await self.hang_up()
        return await self.ended()

    async def ended(self) -> int:
        with anyio.fail_after(START_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def piped(
    environment: Mapping[str, str],
    *arguments: str,
    errors: list[bytes] | None = None,
    output: int = subprocess.PIPE,
    under: Sequence[str] = (),
) -> AsyncGenerator[Pipe]:
    """`talent-mcp ARGUMENTS` on pipes; what it writes to standard error is added to `errors`. `under` is a command
    that runs it."""
    process = await anyio.open_process(
        [*under, *COMMAND, *arguments],
        env={**get_default_environment(), **COVERAGE, **environment},
        stdout=output,
        stderr=subprocess.DEVNULL if errors is None else subprocess.PIPE,
    )
    try:
        yield Pipe(process)
        if errors is not None and process.stderr is not None:
            errors.extend([chunk async for chunk in process.stderr])
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()
