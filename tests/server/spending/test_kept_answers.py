"""What Ocean.io was paid for once is not paid for again: it is kept, found again, and shared by calls at once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.app import House, open_house
from talent_mcp.identity import Caller
from talent_mcp.money_settings import BudgetSettings
from talent_mcp.sandbox import Sandbox
from talent_tools.enrich_person import EnrichPersonArguments, holds, parts
from tests.houses import KEYS, Connected, settings_in
from tests.judge import JudgedClient
from tests.server.approvals.records import Clock

pytestmark = pytest.mark.anyio

HANDLE = "ada-demo-1001"
ADA: dict[str, Any] = {"linkedin": f"https://www.linkedin.com/in/{HANDLE}"}
ADDRESS = "ada@people.example"
DAY = 86_400.0


@dataclass(slots=True)
class Ocean:
    """Answers with Ada, and charges for it; `hold` keeps answers back until it is set."""

    status: int = 200
    phone: str = "verified"
    hold: anyio.Event | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    arrived: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(httpx2.Response(200, content=request.content).json())
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        if "search" in request.url.path:
            return httpx2.Response(200, json={"people": [self.ada({})], "total": 1, "creditsUsed": 0.2})
        if self.status == 201:
            return httpx2.Response(201, json={"detail": "Data gathering process has started."})
        if self.status == 404:
            return httpx2.Response(404, json={"detail": "No matching record found"})
        return httpx2.Response(200, json={**self.ada(self.bodies[-1]), "creditsUsed": 0.1})

    def ada(self, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": "p1",
            "domain": "people.example",
            "name": "Ada Demo",
            "linkedinUrl": ADA["linkedin"],
        }
        if body.get("revealEmails", {}).get("includeEmails"):
            found["email"] = {"address": ADDRESS, "status": "verified"}
        if body.get("revealPhones", {}).get("includePhones"):
            found["phone"] = {"numbers": ["+4930777888"], "status": self.phone}
        return found


@asynccontextmanager
async def on_ocean(
    home: Path, ocean: Ocean, /, clock: Clock | None = None, **changes: Any
) -> AsyncGenerator[Connected]:
    changes = {"ocean": settings_in(home).ocean.model_copy(update={"requests_per_minute": 0}), **changes}
    async with (
        open_house(
            settings_in(home, **changes), KEYS, transport=httpx2.MockTransport(ocean), clock=clock or Clock()
        ) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Connected(client, house, Sandbox())


async def last_outcome(house: House) -> dict[str, Any]:
    return [one.envelope async for one in house.store.entries("default") if one.entry.type == "outcome"][-1]


async def spent(house: House) -> int:
    rows = await house.store.spending("default", first="0000-01-01", last="9999-12-31")
    return sum(row.used for row in rows)


async def test_an_enrichment_is_paid_for_once(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        first = await on.call("enrich_person", person=ADA)
        again = await on.call("enrich_person", person=ADA)
        outcome = await last_outcome(on.house)
        assert await spent(on.house) == 10
    assert len(ocean.bodies) == 1
    assert (first["credits_used"], again["credits_used"]) == (0.1, 0)
    assert again["person"] == first["person"]
    assert "cost" not in first
    assert again["cost"].startswith("free: ")
    assert "refresh: true" in again["cost"]
    assert outcome["reuses"] in again["cost"]
    assert outcome["credits"] == 0


async def test_the_person_is_found_again_by_another_address(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person=ADA, reveal_emails=True)
        by_email = await on.call("enrich_person", person={"email": f" {ADDRESS.upper()}"})
        by_id = await on.call("enrich_person", person={"id": "p1"}, company={"domain": "people.example"})
        await on.call("enrich_person", person={"email": "other@people.example"})
    assert by_email["credits_used"] == by_id["credits_used"] == 0
    assert len(ocean.bodies) == 2


async def test_who_asked_for_two_people_as_one_gets_neither_for_the_other(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person={**ADA, "email": "victim@corp.example"})
        assert (await on.call("enrich_person", person={"email": "victim@corp.example"}))["credits_used"] == 0.1
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0
    assert len(ocean.bodies) == 2


async def test_more_of_the_same_search_is_not_paid_for_again(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("search_people", limit=1)
        assert (await on.call("search_people", limit=1, detail="full"))["credits_used"] == 0
        # Zero is a value, and no default.
        await on.call("search_people", limit=1, job_title_threshold=0)
    assert len(ocean.bodies) == 2


async def test_a_name_tells_nobody_apart_but_the_same_question_has_its_answer(tmp_path: Path) -> None:
    ocean = Ocean()
    ada = {"first_name": "Ada", "last_name": "Demo"}
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person=ada, company={"domain": "people.example"})
        await on.call("enrich_person", person=ada, company={"domain": "other.example"})
        assert len(ocean.bodies) == 2
        again = await on.call("enrich_person", person=ada, company={"domain": "people.example"})
        assert again["credits_used"] == 0
        by_profile = await on.call("enrich_person", person=ADA)
        assert by_profile["credits_used"] == 0
    assert len(ocean.bodies) == 2


async def test_what_was_not_revealed_is_paid_for_when_it_is_asked_for(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person=ADA)
        revealed = await on.call("enrich_person", person=ADA, reveal_emails=True)
        less = await on.call("enrich_person", person=ADA)
        assert (await on.call("enrich_person", person=ADA, reveal_phones=True))["credits_used"] == 0.1
    assert revealed["person"]["email"]["address"] == ADDRESS
    assert less["credits_used"] == 0
    assert len(ocean.bodies) == 3


@pytest.mark.parametrize("way", ["the same call", "another call about the person"])
async def test_a_newer_answer_that_holds_less_hides_none_that_holds_more(tmp_path: Path, way: str) -> None:
    ocean, clock = Ocean(), Clock()
    async with on_ocean(tmp_path, ocean, clock) as on:
        await on.call("enrich_person", person=ADA, reveal_emails=True)
        clock.now += 60
        await on.call("enrich_person", person=ADA, refresh=True)
        clock.now += 60
        person = ADA if way == "the same call" else {"id": "p1"}
        again = await on.call("enrich_person", person=person, reveal_emails=True)
        newest = await on.call("enrich_person", person=person)
        dearer = await on.call("enrich_person", person=person, reveal_emails=True, reveal_phones=True)
        both = await on.call("enrich_person", person={"email": ADDRESS}, reveal_phones=True)
    assert again["person"]["email"]["address"] == ADDRESS
    assert (again["credits_used"], newest["credits_used"], both["credits_used"]) == (0, 0, 0)
    assert dearer["credits_used"] > 0
    assert len(ocean.bodies) == 3


async def test_what_a_stand_in_answered_serves_nobody_else(tmp_path: Path) -> None:
    ocean = Ocean()
    stand_in = settings_in(tmp_path).ocean.model_copy(update={"url": "http://127.0.0.1:8900/ocean"})
    async with on_ocean(tmp_path, ocean, ocean=stand_in) as on:
        await on.call("enrich_person", person=ADA)
        await on.call("enrich_person", person=ADA)
        assert len(ocean.bodies) == 1
    async with on_ocean(tmp_path, ocean) as on:
        assert (await on.call("enrich_person", person=ADA))["credits_used"] > 0
        assert (await on.call("enrich_person", person={"id": "p1"}))["credits_used"] == 0
    assert len(ocean.bodies) == 2


async def test_a_number_that_is_still_looked_for_is_asked_for_again(tmp_path: Path) -> None:
    ocean = Ocean(phone="inProgress")
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person=ADA, reveal_phones=True)
        ocean.phone = "verified"
        later = await on.call("enrich_person", person=ADA, reveal_phones=True)
        assert later["person"]["phone"]["status"] == "verified"
        assert (await on.call("enrich_person", person=ADA, reveal_phones=True))["credits_used"] == 0
    assert len(ocean.bodies) == 2


async def test_refresh_pays_for_a_new_answer_that_serves_from_then_on(tmp_path: Path) -> None:
    ocean, clock = Ocean(), Clock()
    async with on_ocean(tmp_path, ocean, clock) as on:
        await on.call("enrich_person", person=ADA)
        clock.now += 20 * DAY
        anew = await on.call("enrich_person", person=ADA, refresh=True)
        assert anew["credits_used"] == 0.1
        clock.now += 20 * DAY
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0
    assert len(ocean.bodies) == 2
    assert all("refresh" not in body for body in ocean.bodies)


async def test_an_answer_serves_for_thirty_days_however_often(tmp_path: Path) -> None:
    ocean, clock = Ocean(), Clock()
    async with on_ocean(tmp_path, ocean, clock) as on:
        await on.call("enrich_person", person=ADA)
        clock.now += 30 * DAY - 60
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0
        clock.now += 60
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0.1
    assert len(ocean.bodies) == 2


async def test_an_answer_from_a_time_to_come_does_not_serve(tmp_path: Path) -> None:
    """The clock was put back: nobody knows how old it is."""
    ocean, clock = Ocean(), Clock()
    async with on_ocean(tmp_path, ocean, clock) as on:
        await on.call("enrich_person", person=ADA)
        clock.now -= 400
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0
        clock.now -= 400
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0.1
    assert len(ocean.bodies) == 2


async def test_the_operator_may_have_nothing_kept(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean, keep_enrichments_days=0, keep_searches_seconds=0) as on:
        for _ in range(2):
            await on.call("enrich_person", person=ADA)
            await on.call("search_people", limit=1)
        async with anyio.create_task_group() as callers:
            for _ in range(3):
                callers.start_soon(partial(on.call, "enrich_person", person=ADA))
        assert "answers" not in await last_outcome(on.house)
    assert len(ocean.bodies) == 7


@pytest.mark.parametrize(("status", "means"), [(201, "pending"), (404, "no_match")])
async def test_what_is_no_answer_is_not_kept(tmp_path: Path, status: int, means: str) -> None:
    ocean = Ocean(status=status)
    async with on_ocean(tmp_path, ocean) as on:
        assert (await on.call("enrich_person", person=ADA))["status"] == means
        ocean.status = 200
        assert (await on.call("enrich_person", person=ADA))["status"] == "found"
    assert len(ocean.bodies) == 2


async def test_the_same_search_is_free_for_an_hour(tmp_path: Path) -> None:
    ocean, clock = Ocean(), Clock()
    async with on_ocean(tmp_path, ocean, clock) as on:
        first = await on.call("search_people", people={"countries": ["de"]}, limit=1)
        again = await on.call("search_people", people={"countries": ["DE"]}, limit=1)
        assert len(ocean.bodies) == 1
        await on.call("search_people", people={"countries": ["de"]}, limit=2)
        await on.call("search_people", people={"countries": ["de"]}, limit=1, refresh=True)
        clock.now += 3_600
        await on.call("search_people", people={"countries": ["de"]}, limit=1)
    assert len(ocean.bodies) == 4
    assert again["people"] == first["people"]
    assert again["credits_used"] == 0
    assert again["cost"].startswith("free: ")
    assert all("refresh" not in body for body in ocean.bodies)


async def test_a_kept_answer_needs_no_budget(tmp_path: Path) -> None:
    async with on_ocean(tmp_path, Ocean(), budget=BudgetSettings.model_validate({"per_month": "0.15"})) as on:
        await on.call("enrich_person", person=ADA)
        assert "credits" in await on.refusal("enrich_person", person=ADA, refresh=True)
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0


async def test_nothing_of_an_erased_person_serves_again(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        await on.call("enrich_person", person=ADA)
        await on.call("search_people", limit=1)
        eraser = on.house.eraser
        await eraser.erase("default", await eraser.mark("default", [f"linkedin:{HANDLE}"]), by="local")
        assert (await on.call("enrich_person", person=ADA))["credits_used"] == 0.1
        assert (await on.call("search_people", limit=1))["credits_used"] == 0.2
    assert len(ocean.bodies) == 4


async def test_answers_are_shared_by_a_tenant_and_by_no_other(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as on:
        for tenant, principal in (("firm", "one"), ("firm", "two"), ("rival", "one")):
            caller = Caller(principal=principal, tenant=tenant, transport="test")
            await on.house.gate.call("enrich_person", {"person": ADA}, caller)
            await on.house.gate.call("search_people", {"limit": 1}, caller)
    assert len(ocean.bodies) == 4


async def test_another_process_finds_the_answer(tmp_path: Path) -> None:
    ocean = Ocean()
    async with on_ocean(tmp_path, ocean) as one, on_ocean(tmp_path, ocean) as other:
        await one.call("enrich_person", person=ADA)
        assert (await other.call("enrich_person", person=ADA))["credits_used"] == 0
    async with on_ocean(tmp_path, ocean) as later:
        assert (await later.call("enrich_person", person=ADA))["credits_used"] == 0
    assert len(ocean.bodies) == 1


@pytest.mark.parametrize("status", [200, 201, 404])
async def test_fifty_calls_at_once_are_one_request(tmp_path: Path, status: int) -> None:
    ocean = Ocean(status=status, hold=anyio.Event())
    results = list[dict[str, Any]]()
    async with on_ocean(tmp_path, ocean) as on:

        async def ask() -> None:
            results.append(await on.call("enrich_person", person=ADA))

        async with anyio.create_task_group() as callers:
            for _ in range(50):
                callers.start_soon(ask)
            await ocean.arrived.wait()
            assert ocean.hold is not None
            ocean.hold.set()
        ended = [one.envelope async for one in on.house.store.entries("default") if one.entry.type == "outcome"]
    assert len(ocean.bodies) == 1
    assert len(results) == len(ended) == 50
    assert len({result["status"] for result in results}) == 1
    assert sum("reuses" in outcome for outcome in ended) == 49


async def test_where_the_first_of_them_gives_up_the_others_are_answered(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    async with on_ocean(tmp_path, ocean) as on:
        results = list[dict[str, Any]]()

        async def ask() -> None:
            results.append(await on.call("enrich_person", person=ADA))

        async with anyio.create_task_group() as callers:
            first = anyio.CancelScope()

            async def give_up() -> None:
                with first:
                    await ask()

            callers.start_soon(give_up)
            await ocean.arrived.wait()
            callers.start_soon(ask)
            callers.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            assert ocean.hold is not None
            first.cancel()
            ocean.hold.set()
    assert [result["status"] for result in results] == ["found", "found"]


async def test_who_waits_too_long_for_the_same_call_is_told(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    caller = Caller(principal="local", tenant="default", transport="test")
    async with on_ocean(tmp_path, ocean) as on, anyio.create_task_group() as callers:
        callers.start_soon(on.house.gate.call, "enrich_person", {"person": ADA}, caller)
        await ocean.arrived.wait()
        late = await on.house.gate.call("enrich_person", {"person": ADA}, caller, seconds=0.01)
        assert late.content == "The same call is under way, so nothing was sent. Make it again."
        assert ocean.hold is not None
        ocean.hold.set()
    assert len(ocean.bodies) == 1


async def test_who_gives_up_waiting_for_the_same_call_leaves_a_word_in_the_log(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    async with on_ocean(tmp_path, ocean) as on:
        async with anyio.create_task_group() as callers:
            callers.start_soon(partial(on.call, "enrich_person", person=ADA))
            await ocean.arrived.wait()
            with anyio.CancelScope() as second:
                async with anyio.create_task_group() as late:
                    late.start_soon(partial(on.call, "enrich_person", person=ADA))
                    await anyio.wait_all_tasks_blocked()
                    second.cancel()
            assert ocean.hold is not None
            ocean.hold.set()
        denied = [one.envelope async for one in on.house.store.entries("default") if one.entry.type == "denied"]
    assert [(one["tool"], one["reason"]) for one in denied] == [("enrich_person", "Cancelled")]
    assert len(ocean.bodies) == 1


async def test_who_is_asked_for_twice_at_once_is_paid_for_once_by_the_call_that_came_first(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    async with on_ocean(tmp_path, ocean) as on:
        results = dict[bool, dict[str, Any]]()

        async def ask(*, reveal_emails: bool) -> None:
            results[reveal_emails] = await on.call("enrich_person", person=ADA, reveal_emails=reveal_emails)

        async with anyio.create_task_group() as callers:
            callers.start_soon(partial(ask, reveal_emails=True))
            await ocean.arrived.wait()
            callers.start_soon(partial(ask, reveal_emails=False))
            callers.start_soon(partial(on.call, "enrich_person", person={"id": "p2"}))
            while len(ocean.bodies) < 2:
                await anyio.wait_all_tasks_blocked()
            assert ocean.hold is not None
            ocean.hold.set()
    assert len(ocean.bodies) == 2, "the other person was not waited for"
    assert results[True]["credits_used"] == 0.1
    assert results[False]["cost"].startswith("free: ")


async def test_who_waits_too_long_for_another_call_about_the_person_is_told(tmp_path: Path) -> None:
    ocean = Ocean(hold=anyio.Event())
    caller = Caller(principal="local", tenant="default", transport="test")
    async with on_ocean(tmp_path, ocean) as on, anyio.create_task_group() as callers:
        callers.start_soon(on.house.gate.call, "enrich_person", {"person": ADA}, caller)
        await ocean.arrived.wait()
        more: dict[str, Any] = {"person": ADA, "reveal_emails": True}
        late = await on.house.gate.call("enrich_person", more, caller, seconds=0.01)
        assert late.content == "Another call about this person is under way, so nothing was sent. Make it again."
        assert ocean.hold is not None
        ocean.hold.set()
    assert len(ocean.bodies) == 1


@given(
    asked=st.fixed_dictionaries({"reveal_emails": st.booleans(), "reveal_phones": st.booleans()}),
    held=st.fixed_dictionaries(
        {},
        optional={
            "email": st.fixed_dictionaries({}, optional={"status": st.sampled_from(["verified", "notFound"])}),
            "phone": st.fixed_dictionaries({}, optional={"status": st.sampled_from(["verified", "inProgress"])}),
        },
    ),
)
def test_an_answer_serves_only_where_it_holds_all_that_is_asked_for(
    asked: dict[str, bool], held: dict[str, dict[str, str]]
) -> None:
    arguments = EnrichPersonArguments.model_validate({"person": ADA, **asked})
    email, phone = held.get("email", {}).get("status"), held.get("phone", {}).get("status")
    enough = (email is not None or not asked["reveal_emails"]) and (phone == "verified" or not asked["reveal_phones"])
    assert (parts(arguments) <= holds({"person": {"id": "p1", **held}})) == enough
