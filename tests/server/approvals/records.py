"""Vendors of one record behind a MockTransport, and a clock that a test moves."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2

from talent_mcp.app import House, open_house
from talent_mcp.web.browser import OpenPage
from tests.houses import KEYS, settings_in

NOW = 1_795_000_000.0
TITLE = {"current_job_title": "Group CFO"}


@dataclass(slots=True)
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


Fault = Callable[[], httpx2.Response | None]


def dropped() -> httpx2.Response:
    raise httpx2.ReadError("the connection is gone")


def refused() -> httpx2.Response:
    return httpx2.Response(400, json={"message": "no"})


@dataclass(slots=True)
class Vendors:
    """One record that Jarvi and Stardex both know, and what they were asked to write.

    `before` and `after` say what happens instead of an answer: before a write takes effect, and after it did. A write
    waits for `go`.
    """

    record: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "p1",
            "name": "Ada Li",
            "firstName": "Ada",
            "headline": "CFO",
            "current_job_title": "CFO",
            "emails": [],
            "phones": [],
        }
    )
    written: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    before: Fault = lambda: None
    after: Fault = lambda: None
    go: anyio.Event | None = None
    waited_for: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            found: Any = [self.record] if "profiles" in request.url.path else self.record
            return httpx2.Response(200, json={"success": True, "data": found, "total": 1})
        if self.go is not None:
            self.waited_for.set()
            await self.go.wait()
        if (fault := self.before()) is not None:
            return fault
        self.written.append(json.loads(request.content))
        self.record |= self.written[-1]
        if (fault := self.after()) is not None:
            return fault
        saved = {"message": "Profile saved successfully", "taskId": "t1", "profileId": "p1"}
        return httpx2.Response(201 if request.method == "POST" else 200, json={"success": True, "data": {}, **saved})


@asynccontextmanager
async def asking_house(
    home: Path, vendors: Vendors, clock: Clock, *, browser: OpenPage | None = None, **changes: Any
) -> AsyncGenerator[House]:
    """A server whose writes wait for a person, who has this browser."""
    settings = settings_in(home, approval="ask", **changes)
    transport = httpx2.MockTransport(vendors)
    async with open_house(settings, KEYS, transport=transport, clock=clock, open_page=browser) as house:
        yield house
