"""Writes that wait for a person: none without a yes, each yes once, and for nothing but what was shown."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from talent_mcp.app import House
from talent_mcp.approvals.desk import NotWaiting
from talent_mcp.approvals.plans import DECIDE_SECONDS, USE_SECONDS
from talent_mcp.audit.verify import verify
from talent_tools.plans import UNSEEN
from tests.houses import on_vendor
from tests.judge import JudgedClient
from tests.server.approvals.records import TITLE, Clock, Vendors, asking_house

pytestmark = pytest.mark.anyio

DAY = 86_400.0


@dataclass(slots=True)
class Desk:
    """An agent's client, and the desk of the person."""

    client: JudgedClient
    house: House
    stardex: Vendors
    clock: Clock

    async def ask(self, plan_id: str | None = None, changes: dict[str, Any] | None = None) -> Any:
        """What the agent is told: a result, or the text of a failure."""
        arguments: dict[str, Any] = {"person_id": "p1", "changes": changes or TITLE}
        result = await self.client.call_tool(
            "update_stardex_person", arguments if plan_id is None else {**arguments, "plan_id": plan_id}
        )
        return result.content[0].text if result.is_error else result.structured_content  # type: ignore[union-attr]  # tools answer with text

    async def waiting_plan(self) -> str:
        asked = await self.ask()
        assert asked["status"] == "needs_approval"
        plan_id: str = asked["plan_id"]
        return plan_id

    async def approve(self, plan_id: str) -> None:
        await self.house.desk.decide("default", plan_id, "approved", by="terminal", principal="local")


@asynccontextmanager
async def desk(home: Path, **changes: Any) -> AsyncGenerator[Desk]:
    stardex, clock = Vendors(), Clock()
    async with (
        asking_house(home, stardex, clock, **changes) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Desk(client, house, stardex, clock)


async def test_a_write_waits_and_the_agent_is_told_what_to_do(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        asked = await on.ask()
    assert on.stardex.written == []
    assert asked["changes"] == [{"field": "current_job_title", "before": "CFO", "after": "Group CFO"}]
    assert f"`talent-mcp approve {asked['plan_id']}`" in asked["next"]


async def test_the_same_call_writes_once_a_person_has_approved(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        done = await on.ask(plan_id)
        entries = [one.envelope async for one in on.house.store.entries("default")]
        assert (await verify(on.house.store, "default")).problem is None
    assert (done["status"], done["read_back"]) == ("saved", "as written")
    assert on.stardex.written == [TITLE]
    planned, approved, used = [entry for entry in entries if str(entry["type"]).startswith("plan")]
    assert (planned["call"], planned["waits"]) == (plan_id, True)
    assert (approved["type"], approved["plan"], approved["by"]) == ("plan.approved", plan_id, "terminal")
    assert (used["plan"], used["approval"]) == (plan_id, "terminal")
    assert planned["digest"] == approved["digest"] == used["digest"]


@pytest.mark.parametrize("named", [True, False])
async def test_a_repeated_call_finds_its_plan_still_waiting(named: bool, tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        again = await on.ask(plan_id if named else None)
        assert [plan.plan_id for plan in await on.house.desk.waiting("default")] == [plan_id]
    assert (again["status"], again["plan_id"]) == ("needs_approval", plan_id)
    assert on.stardex.written == []


async def test_a_yes_is_used_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        told = list[Any]()

        async def ask() -> None:
            told.append(await on.ask(plan_id))

        async with anyio.create_task_group() as agents:
            for _ in range(8):
                agents.start_soon(ask)
        # Put back by somebody else: the plan fits the record again, but its yes is spent.
        on.stardex.record["current_job_title"] = "CFO"
        told.append(await on.ask(plan_id))
    assert on.stardex.written == [TITLE]
    repeats = [one["next"] for one in told if "next" in one]
    assert [one["status"] for one in told] == ["saved"] * 9
    assert len(repeats) == 8
    assert all("nothing was sent now" in one for one in repeats)


async def test_a_record_that_moved_voids_the_plan(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        on.stardex.record["current_job_title"] = "Deputy CFO"
        asked = await on.ask(plan_id)
    assert on.stardex.written == []
    assert asked["status"] == "needs_approval"
    assert asked["plan_id"] != plan_id
    assert asked["changes"][0]["before"] == "Deputy CFO"


async def test_another_field_that_moved_voids_it_too(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        on.stardex.record["name"] = "Ada Brightwell"
        assert (await on.ask(plan_id))["status"] == "needs_approval"
    assert on.stardex.written == []


async def test_a_yes_to_one_change_is_none_to_another(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        assert (await on.ask(plan_id, {"current_job_title": "CEO"}))["status"] == "needs_approval"
    assert on.stardex.written == []


async def test_a_made_up_plan_leads_to_the_one_that_waits(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        told = await on.ask("06h0000000000000000x")
    assert (told["status"], told["plan_id"]) == ("needs_approval", plan_id)
    assert on.stardex.written == []


async def test_a_refused_change_is_not_made_and_the_agent_told_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.house.desk.decide("default", plan_id, "refused", by="terminal", principal="local")
        assert "A person refused this change" in await on.ask(plan_id)
        assert "A person refused this change" in await on.ask()
        on.clock.now += on.house.settings.repeat_seconds
        assert (await on.ask())["status"] == "needs_approval"
        with pytest.raises(NotWaiting, match="refused already"):
            await on.approve(plan_id)
    assert on.stardex.written == []


async def test_what_was_decided_and_done_while_the_clock_was_ahead_says_nothing_once_it_is_right(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as on:
        on.clock.now += DAY
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        on.clock.now -= DAY - 36_000
        assert (await on.ask(plan_id))["status"] == "needs_approval"
        assert on.stardex.written == []
        on.clock.now += DAY
        done = await on.waiting_plan()
        await on.approve(done)
        assert (await on.ask(done))["status"] == "saved"
        on.stardex.record["current_job_title"] = "CFO"
        on.clock.now -= DAY
        assert (await on.ask())["status"] == "needs_approval", "it is no repetition of what is to come"


async def test_a_plan_waits_for_an_hour_and_a_yes_holds_for_an_hour(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        late, approved = (await on.ask(changes={"current_job_title": "COO"}))["plan_id"], await on.waiting_plan()
        on.clock.now += DECIDE_SECONDS - 10
        await on.approve(approved)
        on.clock.now += 20
        assert await on.house.desk.waiting("default") == []
        with pytest.raises(NotWaiting, match="waited too long for a decision"):
            await on.approve(late)
        on.clock.now += USE_SECONDS
        assert (await on.ask(approved))["status"] == "needs_approval"
    assert on.stardex.written == []


async def test_only_one_decision_counts(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        refused = list[str]()

        async def decide() -> None:
            try:
                await on.approve(plan_id)
            except NotWaiting as late:
                refused.append(str(late))

        async with anyio.create_task_group() as people:
            for _ in range(4):
                people.start_soon(decide)
        entries = [one.entry.type async for one in on.house.store.entries("default")]
    assert len(refused) == 3
    assert entries.count("plan.approved") == 1


async def test_a_plan_of_whom_was_erased_is_shown_to_nobody_and_cannot_be_approved(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        marked = await on.house.eraser.mark("default", ("stardex:p1",))
        assert marked is not None
        await on.house.eraser.erase("default", marked, by="local")
        assert await on.house.desk.waiting("default") == []
        with pytest.raises(NotWaiting, match="was erased since"):
            await on.approve(plan_id)
        assert await on.waiting_plan() != plan_id


async def test_a_yes_to_a_plan_of_whom_was_erased_since_is_asked_for_anew(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        plan_id = await on.waiting_plan()
        await on.approve(plan_id)
        marked = await on.house.eraser.mark("default", ("stardex:p1",))
        await on.house.eraser.erase("default", marked, by="local")
        assert (await on.ask(plan_id))["plan_id"] != plan_id
    assert on.stardex.written == []


async def test_what_is_no_plan_cannot_be_approved(tmp_path: Path) -> None:
    async with desk(tmp_path, field_approval={"update_stardex_person": {"current_job_title": "auto"}}) as on:
        done = await on.ask()
        entries = [one async for one in on.house.store.entries("default")]
        for call_id in ("nothing", entries[0].entry.call_id):
            with pytest.raises(NotWaiting, match="no such plan"):
                await on.approve(call_id)
    assert done["status"] == "saved"


async def test_a_plan_that_changes_nothing_asks_nobody(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        assert (await on.ask(changes={"current_job_title": "CFO"}))["status"] == "unchanged"
        assert await on.house.desk.waiting("default") == []


@pytest.mark.parametrize("approval", ["host", "auto"])
async def test_what_is_overwritten_unseen_waits_for_a_person_even_where_nobody_is_asked(
    tmp_path: Path, approval: str
) -> None:
    async with desk(tmp_path) as on, on_vendor(tmp_path / approval, on.stardex, approval=approval) as unasked:
        # The record is shown without an address.
        asked = {"person_id": "p1", "changes": {**TITLE, "address": "1 Example Street"}}
        waits = await unasked.call("update_stardex_person", **asked)
        assert (waits["status"], on.stardex.written) == ("needs_approval", [])
        assert waits["notes"] == [UNSEEN.format(count=1)]
        filled = await unasked.call("update_stardex_person", **asked, fill_empty=True)
        assert (filled["status"], filled["kept"]) == ("unchanged", ["current_job_title", "address"])
        written = await unasked.call("update_stardex_person", person_id="p1", changes=TITLE)
        assert (written["status"], on.stardex.written) == ("saved", [TITLE])


@pytest.mark.parametrize("named", [True, False])
async def test_two_plans_of_one_wish_that_were_both_approved_write_once(named: bool, tmp_path: Path) -> None:
    """The record moved between them and back: each plan fits it in its turn, and the wish is carried out once."""
    async with desk(tmp_path) as on:
        note = {"profile": {"id": "p1"}, "history_entry": {"message": "She is open to it."}}
        before = on.stardex.record

        async def ask(headline: str, plan_id: str | None = None) -> Any:
            on.stardex.record = {**before, "headline": headline}
            named_plan = {} if plan_id is None else {"plan_id": plan_id}
            result = await on.client.call_tool("upsert_jarvi_profile", {**note, **named_plan})
            return result.structured_content

        first, second = [(await ask(headline))["plan_id"] for headline in ("CFO", "Group CFO")]
        assert first != second
        for plan_id in (first, second):
            await on.approve(plan_id)
        saved = await ask("CFO", first)
        again = await ask("Group CFO", second if named else None)
    assert (saved["status"], again["status"]) == ("saved", "saved")
    assert "nothing was sent now" in again["next"]
    assert len(on.stardex.written) == 1
