"""A person at this computer: a browser that the server opens, and what a form sends."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

from talent_mcp.app import House
from tests.judge import JudgedClient
from tests.server.approvals.records import Clock, Vendors, asking_house

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(slots=True)
class Browser:
    """Remembers which addresses were opened; one that does not work opens none."""

    works: bool = True
    opened: list[str] = field(default_factory=list[str])

    async def __call__(self, address: str) -> bool:
        if self.works:
            self.opened.append(address)
        return self.works


@dataclass(frozen=True, slots=True)
class Desktop:
    """An agent's client, the server, the vendors' record, the time, and the person's browser."""

    client: JudgedClient
    house: House
    stardex: Vendors
    clock: Clock
    browser: Browser

    async def ask(self, *, title: str = "Group CFO", plan_id: str | None = None) -> dict[str, Any]:
        """What the agent is told of a change that it asks for."""
        call: dict[str, Any] = {"person_id": "p1", "changes": {"current_job_title": title}}
        result = await self.client.call_tool("update_stardex_person", {**call, "plan_id": plan_id} if plan_id else call)
        assert result.structured_content is not None, result.content
        return dict(result.structured_content)

    async def waiting(self) -> list[str]:
        """The plans that nobody has decided on."""
        return [plan.plan_id for plan in await self.house.desk.waiting("default")]


@asynccontextmanager
async def desktop(home: Path, browser: Browser | None = None, **changes: Any) -> AsyncGenerator[Desktop]:
    """A client that cannot ask anybody, and a person at the server's own computer."""
    stardex, clock, browser = Vendors(), Clock(), browser or Browser()
    async with (
        asking_house(home, stardex, clock, browser=browser, **changes) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Desktop(client, house, stardex, clock, browser)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a browser holds it, with its cookie, and what its form sends besides the decision."""

    address: str
    text: str
    cookie: str
    hidden: dict[str, str]

    @property
    def origin(self) -> str:
        return self.address.partition("/plans/")[0]

    async def send(self, headers: dict[str, str] | None = None, **fields: str) -> httpx2.Response:
        """What the server answers to the form; `headers` replace those that a browser sends, and an empty one is left out."""
        sent = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", "Cookie": self.cookie, **(headers or {})}
        return await request("POST", self.address, sent, data={**self.hidden, **fields})

    async def approve(self) -> httpx2.Response:
        return await self.send(decision="approve")

    async def refuse(self, reason: str = "") -> httpx2.Response:
        return await self.send(decision="refuse", reason=reason)


async def look(address: str) -> Page:
    """The page at an address, as a browser opens it."""
    answer = await request("GET", address, {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    fields = {name: unescape(value) for name, value in FIELD.findall(answer.text)}
    return Page(address, answer.text, cookie, fields)


async def request(method: str, address: str, headers: dict[str, str] | None = None, **more: Any) -> httpx2.Response:
    """An answer of the page to a request as it is given here."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        return await http.request(method, address, headers={k: v for k, v in (headers or {}).items() if v}, **more)
