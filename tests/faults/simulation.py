"""Agents, people and vendors over several processes, each run drawn from its seed; and what must be true after it."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeVar

import anyio
import anyio.abc
import httpx2

from talent_mcp.app import House, open_house
from talent_mcp.approvals.desk import Decision, NotWaiting
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.identity import Caller
from talent_mcp.money_settings import BudgetSettings
from talent_mcp.settings import Settings
from talent_mcp.store.protocol import Store
from tests.faults.mortal import Life, MortalStore, of_death
from tests.faults.rounds import seeded
from tests.faults.simulated_vendors import PRICE, SimulatedVendors
from tests.houses import KEYS, settings_in
from tests.server.approvals.records import Clock

T = TypeVar("T")
Kind = Literal["note", "title", "enrichment"]
NewStore = Callable[[], Store]
Answer = Callable[[SimulatedVendors, httpx2.Request], httpx2.Response]

PROCESSES = 2
MOST_STEPS = 40
ATTEMPTS = 3
LEASE_OVER = 400.0
PER_DAY = Decimal("3.5")
CALL_SECONDS = 0.25
"""How long a call waits for the same one elsewhere, whose process may be dead."""


def honest(vendors: SimulatedVendors, request: httpx2.Request) -> httpx2.Response:
    return vendors.answer(request)


@dataclass(frozen=True, kw_only=True, slots=True)
class Protections:
    """What a run is made with; a test takes one away by giving something weaker in its place."""

    approval: Literal["ask", "auto"] | None = None
    store: Callable[[Store], Store] = lambda store: store
    answer: Answer = honest


ALL = Protections()


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent was told to bring about, by the mark that it leaves at a vendor."""

    kind: Kind
    mark: str

    def call(self) -> tuple[str, dict[str, Any]]:
        match self.kind:
            case "note":
                return "upsert_jarvi_profile", {"profile": {"id": "p1"}, "history_entry": {"message": self.mark}}
            case "title":
                return "update_stardex_person", {"person_id": "p1", "changes": {"current_job_title": self.mark}}
            case "enrichment":
                profile = f"https://www.linkedin.com/in/{self.mark}"
                return "enrich_person", {"person": {"linkedin": profile}, "reveal_emails": True}


@dataclass(slots=True)
class Process:
    """One server of the firm's; `ended` lets it go."""

    house: House
    life: Life
    ended: anyio.Event = field(default_factory=anyio.Event)


@dataclass(slots=True)
class Firm:
    """The processes on one log, and what they are made of; runs on it are told apart by their tenants."""

    settings: Settings
    new_store: NewStore
    protections: Protections
    tasks: anyio.abc.TaskGroup
    remains: list[Store]
    clock: Clock = field(default_factory=Clock)
    vendors: SimulatedVendors = field(default_factory=lambda: SimulatedVendors(Random(0), 0.0))  # noqa: S311  # replaced by each run
    processes: list[Process] = field(default_factory=list[Process])
    starting: anyio.Lock = field(default_factory=anyio.Lock)

    async def start(self, place: int) -> None:
        """A new process in this place; what was there before is dead, or let go."""
        process: Process = await self.tasks.start(self._live)
        if place < len(self.processes):
            self.processes[place].ended.set()
            self.processes[place] = process
        else:
            self.processes.append(process)

    async def _live(self, *, task_status: anyio.abc.TaskStatus[Process]) -> None:
        life = Life()

        async def answer(request: httpx2.Request) -> httpx2.Response:
            await life.step()
            try:
                return self.protections.answer(self.vendors, request)
            finally:
                await life.step()

        store = MortalStore(self.protections.store(self.new_store()), life, self.remains)
        transport = httpx2.MockTransport(answer)
        async with open_house(self.settings, KEYS, transport=transport, store=store, clock=self.clock) as house:
            process = Process(house, life)
            task_status.started(process)
            await process.ended.wait()


@asynccontextmanager
async def firm(
    home: Path, new_store: NewStore, approval: Literal["ask", "auto"], protections: Protections
) -> AsyncGenerator[Firm]:
    ocean = settings_in(home).ocean.model_copy(update={"requests_per_minute": 0, "requests_per_day": 0})
    settings = settings_in(
        home,
        approval=protections.approval or approval,
        call_seconds=CALL_SECONDS,
        repeat_seconds=86_400.0,
        budget=BudgetSettings(per_day=PER_DAY),
        ocean=ocean,
        stardex=settings_in(home).stardex.model_copy(update={"requests_per_minute": 0}),
    )
    remains = list[Store]()
    async with anyio.create_task_group() as tasks:
        made = Firm(settings, new_store, protections, tasks, remains)
        for place in range(PROCESSES):
            await made.start(place)
        try:
            yield made
        finally:
            for process in made.processes:
                process.ended.set()
    for store in remains:
        await store.close()


@dataclass(slots=True)
class Run:
    """One run: some wishes, each made by agents at once and again, until it ends well or they give up."""

    firm: Firm
    seed: str
    asks: bool
    random: Random = field(init=False)
    caller: Caller = field(init=False)
    wishes: list[Wish] = field(init=False)
    busy: int = 0
    told: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def __post_init__(self) -> None:
        self.random = seeded("agents", self.seed)
        self.caller = Caller(principal="agent", tenant=f"run-{self.seed}", transport="test")
        self.wishes = [*self._wishes()]

    def _wishes(self) -> Iterator[Wish]:
        chances = self.random
        if chances.random() < 0.6:
            yield Wish("note", f"note-{self.seed}")
        if chances.random() < 0.6:
            yield Wish("title", f"title-{self.seed}")
        if chances.random() < 0.4:
            yield from (Wish("enrichment", f"ada-{self.seed}-{number}") for number in range(chances.randint(1, 5)))

    async def go(self) -> list[str]:
        """What is wrong after it, in words; nothing if all held."""
        firm, chances = self.firm, self.random
        firm.vendors = SimulatedVendors(chances, faulty=chances.choice((0.0, 0.15, 0.4)))
        for process in firm.processes:
            process.life.steps = chances.randint(1, MOST_STEPS) if chances.random() < 0.4 else None
        async with anyio.create_task_group() as agents:
            for wish in self.wishes:
                for _ in range(chances.choice((1, 1, 2))):
                    agents.start_soon(self._insist, wish)
        await self._settle()
        return await self._problems()

    async def _insist(self, wish: Wish) -> None:
        """Make one wish again and again, with what was told before, as agents do."""
        plan_id: str | None = None
        for _ in range(ATTEMPTS):
            told = await self._attempt(wish, plan_id)
            if told is None:
                continue
            self.told.setdefault(wish.mark, []).append(told["status"])
            if told["status"] != "needs_approval":
                if self.random.random() < 0.7:
                    return
                continue
            plan_id = told["plan_id"] if self.random.random() < 0.8 else None
            await self._survived(partial(self._decide, told["plan_id"]))

    async def _attempt(self, wish: Wish, plan_id: str | None) -> dict[str, Any] | None:
        """The result of a call; None if it failed, or the process did not live to tell."""
        tool, arguments = wish.call()
        if plan_id is not None:
            arguments = {**arguments, "plan_id": plan_id}
        self._sometimes_move()
        self.busy += 1
        try:
            completed = await self._survived(lambda house: house.gate.call(tool, arguments, self.caller))
        finally:
            self.busy -= 1
        self._sometimes_move()
        return None if completed is None or isinstance(completed.content, str) else completed.content

    def _sometimes_move(self) -> None:
        """Others change the record too; never while a call has it before it, which no vendor lets one rule out."""
        if not self.busy and self.random.random() < 0.15:
            self.firm.vendors.move()

    async def _decide(self, plan_id: str, house: House) -> None:
        chance = self.random.random()
        if chance < 0.15:
            return
        decision: Decision = "refused" if chance < 0.25 else "approved"
        try:
            await house.desk.decide(self.caller.tenant, plan_id, decision, by="terminal", principal="person")
        except NotWaiting:
            return

    async def _survived(self, act: Callable[[House], Awaitable[T]]) -> T | None:
        """What comes of it in one of the processes; None, and another process in its place, if that died."""
        place = self.random.randrange(PROCESSES)
        process = self.firm.processes[place]
        try:
            return await act(process.house)
        except StoreUnavailable:
            return None
        except BaseException as failure:
            if not of_death(failure):
                raise
        await self._restart(place, process)
        return None

    async def _restart(self, place: int, dead: Process) -> None:
        async with self.firm.starting:
            # Of several that saw it die, one starts another.
            if self.firm.processes[place] is not dead:
                return
            await self.firm.start(place)
        if self.random.random() < 0.6:
            self.firm.clock.now += LEASE_OVER
            await self.firm.processes[place].house.resolver.resolve()

    async def _settle(self) -> None:
        """Time goes by, and whoever is alive looks after what was left behind."""
        for place, process in enumerate([*self.firm.processes]):
            process.life.steps = None
            if process.life.dead:
                await self.firm.start(place)
        self.firm.clock.now += LEASE_OVER
        await self.firm.processes[0].house.resolver.resolve()

    async def _problems(self) -> list[str]:
        house, tenant = self.firm.processes[0].house, self.caller.tenant
        doubted = {*await house.store.calls_in_doubt(tenant)}
        made = [await house.store.call(tenant, one) for one in await house.store.recent_calls(tenant, limit=1_000)]
        known = [await known_call(house, entries, doubted) for entries in made]
        vendors = self.firm.vendors
        found = [*unknown(vendors, known), *repeated(vendors), *overspent(vendors), *self._reported(known)]
        return [*found, *unapproved(vendors, known)] if self.asks else found

    def _reported(self, known: Iterable["KnownCall"]) -> Iterator[str]:
        """What an agent was told is true, and what is not known is said to be."""
        done = {one.mark for one in self.firm.vendors.written} | {*self.firm.vendors.charged}
        for mark, statuses in self.told.items():
            if {"saved", "found"} & {*statuses} and mark not in done:
                yield f"{mark}: told to be done, and it was not"
        for call in known:
            if call.running:
                yield f"{call.mark}: still said to be running"


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCall:
    """A call as the log tells of it: the mark that it was to leave, what it was approved to replace, how it ended."""

    mark: str | None
    approved: bool
    before: str | None
    may_have_acted: bool
    running: bool


async def known_call(house: House, entries: list[StoredEntry], doubted: Container[str]) -> KnownCall:
    envelopes = [one.envelope for one in entries]
    payloads = await house.reader.payloads(entries)
    end = envelopes[-1]
    acted = [one for one in envelopes if one["type"] == "plan" and not one.get("waits")]
    held: list[dict[str, Any]] = [payload for payload in payloads if isinstance(payload, dict)]
    nothing = dict[str, Any]()
    asked: dict[str, Any] = next((payload["arguments"] for payload in held if "arguments" in payload), nothing)
    plan = next((payload for payload in held if "changes" in payload), nothing)
    paid = envelopes[0].get("tool") == "enrich_person" and "reuses" not in end
    ended = end.get("outcome") == "success" or entries[0].entry.call_id in doubted
    return KnownCall(
        mark=mark_of(asked),
        approved=any(one.get("approval") == "terminal" for one in acted),
        before=before_of(plan),
        may_have_acted=bool(acted or paid) and ended,
        running=not any(one["type"] in ("outcome", "denied", "resolved") for one in envelopes),
    )


def mark_of(asked: dict[str, Any]) -> str | None:
    if "history_entry" in asked:
        return str(asked["history_entry"]["message"])
    if "changes" in asked:
        return str(asked["changes"]["current_job_title"])
    profile = asked.get("person", {}).get("linkedin")
    return None if profile is None else str(profile).rstrip("/").rpartition("/")[2]


def before_of(plan: dict[str, Any]) -> str | None:
    changes: list[dict[str, Any]] = plan.get("changes") or []
    return next((change.get("before") for change in changes if change["field"] == "current_job_title"), None)


def unknown(vendors: SimulatedVendors, known: Sequence[KnownCall]) -> Iterator[str]:
    """Effects that no call is known to have had, and none is in doubt for."""
    for mark, count in Counter([*(one.mark for one in vendors.written), *vendors.charged]).items():
        if count > sum(call.mark == mark and call.may_have_acted for call in known):
            yield f"{mark}: {count} effects, and fewer calls that had them or are in doubt"


def repeated(vendors: SimulatedVendors) -> Iterator[str]:
    """Notes that were written more than once; the same title may be set again where somebody else changed it."""
    for mark, count in Counter(one.mark for one in vendors.written).items():
        if mark.startswith("note") and count > 1:
            yield f"{mark}: written {count} times"


def overspent(vendors: SimulatedVendors) -> Iterator[str]:
    spent = Decimal(str(PRICE)) * len(vendors.charged)
    if spent > PER_DAY:
        yield f"{spent} credits were charged, of {PER_DAY}"


def unapproved(vendors: SimulatedVendors, known: Iterable[KnownCall]) -> Iterator[str]:
    """Writes that no plan with a yes stands for: one each, of the record as it was then."""
    left = Counter((call.mark, call.before) for call in known if call.approved)
    for one in vendors.written:
        if left[one.mark, one.before] <= 0:
            yield f"{one.mark}: written over {'a note' if one.before is None else one.before!r} without a yes to that"
        left[one.mark, one.before] -= 1
