"""A call that became a task, and then has to ask a person: the client is asked through the task."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.server.context import HandlerResult
from mcp.types import ElicitResult, InputRequiredResult

from talent_mcp.app import House, open_house
from talent_mcp.approvals.asking import READING_SECONDS
from talent_mcp.background import background_work
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.store.protocol import EndStatus, TaskRow
from talent_mcp.tasks.runner import TaskRunner
from talent_mcp.tasks.sealed import SealedTasks
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient
from tests.server.approvals.records import TITLE, Clock, Vendors

from .clients import TasksOfClient, ask, created, ended, in_status
from .held import AT_ONCE, on_held_vendor
from .test_runner import SEARCH

pytestmark = pytest.mark.anyio

CHANGE = {"person_id": "p1", "changes": TITLE}
QUESTION = InputRequiredResult(input_requests={}, request_state="plan")


@dataclass(slots=True)
class Talk:
    """A client that can show forms and knows tasks, and whose every call becomes one."""

    client: JudgedClient
    house: House
    vendors: Vendors
    clock: Clock
    pages: list[str]

    async def question(self, task_id: str) -> tuple[str, dict[str, Any]]:
        """What the task asks, and under which key."""
        asked = await in_status(self.client.session, task_id, "input_required")
        ((key, request),) = asked["inputRequests"].items()
        return key, request

    async def answer(self, task_id: str, key: str, answer: dict[str, Any]) -> dict[str, Any]:
        """The end of the task, once this was answered."""
        await ask(self.client.session, "update", task_id, input_responses={key: answer})
        content: dict[str, Any] = (await ended(self.client.session, "update_stardex_person", task_id))["result"]
        return content


async def never(context: Any, params: Any) -> ElicitResult:
    raise AssertionError("the request that a form belongs to was answered long ago")


@asynccontextmanager
async def talking(home: Path) -> AsyncGenerator[Talk]:
    vendors, clock, pages = Vendors(), Clock(), list[str]()

    async def browser(address: str) -> bool:
        pages.append(address)
        return True

    transport = httpx2.MockTransport(vendors)
    async with (
        open_house(
            settings_in(home, approval="ask"),
            KEYS,
            transport=transport,
            clock=clock,
            open_page=browser,
            task_times=AT_ONCE,
        ) as house,
        JudgedClient(house.server("memory"), extensions=[TasksOfClient()], elicitation_callback=never) as client,
    ):
        yield Talk(client, house, vendors, clock, pages)


async def test_a_yes_through_the_task_makes_the_change_that_was_shown(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        task = await created(talk.client, "update_stardex_person", CHANGE)
        key, request = await talk.question(task.task_id)
        assert request["method"] == "elicitation/create"
        assert '"Ada Li" in Stardex' in request["params"]["message"]
        assert talk.vendors.written == []
        talk.clock.now += READING_SECONDS
        result = await talk.answer(task.task_id, key, {"action": "accept", "content": {"approve": True}})
        assert result["structuredContent"]["status"] == "saved"
        assert (talk.vendors.written, talk.pages) == ([TITLE], [])


@pytest.mark.parametrize(
    ("answer", "seconds", "status"),
    [
        ({"action": "decline"}, READING_SECONDS, None),
        ({"action": "accept", "content": {"approve": True}}, 0.0, "needs_approval"),
        ({"action": "cancel"}, READING_SECONDS, "needs_approval"),
        ({"what": "ever"}, READING_SECONDS, "needs_approval"),
    ],
    ids=["a no", "faster than anybody reads", "nothing", "no answer at all"],
)
async def test_without_a_yes_through_the_task_nothing_changes(
    tmp_path: Path, answer: dict[str, Any], seconds: float, status: str | None
) -> None:
    async with talking(tmp_path) as talk:
        task = await created(talk.client, "update_stardex_person", CHANGE)
        key, _ = await talk.question(task.task_id)
        talk.clock.now += seconds
        result = await talk.answer(task.task_id, key, answer)
        content: dict[str, Any] = result.get("structuredContent") or {}
        assert content.get("status") == status
        assert talk.vendors.written == []
        # Who did not decide there is shown the page.
        waiting = 0 if status is None else 1
        assert (len(talk.pages), len(await talk.house.desk.waiting(LOCAL_TENANT))) == (waiting, waiting)


class Slow(SealedTasks):
    """Tasks that are stored when everything else has been done."""

    def __init__(self, house: House) -> None:
        super().__init__(house.store.tasks, house.keys.data_keys)
        self.adding = anyio.Event()
        self.ended: EndStatus | None = None

    async def add(self, task: TaskRow) -> None:
        self.adding.set()
        await super().add(task)
        await anyio.wait_all_tasks_blocked()

    async def end(self, task: TaskRow, status: EndStatus, answer: bytes | None, *, now: float) -> bool:
        self.ended = status
        return await super().end(task, status, answer, now=now)


async def test_a_question_while_the_task_is_stored_is_asked_with_the_request(tmp_path: Path) -> None:
    async with on_held_vendor(tmp_path) as (_, house, _), background_work() as background:
        tasks = Slow(house)
        runner = TaskRunner(tasks, house.gate, background, AT_ONCE)

        async def call() -> HandlerResult:
            await tasks.adding.wait()
            return QUESTION

        assert await runner.attend(SEARCH, call) == QUESTION
        assert tasks.ended == "cancelled"


async def test_a_question_that_comes_too_late_for_the_request_fails_its_task(tmp_path: Path) -> None:
    """It was put together before the task was known, and given back after."""
    release = anyio.Event()

    async def call() -> HandlerResult:
        await release.wait()
        return QUESTION

    async with on_held_vendor(tmp_path) as (client, house, _):
        attended = await house.tasks.attend(SEARCH, call)
        assert isinstance(attended, dict)
        release.set()
        done = await in_status(client.session, attended["taskId"], "failed", "completed")
        assert done["status"] == "failed"
