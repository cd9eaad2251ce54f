"""Calls that may cost more than goes without asking: a person decides, and what is spent is what they agreed to."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.types import ElicitResult

from talent_mcp.app import House, open_house
from talent_mcp.approvals.desk import Decision
from talent_mcp.approvals.spends import MOST_UNREADY, UNREADY
from talent_mcp.approvals.wording import headline, lines, text
from talent_mcp.identity import Caller
from talent_mcp.money_settings import BudgetSettings, PriceSettings
from talent_mcp.sandbox import Sandbox
from tests.houses import KEYS, Connected, settings_in
from tests.judge import JudgedClient
from tests.server.approvals.records import Clock
from tests.server.approvals.test_asking import ERAS, YES, Person

pytestmark = pytest.mark.anyio

ADA: dict[str, Any] = {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}
DEAR: dict[str, Any] = {"person": ADA, "reveal_phones": True}
HOUR = 3_600.0


@dataclass(slots=True)
class Ocean:
    """Answers with Ada, or with one of these instead; `hold` keeps an answer back. What is left it tells once so many
    have asked."""

    instead: list[httpx2.Response] = field(default_factory=list[httpx2.Response])
    hold: anyio.Event | None = None
    arrived: anyio.Event = field(default_factory=anyio.Event)
    paid: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    balance: httpx2.Response | None = None
    asking_at_once: int = 1
    asked: int = 0
    all_asked: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v2/credits/balance":
            self.asked += 1
            if self.asked == self.asking_at_once:
                self.all_asked.set()
            await self.all_asked.wait()
            return self.balance or httpx2.Response(200, json={"credits": {"oneTime": 20, "recurrent": 4980.5}})
        if "profiles" in request.url.path or "persons" in request.url.path:
            return httpx2.Response(200, json={"success": True, "data": [{"id": "s1", "linkedin_url": "ada-demo-1001"}]})
        self.paid.append(json.loads(request.content))
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.instead:
            return self.instead.pop(0)
        ada = {"id": "p1", "domain": "people.example", "name": "Ada Demo", "phone": {"status": "verified"}}
        found: dict[str, Any] = ada if "enrich" in request.url.path else {"people": [ada]}
        return httpx2.Response(200, json={**found, "creditsUsed": 10.1})


@asynccontextmanager
async def asking_above(
    home: Path, vendor: Ocean, above: str = "5", clock: Clock | None = None, **changes: Any
) -> AsyncGenerator[Connected]:
    settings = settings_in(home, ask_above=Decimal(above), **changes)
    async with (
        open_house(settings, KEYS, transport=httpx2.MockTransport(vendor), clock=clock or Clock()) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Connected(client, house, Sandbox())


async def plan_of(house: House) -> str:
    (plan,) = await house.desk.waiting("default")
    return plan.plan_id


async def decide(house: House, decision: Decision = "approved") -> str:
    plan_id = await plan_of(house)
    await house.desk.decide("default", plan_id, decision, by="terminal", principal="local")
    return plan_id


async def used(house: House) -> int:
    rows = await house.store.spending("default", first="0000-01-01", last="9999-12-31")
    return sum(row.used for row in rows)


async def test_what_may_cost_more_waits_and_costs_nothing(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        told = await on.refusal("enrich_person", **DEAR)
        plan_id = await plan_of(on.house)
        assert told.startswith("This may cost up to 10.1 credits, and above 5 a person decides, so nothing was spent.")
        assert f"`talent-mcp approve {plan_id}`; then make the same call again." in told
        assert await on.refusal("enrich_person", **DEAR) == told
        assert await plan_of(on.house) == plan_id
        assert await used(on.house) == 0
    assert ocean.paid == []


async def test_what_costs_no_more_than_that_goes_without_asking(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean, "10.1") as on:
        assert (await on.call("enrich_person", **DEAR))["status"] == "found"
        assert await on.house.desk.waiting("default") == []


async def test_nobody_is_asked_unless_that_is_set(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        assert settings_in(tmp_path).ask_above is None
        assert (await on.call("enrich_person", person=ADA))["status"] == "found"


async def test_the_plan_says_what_is_asked_what_it_may_cost_and_what_is_left(tmp_path: Path) -> None:
    budget = BudgetSettings(per_day=Decimal(50), per_month=Decimal(300))
    async with asking_above(tmp_path, Ocean(), budget=budget) as on:
        await on.refusal("enrich_person", **DEAR)
        (plan,) = await on.house.desk.waiting("default")
    assert headline(plan) == "up to 10.1 credits for enrich_person"
    assert [*lines(plan)] == [
        'person: linkedin "https://www.linkedin.com/in/ada-demo-1001"',
        "reveal phones: true",
        "where Ocean.io needs more time, asking again is allowed too, 5 times at the most",
        "of the budget 39.9 credits are left today, if this costs as much",
        "of the budget 289.9 credits are left this month, if this costs as much",
        "at Ocean.io 5000.5 credits are left now",
    ]
    assert text(plan).startswith("Spend up to 10.1 credits for enrich_person\n- person: linkedin")


@pytest.mark.parametrize(
    "balance", [httpx2.Response(403, json={"detail": "no"}), httpx2.Response(200, json={"credits": {}})]
)
async def test_where_nobody_knows_what_is_left_the_plan_does_not_say(tmp_path: Path, balance: httpx2.Response) -> None:
    async with asking_above(tmp_path, Ocean(balance=balance)) as on:
        await on.refusal("enrich_person", **DEAR)
        (plan,) = await on.house.desk.waiting("default")
    assert [*lines(plan)][-1] == UNREADY


async def test_a_yes_lets_the_same_call_spend_once(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        first = await decide(on.house)
        assert (await on.call("enrich_person", **DEAR))["credits_used"] == 10.1
        assert (await on.call("enrich_person", **DEAR))["credits_used"] == 0
        await on.refusal("enrich_person", **DEAR, refresh=True)
        assert await plan_of(on.house) != first
        assert await used(on.house) == 1010
    assert len(ocean.paid) == 1


async def test_an_agent_may_name_the_plan_as_with_a_write(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean, "0") as on:
        for tool, asked in (("enrich_person", DEAR), ("search_people", {"people": {"names": ["Ada"]}})):
            await on.refusal(tool, **asked)
            await on.call(tool, **asked, plan_id=await decide(on.house))
    assert ["plan_id" in str(body) or "planId" in str(body) for body in ocean.paid] == [False, False]


async def test_a_yes_is_for_what_was_asked_and_nothing_else(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        plan_id = await decide(on.house)
        told = await on.refusal("enrich_person", **DEAR, reveal_emails=True, plan_id=plan_id)
        assert told.startswith("This may cost up to 11.1 credits")
        other = Caller(principal="somebody else", tenant="default", transport="test")
        refused = await on.house.gate.call("enrich_person", DEAR, other)
        assert "a person decides" in str(refused.content)
    assert ocean.paid == []


async def test_a_yes_is_for_no_more_credits_than_it_was_asked_for(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
    settings = settings_in(tmp_path).ocean
    dearer = settings.model_copy(update={"prices": PriceSettings(phone=Decimal(12))})
    async with asking_above(tmp_path, ocean, ocean=dearer) as on:
        assert (await on.refusal("enrich_person", **DEAR)).startswith("This may cost up to 12.1 credits")
    assert ocean.paid == []


async def test_a_no_is_a_no_for_a_while(tmp_path: Path) -> None:
    ocean, clock = Ocean(), Clock()
    async with asking_above(tmp_path, ocean, clock=clock) as on:
        await on.refusal("enrich_person", **DEAR)
        plan_id = await decide(on.house, "refused")
        assert "A person refused to spend this" in await on.refusal("enrich_person", **DEAR)
        ended = [one.envelope async for one in on.house.store.entries("default") if one.entry.type == "outcome"][-1]
        assert (ended["error"], ended["refused"]) == ("SaidNo", plan_id)
        clock.now += 601
        assert "a person decides" in await on.refusal("enrich_person", **DEAR)
    assert ocean.paid == []


async def test_a_yes_that_is_too_old_is_none(tmp_path: Path) -> None:
    ocean, clock = Ocean(), Clock()
    async with asking_above(tmp_path, ocean, clock=clock) as on:
        await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
        clock.now += HOUR
        assert "a person decides" in await on.refusal("enrich_person", **DEAR)
    assert ocean.paid == []


async def test_a_yes_outlives_what_brought_nothing(tmp_path: Path) -> None:
    pending = httpx2.Response(201, json={"detail": "Data gathering process has started."})
    failed = httpx2.Response(402, json={"detail": "Insufficient credits"})
    ocean = Ocean(instead=[failed, pending])
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
        assert "credits" in await on.refusal("enrich_person", **DEAR)
        assert (await on.call("enrich_person", **DEAR))["status"] == "pending"
        assert (await on.call("enrich_person", **DEAR))["status"] == "found"
        assert "a person decides" in await on.refusal("enrich_person", **DEAR, refresh=True)
    assert len(ocean.paid) == 3


async def test_every_call_that_used_a_yes_stands_in_its_story(tmp_path: Path) -> None:
    ocean = Ocean(instead=[httpx2.Response(400, json={"detail": "no"})])
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        plan_id = await decide(on.house)
        await on.refusal("enrich_person", **DEAR)
        assert (await on.call("enrich_person", **DEAR))["status"] == "found"
        used_by = [one.entry.call_id for one in await on.house.desk.story("default", plan_id) if one.entry.claims]
        called = await on.house.store.recent_calls("default", limit=2)
        for call_id in called:
            told = [one.entry.type for one in await on.house.desk.story("default", call_id)]
            assert told[-1] == "plan.approved"
        assert used_by[2:] == (await on.house.store.recent_calls("default", limit=2))[::-1]


async def test_a_yes_is_good_for_so_many_answers_that_are_not_ready(tmp_path: Path) -> None:
    ocean = Ocean(instead=[httpx2.Response(201, json={"detail": "Please try again later."}) for _ in range(9)])
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
        for _ in range(MOST_UNREADY + 1):
            assert (await on.call("enrich_person", **DEAR))["status"] == "pending"
        assert "a person decides" in await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
        assert (await on.call("enrich_person", **DEAR))["status"] == "pending"
    assert len(ocean.paid) == MOST_UNREADY + 2


async def test_two_servers_do_not_share_a_yes(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    async with asking_above(tmp_path, ocean) as on, asking_above(tmp_path, ocean) as other:
        await on.refusal("enrich_person", **DEAR)
        await decide(on.house)
        results = list[dict[str, Any]]()

        async def ask() -> None:
            results.append(await on.call("enrich_person", **DEAR))

        async with anyio.create_task_group() as callers:
            callers.start_soon(ask)
            await ocean.arrived.wait()
            assert "The same call is under way" in await other.refusal("enrich_person", **DEAR)
            assert ocean.hold is not None
            ocean.hold.set()
    assert (len(ocean.paid), results[0]["status"]) == (1, "found")


async def test_calls_at_once_leave_one_plan(tmp_path: Path) -> None:
    async def ask(at: Connected) -> None:
        assert "a person decides" in await at.refusal("enrich_person", **DEAR)

    ocean = Ocean(asking_at_once=2)
    async with asking_above(tmp_path, ocean) as on, asking_above(tmp_path, ocean) as other:
        async with anyio.create_task_group() as callers:
            for each in (on, other) * 5:
                callers.start_soon(ask, each)
        assert len(await on.house.desk.waiting("default")) == 1


async def test_who_is_found_in_the_firms_own_system_asks_nobody(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean, "0") as on:
        assert (await on.call("enrich_person", person=ADA, already_in=True))["status"] == "already_in"
        assert await on.house.desk.waiting("default") == []
    assert ocean.paid == []


async def test_what_is_over_the_budget_asks_nobody(tmp_path: Path) -> None:
    async with asking_above(tmp_path, Ocean(), budget=BudgetSettings(per_day=Decimal(10))) as on:
        assert "over the budget" in await on.refusal("enrich_person", **DEAR)
        assert await on.house.desk.waiting("default") == []


async def test_a_search_waits_by_what_all_its_people_may_cost(tmp_path: Path) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        assert "up to 20 credits" in await on.refusal("search_people", people={"countries": ["de"]}, limit=100)
        await on.call("search_people", people={"countries": ["de"]}, limit=25)
        await decide(on.house)
        assert len((await on.call("search_people", people={"countries": ["de"]}, limit=100))["people"]) == 1
    assert [body["size"] for body in ocean.paid] == [25, 100]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("answer", [YES, ElicitResult(action="decline")], ids=["yes", "no"])
async def test_the_person_at_the_client_is_asked(tmp_path: Path, era: str, answer: ElicitResult) -> None:
    ocean, clock = Ocean(), Clock()
    person = Person(clock, answer)
    settings = settings_in(tmp_path, ask_above=Decimal(5))
    async with (
        open_house(settings, KEYS, transport=httpx2.MockTransport(ocean), clock=clock) as house,
        JudgedClient(house.server("memory"), mode=era, elicitation_callback=person) as client,
    ):
        done = await client.call_tool("enrich_person", DEAR)
    (question,) = person.shown
    assert question.message.startswith("Spend up to 10.1 credits for enrich_person\n")
    assert (done.is_error, len(ocean.paid)) == ((False, 1) if answer is YES else (True, 0))
    if answer is not YES:
        assert "A person refused to spend this" in str(done.content[0])


async def test_what_a_plan_to_spend_says_is_erased_with_the_person(tmp_path: Path) -> None:
    async with asking_above(tmp_path, Ocean()) as on:
        await on.refusal("enrich_person", **DEAR)
        eraser = on.house.eraser
        await eraser.erase("default", await eraser.mark("default", ["linkedin:ada-demo-1001"]), by="local")
        assert await on.house.desk.waiting("default") == []
        entries = [one async for one in on.house.store.entries("default")]
        assert "ada-demo" not in str(await on.house.reader.payloads(entries))


@pytest.mark.parametrize("decided", [False, True])
async def test_once_the_person_is_erased_the_same_call_is_asked_about_anew(tmp_path: Path, decided: bool) -> None:
    ocean = Ocean()
    async with asking_above(tmp_path, ocean) as on:
        await on.refusal("enrich_person", **DEAR)
        before = await decide(on.house) if decided else await plan_of(on.house)
        eraser = on.house.eraser
        await eraser.erase("default", await eraser.mark("default", ["linkedin:ada-demo-1001"]), by="local")
        await on.refusal("enrich_person", **DEAR)
        assert await plan_of(on.house) != before
    assert ocean.paid == []
