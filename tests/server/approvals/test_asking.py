"""Clients that can ask a person, cannot, hang, or answer by themselves: in both eras the person always decides."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from tests.judge import JudgedClient
from tests.server.approvals.records import TITLE, Clock, Vendors, asking_house

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
CALL: dict[str, Any] = {"person_id": "p1", "changes": TITLE}
YES = ElicitResult(action="accept", content={"approve": True})


class Person:
    """Answers a question after so many seconds of the server's clock, and remembers what was shown."""

    def __init__(self, clock: Clock, answer: ElicitResult | None, seconds: float = 5.0) -> None:
        self.clock = clock
        self.answer = answer
        self.seconds = seconds
        self.shown: list[ElicitRequestParams] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.shown.append(params)
        if self.answer is None:
            await anyio.sleep_forever()
        self.clock.now += self.seconds
        assert self.answer is not None
        return self.answer


@asynccontextmanager
async def at_client(
    home: Path, era: str, answer: ElicitResult | None, seconds: float = 5.0, **changes: Any
) -> AsyncGenerator[tuple[JudgedClient, Vendors, Person]]:
    stardex, clock = Vendors(), Clock()
    person = Person(clock, answer, seconds)
    async with (
        asking_house(home, stardex, clock, **changes) as house,
        JudgedClient(house.server("memory"), mode=era, elicitation_callback=person) as client,
    ):
        yield client, stardex, person


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_at_the_client_makes_the_change(tmp_path: Path, era: str) -> None:
    async with at_client(tmp_path, era, YES) as (client, stardex, person):
        done = await client.call_tool("update_stardex_person", CALL)
    assert done.structured_content is not None
    assert (done.structured_content["status"], stardex.written) == ("saved", [TITLE])
    (question,) = person.shown
    assert question.message == 'Change "Ada Li" in Stardex (p1)\n- current job title: "CFO" -> "Group CFO"'


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "answer", [ElicitResult(action="decline"), ElicitResult(action="accept", content={"approve": False})]
)
async def test_a_no_at_the_client_leaves_the_record_alone(tmp_path: Path, era: str, answer: ElicitResult) -> None:
    async with at_client(tmp_path, era, answer) as (client, stardex, _):
        refused = await client.call_tool("update_stardex_person", CALL)
    assert refused.is_error
    assert "A person refused this change" in str(refused.content[0])
    assert stardex.written == []


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (ElicitResult(action="decline"), 0.3),
        (YES, 0.3),
        (ElicitResult(action="cancel"), 5.0),
        (ElicitResult(action="accept", content={}), 5.0),
        (ElicitResult(action="accept", content={"approve": "yes"}), 5.0),
    ],
    ids=["declined by itself", "approved by itself", "cancelled", "empty", "no yes or no"],
)
async def test_what_no_person_said_decides_nothing_and_the_plan_waits(
    tmp_path: Path, era: str, answer: ElicitResult, seconds: float
) -> None:
    async with at_client(tmp_path, era, answer, seconds) as (client, stardex, person):
        asked = await client.call_tool("update_stardex_person", CALL)
        assert asked.structured_content is not None
        again = {**CALL, "plan_id": asked.structured_content["plan_id"]}
        repeated = await client.call_tool("update_stardex_person", again)
    assert asked.structured_content["status"] == "needs_approval"
    assert repeated.structured_content == asked.structured_content
    assert len(person.shown) == 1, "the same plan is not asked about twice"
    assert stardex.written == []


async def test_a_client_that_hangs_is_answered_in_time_and_the_plan_waits(tmp_path: Path) -> None:
    async with at_client(tmp_path, "legacy", None, call_seconds=10.2) as (client, stardex, _):
        with anyio.fail_after(9):
            asked = await client.call_tool("update_stardex_person", CALL)
    assert asked.structured_content is not None
    assert asked.structured_content["status"] == "needs_approval"
    assert stardex.written == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_without_elicitation_is_told_the_other_way(tmp_path: Path, era: str) -> None:
    stardex, clock = Vendors(), Clock()
    async with (
        asking_house(tmp_path, stardex, clock) as house,
        JudgedClient(house.server("memory"), mode=era) as client,
    ):
        asked = await client.call_tool("update_stardex_person", CALL)
    assert asked.structured_content is not None
    assert "talent-mcp approve" in asked.structured_content["next"]
    assert stardex.written == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_record_that_moved_while_the_person_read_is_not_changed(tmp_path: Path, era: str) -> None:
    stardex, clock = Vendors(), Clock()

    async def moved(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        clock.now += 5
        stardex.record["name"] = "Ada Brightwell"
        return YES

    async with (
        asking_house(tmp_path, stardex, clock) as house,
        JudgedClient(house.server("memory"), mode=era, elicitation_callback=moved) as client,
    ):
        asked = await client.call_tool("update_stardex_person", CALL)
    assert asked.structured_content is not None
    assert asked.structured_content["status"] == "needs_approval"
    assert stardex.written == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_preview_asks_nobody(tmp_path: Path, era: str) -> None:
    async with at_client(tmp_path, era, YES) as (client, stardex, person):
        shown = await client.call_tool("update_stardex_person", {**CALL, "preview": True})
    assert shown.structured_content is not None
    assert shown.structured_content["status"] == "preview"
    assert (person.shown, stardex.written) == ([], [])


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_that_a_form_would_not_show_whole_is_left_for_the_terminal(tmp_path: Path, era: str) -> None:
    changes = dict.fromkeys(("address", "linkedin_headline", "linkedin_location", "company_name"), "a" * 1_900)
    async with at_client(tmp_path, era, YES) as (client, stardex, person):
        asked = await client.call_tool("update_stardex_person", {"person_id": "p1", "changes": changes})
    assert asked.structured_content is not None
    assert asked.structured_content["status"] == "needs_approval"
    assert (person.shown, stardex.written) == ([], [])


async def test_a_client_cannot_make_up_that_it_was_asked(tmp_path: Path) -> None:
    stardex, clock = Vendors(), Clock()
    async with (
        asking_house(tmp_path, stardex, clock) as house,
        JudgedClient(house.server("memory"), mode="2026-07-28") as client,
    ):
        asked = await client.call_tool("update_stardex_person", CALL)
        assert asked.structured_content is not None
        plan_id = asked.structured_content["plan_id"]
        clock.now += 60
        for state in (plan_id, f"{plan_id} 0", "x"):
            with pytest.raises(MCPError):
                await client.session.call_tool(
                    "update_stardex_person", CALL, input_responses={"approval": YES}, request_state=state
                )
        assert [plan.plan_id for plan in await house.desk.waiting("default")] == [plan_id]
    assert stardex.written == []
