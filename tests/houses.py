"""Servers for tests: on the embedded vendors, or on a fake behind a MockTransport."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from talent_mcp.app import House, open_house
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.settings import Settings, load_settings
from tests.judge import JudgedClient

KEYS = {"OCEAN_API_TOKEN": "ocean-key", "STARDEX_API_KEY": "stardex-key", "JARVI_API_KEY": "jarvi-key"}

Handler = Callable[[httpx2.Request], httpx2.Response] | Callable[[httpx2.Request], Coroutine[Any, Any, httpx2.Response]]


def settings_in(home: Path, **changes: Any) -> Settings:
    """Settings with their state in this folder, writes that nobody is asked about, and nothing else set."""
    return load_settings({"TALENT_HOME": str(home), "TALENT_APPROVAL": "host"}).model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Connected:
    """A client and the server it talks to, with the sandbox where there is one."""

    client: JudgedClient
    house: House
    sandbox: Sandbox

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured result of a call that succeeds."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return dict(result.structured_content)

    async def refusal(self, tool: str, /, **arguments: Any) -> str:
        """The text of a call that fails."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        (content,) = result.content
        assert content.type == "text"
        return content.text


@asynccontextmanager
async def on_sandbox(home: Path, options: SandboxOptions | None = None, **changes: Any) -> AsyncGenerator[Connected]:
    """An in-memory client of a server on the embedded vendors."""
    async with (
        open_sandbox_house(settings_in(home, **changes), options) as (house, sandbox),
        JudgedClient(house.server("memory")) as client,
    ):
        yield Connected(client, house, sandbox)


@asynccontextmanager
async def on_vendor(home: Path, vendor: Handler, **changes: Any) -> AsyncGenerator[Connected]:
    """An in-memory client of a server whose vendors are all this one function."""
    transport = httpx2.MockTransport(vendor)
    async with (
        open_house(settings_in(home, **changes), KEYS, transport=transport) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Connected(client, house, Sandbox())
