"""One client on one transport in one protocol era, against a server that was started for it."""

import json
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp.client.stdio import get_default_environment

from tests.processes import COMMAND, Vendors, running

from .asks import PROMPT, RESOURCE, Seen, complaints
from .catalog import CLIENTS, PROTOCOLS, TRANSPORTS, Era, TestedClient, Transport

CLIENT_SECONDS = 120
PATHS: dict[Transport, str] = {"stdio": "", "sse": "/sse", "http": "/mcp"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What is to be tried."""

    client: TestedClient
    transport: Transport
    era: Era

    @property
    def label(self) -> str:
        return f"{self.client.name}, {self.transport}, {self.era}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How it went: `seen` unless the client gave up."""

    round: Round
    seen: Seen | None
    wrong: list[str]


def all_rounds() -> list[Round]:
    return [
        Round(client=client, transport=transport, era=era)
        for client in CLIENTS
        for transport in TRANSPORTS
        for era in client.speaks.get(transport, ())
    ]


async def tried(plan: Round, vendors: Vendors, calls: Mapping[str, Mapping[str, Any]], home: Path) -> Outcome:
    """The outcome, with homes for the server and for the client in this folder."""
    environment = vendors.environment(home / "server")
    async with reachable(plan.transport, environment) as url:
        errand = {
            "transport": plan.transport,
            "era": plan.era,
            "command": [*COMMAND, "serve"],
            "environment": environment,
            "url": url,
            "calls": calls,
            "resource": RESOURCE,
            "prompt": PROMPT,
        }
        return await driven(plan, errand, home / "client")


@asynccontextmanager
async def reachable(transport: Transport, environment: Mapping[str, str]) -> AsyncGenerator[str]:
    """The URL of a server on a port; a client on stdio starts its own."""
    if transport == "stdio":
        yield ""
        return
    async with running("serve", "--transport", transport, "--port", "0", environment=environment) as server:
        yield f"{server.origin}{PATHS[transport]}"


async def driven(plan: Round, errand: Mapping[str, Any], home: Path) -> Outcome:
    await anyio.Path(home).mkdir(parents=True)
    environment = {
        **get_default_environment(),
        "HOME": str(home),
        "MCP_USE_ANONYMIZED_TELEMETRY": "false",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
    }
    with anyio.move_on_after(CLIENT_SECONDS):
        finished = await anyio.run_process(
            [*plan.client.command, json.dumps(errand)], check=False, env=environment, stdin=subprocess.DEVNULL
        )
        return judged(plan, finished.returncode, finished.stdout.decode(), finished.stderr.decode())
    return Outcome(round=plan, seen=None, wrong=[f"no end after {CLIENT_SECONDS} s"])


def judged(plan: Round, exit_code: int, output: str, errors: str) -> Outcome:
    if exit_code != 0 or not output.strip():
        return Outcome(round=plan, seen=None, wrong=[f"exit code {exit_code}: {errors[-1500:]}"])
    seen = Seen(**json.loads(output.strip().splitlines()[-1]))
    return Outcome(round=plan, seen=seen, wrong=complaints(seen, PROTOCOLS[plan.era]))
