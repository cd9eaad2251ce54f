"""Three vendors with one record each, that fail in every way and remember what really happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import httpx2

Fault = Literal["429", "500", "500 after", "dropped", "dropped after", "timeout", "timeout after", "garbage after"]
FAULTS: Sequence[Fault] = (
    "429",
    "500",
    "500 after",
    "dropped",
    "dropped after",
    "timeout",
    "timeout after",
    "garbage after",
)
PRICE = 1.1
"""Credits for an enrichment that reveals an e-mail."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that took effect: which mark it set, and what stood there before it."""

    mark: str
    before: str | None


@dataclass(slots=True)
class SimulatedVendors:
    """What is true at the vendors of one run; `faulty` is how likely a request goes wrong."""

    random: Random
    faulty: float
    title: str = "CFO"
    written: list[Written] = field(default_factory=list[Written])
    charged: list[str] = field(default_factory=list[str])
    requests: int = 0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Raises httpx2.TransportError: the connection failed, before or after what was asked for was done."""
        self.requests += 1
        fault = self.random.choice(FAULTS) if self.random.random() < self.faulty else None
        if fault is None or fault.endswith(" after"):
            done = self._done(request)
            return done if fault is None else failed(fault)
        return failed(fault)

    def move(self) -> None:
        """Somebody else changes the record."""
        self.title = f"moved {self.random.randrange(1_000_000)}"

    def _done(self, request: httpx2.Request) -> httpx2.Response:
        body: dict[str, Any] = httpx2.Response(200, content=request.content or b"{}").json()
        if "enrich" in request.url.path:
            return self._enriched(body)
        if "profiles" in request.url.path:
            return self._noted(body) if request.method == "POST" else profiles()
        if request.method == "PATCH":
            self.written.append(Written(body["current_job_title"], self.title))
            self.title = body["current_job_title"]
        return httpx2.Response(200, json={"success": True, "data": self._person()})

    def _enriched(self, body: dict[str, Any]) -> httpx2.Response:
        profile = body["person"]["linkedin"]
        self.charged.append(profile.rpartition("/")[2])
        found = {"id": f"id-{self.charged[-1]}", "linkedinUrl": profile, "creditsUsed": PRICE}
        return httpx2.Response(200, json={**found, "email": {"address": "ada@people.example", "status": "verified"}})

    def _noted(self, body: dict[str, Any]) -> httpx2.Response:
        self.written.append(Written(body["historyEntryMessage"], None))
        return httpx2.Response(201, json={"message": "Profile saved successfully", "taskId": "t", "profileId": "p1"})

    def _person(self) -> dict[str, Any]:
        return {"id": "p1", "name": "Ada Li", "current_job_title": self.title, "emails": [], "phones": []}


def profiles() -> httpx2.Response:
    return httpx2.Response(200, json={"data": [{"id": "p1", "firstName": "Ada", "externalId": "e1"}], "total": 1})


def failed(fault: Fault) -> httpx2.Response:
    """What a client sees of it."""
    match fault:
        case "429":
            return httpx2.Response(429, headers={"Retry-After": "0"}, json={"message": "slow down"})
        case "500" | "500 after":
            return httpx2.Response(500, json={"message": "sorry"})
        case "dropped" | "dropped after":
            raise httpx2.ReadError("the connection is gone")
        case "timeout" | "timeout after":
            raise httpx2.ReadTimeout("nothing came")
        case "garbage after":
            return httpx2.Response(200, content=b"<html>")
