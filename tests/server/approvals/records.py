"""A Stardex of one record behind a MockTransport, and a clock that a test moves."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from talent_mcp.app import House, open_house
from tests.houses import KEYS, settings_in

NOW = 1_795_000_000.0
TITLE = {"current_job_title": "Group CFO"}


@dataclass(slots=True)
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@dataclass(slots=True)
class Stardex:
    """Answers with the record, changes it, and remembers what it was asked to write."""

    record: dict[str, Any] = field(
        default_factory=lambda: {"id": "p1", "name": "Ada Li", "current_job_title": "CFO", "emails": [], "phones": []}
    )
    written: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            self.written.append(json.loads(request.content))
            self.record |= self.written[-1]
            return httpx2.Response(200, json={"success": True, "data": {"message": "Person updated successfully"}})
        return httpx2.Response(200, json={"success": True, "data": self.record})


@asynccontextmanager
async def asking_house(home: Path, stardex: Stardex, clock: Clock, **changes: Any) -> AsyncGenerator[House]:
    """A server whose writes wait for a person."""
    settings = settings_in(home, approval="ask", **changes)
    async with open_house(settings, KEYS, transport=httpx2.MockTransport(stardex), clock=clock) as house:
        yield house
