"""The same server with one of its protections taken away, by something weaker in the place of a part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx2

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Head, OpenCall, Store
from tests.faults.mortal import Life, MortalStore
from tests.faults.simulated_vendors import SimulatedVendors
from tests.faults.simulation import Protections


class Weaker(MortalStore):
    """A store that lets something through; it lives for ever."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Life(), [])


@dataclass(frozen=True)
class Unclaimed(Entry):
    """An entry that takes nothing for itself, whatever it says."""

    @property
    def claims(self) -> list[str]:
        return []


class WithoutClaims(Weaker):
    """What only one entry may say, every entry may."""

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        return await super().append(Unclaimed(entry.tenant, entry.envelope, entry.body), limits=limits)


class WithoutLimits(Weaker):
    """Nobody looks at budgets."""

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        return await super().append(entry)


class WithoutIntents(Weaker):
    """That a call is about to act is not written down."""

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        return await (self.head(entry.tenant) if entry.type == "intent" else super().append(entry, limits=limits))


class WithoutDoubt(Weaker):
    """What is not known to have happened is taken not to have."""

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        return await super().append(certain(entry), limits=limits)

    async def resolve_abandoned(self, write: Callable[[OpenCall], Entry], *, now: float) -> list[OpenCall]:
        return await super().resolve_abandoned(lambda call: certain(write(call)), now=now)


def certain(entry: Entry) -> Entry:
    if entry.type != "outcome" or entry.outcome != "unknown":
        return entry
    fields = {**entry.fields, "outcome": "failure"}
    kept = {name: value for name, value in fields.items() if name not in KEPT_BY_EVERY_ENTRY}
    return write_entry(tenant=entry.tenant, call_id=entry.call_id, type_="outcome", at=0.0, fields=kept)


KEPT_BY_EVERY_ENTRY = frozenset({"v", "type", "time", "call", "tenant", "commit"})


def resending(vendors: SimulatedVendors, request: httpx2.Request) -> httpx2.Response:
    """Makes a request again whose answer got lost, whatever it may have done."""
    try:
        return vendors.answer(request)
    except httpx2.TransportError:
        return vendors.answer(request)


class Stale:
    """Gives what it read of a record the first time, as if nobody had changed it since."""

    def __init__(self) -> None:
        self._read: dict[int, httpx2.Response] = {}

    def __call__(self, vendors: SimulatedVendors, request: httpx2.Request) -> httpx2.Response:
        answer = vendors.answer(request)
        if request.method != "GET" or "persons" not in request.url.path or answer.status_code != 200:
            return answer
        first = self._read.setdefault(id(vendors), answer)
        return httpx2.Response(200, content=first.content)


@dataclass(frozen=True, slots=True)
class Weakened:
    """What is there without a protection, under which policy that shows, and in which words."""

    protections: Protections
    approval: Literal["ask", "auto"]
    shows: str


WEAKENED: dict[str, Weakened] = {
    "each wish and each yes once": Weakened(Protections(store=WithoutClaims), "auto", "written 2 times"),
    "budgets": Weakened(Protections(store=WithoutLimits), "auto", "credits were charged"),
    "no record, no action": Weakened(Protections(store=WithoutIntents), "ask", "fewer calls that had them"),
    "what is in doubt is not done again": Weakened(Protections(store=WithoutDoubt), "ask", "fewer calls that had them"),
    "a person's yes": Weakened(Protections(approval="auto"), "ask", "without a yes"),
    "the record is read again": Weakened(Protections(answer=Stale()), "ask", "without a yes"),
    "no blind repetition": Weakened(Protections(answer=resending), "ask", "written 2 times|2 effects"),
}
"""Each protection that can be taken away."""
