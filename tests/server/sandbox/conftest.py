"""A sandbox in process, a client that holds all three keys, and a clock that tests turn."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from talent_mcp.sandbox import Sandbox, SandboxOptions

MONDAY_MORNING = 1_795_424_400.0  # 2026-11-23 09:00 UTC
KEYS = {
    "x-api-token": "sandbox-ocean",
    "authorization": "Bearer sandbox-stardex",
    "x-api-key": "sandbox-jarvi",
}


@pytest.fixture
def clock() -> list[float]:
    """The current time as the only item, so that a test can move it."""
    return [MONDAY_MORNING]


@pytest.fixture
def build(clock: list[float]) -> Callable[[SandboxOptions], Sandbox]:
    return lambda options: Sandbox(options, clock=lambda: clock[0])


@pytest.fixture
def sandbox(build: Callable[[SandboxOptions], Sandbox]) -> Sandbox:
    return build(SandboxOptions())


@pytest.fixture
def connect() -> Callable[[Sandbox], httpx2.AsyncClient]:
    def connected(sandbox: Sandbox) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=sandbox.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://sandbox.test", headers=KEYS)

    return connected


@pytest.fixture
async def client(
    sandbox: Sandbox, connect: Callable[[Sandbox], httpx2.AsyncClient]
) -> AsyncIterator[httpx2.AsyncClient]:
    async with connect(sandbox) as connected:
        yield connected
