"""A walk through with the four kinds of clients that exist: a person decides each time, and no call waits for ever."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.types import ElicitResult

from talent_mcp.settings import Settings
from tests.judge import JudgedClient
from tests.server.approvals.records import TITLE, Clock, Vendors, asking_house
from tests.server.approvals.test_asking import ERAS, YES, Person
from tests.server.web.person import Browser, Desktop, look, request

pytestmark = pytest.mark.anyio

CALL: dict[str, Any] = {"person_id": "p1", "changes": TITLE}
LONGEST_SECONDS = 40
"""Desktop hosts cut a call soon after that."""


@asynccontextmanager
async def at_desktop(
    home: Path, era: str, *, person: Person | None, clock: Clock, **changes: Any
) -> AsyncGenerator[Desktop]:
    """A client of this era, which can ask this person or nobody, at a computer with a browser."""
    stardex, browser = Vendors(), Browser()
    async with (
        asking_house(home, stardex, clock, browser=browser, **changes) as house,
        JudgedClient(house.server("memory"), mode=era, elicitation_callback=person) as client,
    ):
        yield Desktop(client, house, stardex, clock, browser)


async def decided(at: Desktop, plan_id: str) -> list[tuple[str, object]]:
    """What was decided on a plan, and where."""
    story = await at.house.desk.story("default", plan_id)
    return [(one.entry.type, one.envelope["by"]) for one in story if "by" in one.envelope]


async def first_plan(at: Desktop) -> str:
    """The plan that waited; the call that carried it out has one too."""
    plan, *_ = await at.house.store.plans_since("default", "")
    return plan


def test_no_operator_can_let_a_call_wait_longer() -> None:
    limits = [each.le for each in Settings.model_fields["call_seconds"].metadata if hasattr(each, "le")]
    assert limits == [LONGEST_SECONDS]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_asks_a_person_by_form(tmp_path: Path, era: str) -> None:
    clock = Clock()
    async with at_desktop(tmp_path, era, person=Person(clock, YES), clock=clock) as at:
        with anyio.fail_after(LONGEST_SECONDS):
            done = await at.ask()
        assert (done["status"], at.stardex.written, at.browser.opened) == ("saved", [TITLE], [])
        assert await decided(at, await first_plan(at)) == [("plan.approved", "elicitation")]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_cannot_ask_leaves_it_to_the_page(tmp_path: Path, era: str) -> None:
    async with at_desktop(tmp_path, era, person=None, clock=Clock()) as at:
        with anyio.fail_after(LONGEST_SECONDS):
            asked = await at.ask()
        assert (asked["status"], at.stardex.written) == ("needs_approval", [])
        await (await look(at.browser.opened[0])).approve()
        assert (await at.ask(plan_id=asked["plan_id"]))["status"] == "saved"
        assert await decided(at, asked["plan_id"]) == [("plan.approved", "page")]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_declines_by_itself_has_decided_nothing(tmp_path: Path, era: str) -> None:
    clock = Clock()
    person = Person(clock, ElicitResult(action="decline"), seconds=0.3)
    async with at_desktop(tmp_path, era, person=person, clock=clock) as at:
        with anyio.fail_after(LONGEST_SECONDS):
            asked = await at.ask()
        assert (asked["status"], await decided(at, asked["plan_id"])) == ("needs_approval", [])
        await (await look(at.browser.opened[0])).refuse("not now")
        refused = await at.client.call_tool("update_stardex_person", {**CALL, "plan_id": asked["plan_id"]})
        assert refused.is_error
        assert await decided(at, asked["plan_id"]) == [("plan.refused", "page")]
        assert at.stardex.written == []


async def test_a_client_that_hangs_is_answered_and_a_terminal_decides(tmp_path: Path) -> None:
    """Before 2026-07-28, where the server waits for the form; since then the client holds the question."""
    clock = Clock()
    async with at_desktop(tmp_path, "legacy", person=Person(clock, None), clock=clock, call_seconds=10.2) as at:
        with anyio.fail_after(LONGEST_SECONDS):
            asked = await at.ask()
        assert (asked["status"], at.stardex.written) == ("needs_approval", [])
        await at.house.desk.decide("default", asked["plan_id"], "approved", by="terminal", principal="local")
        assert (await at.ask(plan_id=asked["plan_id"]))["status"] == "saved"
        assert await decided(at, asked["plan_id"]) == [("plan.approved", "terminal")]
        assert (await request("GET", at.browser.opened[0])).status_code == 410, "the page was overtaken"
