"""Servers whose vendor answers when the test says so, with tasks that need no waiting."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2

from talent_mcp.app import House, open_house
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.sandbox import SandboxOptions
from talent_mcp.store.protocol import Store
from talent_mcp.tasks.times import TaskTimes
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient

from .clients import TasksOfClient

AT_ONCE = TaskTimes(grace=0, interval=0, first_look=0)
"""Every call becomes a task, and what is pending is asked again without delay."""
EMPTY_PAGE: dict[str, Any] = {"people": [], "total": 0}
PENDING_PERSON = {"person": {"linkedin": "https://www.linkedin.com/in/emil-pending-1004"}}


class HeldVendor(httpx2.AsyncBaseTransport):
    """A vendor that answers with an empty page once it is released."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.released = anyio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.arrived.set()
        await self.released.wait()
        return httpx2.Response(200, json=EMPTY_PAGE)


@asynccontextmanager
async def on_held_vendor(
    home: Path, times: TaskTimes = AT_ONCE, store: Store | None = None
) -> AsyncGenerator[tuple[JudgedClient, House, HeldVendor]]:
    """A client that knows tasks, of a server on one held vendor."""
    vendor = HeldVendor()
    async with (
        open_house(settings_in(home), KEYS, transport=vendor, task_times=times, store=store) as house,
        JudgedClient(house.server("memory"), extensions=[TasksOfClient()]) as client,
    ):
        yield client, house, vendor


@asynccontextmanager
async def on_pending_vendor(home: Path, times: TaskTimes, *, asks: int = 1) -> AsyncGenerator[House]:
    """A server on the embedded vendors, of which Ocean.io says so often that it is still gathering data."""
    options = SandboxOptions(pending_asks=asks)
    async with open_sandbox_house(settings_in(home), options, task_times=times) as (house, _):
        yield house


async def logged(house: House) -> list[dict[str, Any]]:
    """The envelopes of the audit log's entries."""
    return [stored.envelope async for stored in house.store.entries(LOCAL_TENANT)]
