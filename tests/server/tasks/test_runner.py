"""What becomes of tasks when servers stop, stores fail and time passes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import apsw
import pytest
from filelock import FileLock
from mcp import MCPError
from mcp.server.context import HandlerResult
from mcp.types import INTERNAL_ERROR, CallToolResult

from talent_mcp.app import House
from talent_mcp.background import background_work
from talent_mcp.identity import Caller, local_caller
from talent_mcp.store.sqlite.store import SqliteStore
from talent_mcp.tasks.jobs import ask_client
from talent_mcp.tasks.records import ToolRequest, new_task
from talent_mcp.tasks.runner import TaskRunner
from talent_mcp.tasks.times import TaskTimes
from tests.disks import failing_disk
from tests.judge import judge

from .clients import TasksOfClient, ask, created, ended
from .held import AT_ONCE, PENDING_PERSON, logged, on_held_vendor, on_pending_vendor

pytestmark = pytest.mark.anyio

CALLER = local_caller("memory", None)
ENRICHMENT = ToolRequest(caller=CALLER, tool="enrich_person", arguments=PENDING_PERSON)
SEARCH = ToolRequest(caller=CALLER, tool="search_people", arguments={})
FOUND = CallToolResult(content=[], structured_content={"status": "found"})
PENDING = CallToolResult(content=[], structured_content={"status": "pending", "retry_after_seconds": 120})
NOW = 1_800_000_000.0


class Clock:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def runner_of(house: House, times: TaskTimes, clock: Clock) -> AsyncGenerator[TaskRunner]:
    async with background_work() as background:
        yield TaskRunner(house.store.tasks, house.gate, background, times, clock)


def calling(result: HandlerResult) -> Any:
    """A call that takes a little longer than no grace period at all."""

    async def call() -> HandlerResult:
        for _ in range(9):
            await anyio.lowlevel.checkpoint()
        return result

    return call


async def described(runner: TaskRunner, task_id: str, *statuses: str) -> dict[str, Any]:
    """The task, once it is in one of these statuses."""
    while True:
        found = await runner.describe(CALLER, task_id)
        assert found is not None
        if found["status"] in statuses:
            return found


async def task_id_of(attended: HandlerResult) -> str:
    assert isinstance(attended, dict)
    return str(attended["taskId"])


async def test_a_task_is_visible_only_to_its_principal_in_its_tenant(tmp_path: Path) -> None:
    async with on_pending_vendor(tmp_path, AT_ONCE) as house:
        task_id = await task_id_of(await house.tasks.attend(SEARCH, calling(FOUND)))
        assert await house.tasks.describe(CALLER, task_id) is not None
        for other in (
            Caller(principal="somebody", tenant=CALLER.tenant, transport="memory"),
            Caller(principal=CALLER.principal, tenant="elsewhere", transport="memory"),
        ):
            assert await house.tasks.describe(other, task_id) is None
            assert not await house.tasks.cancel(other, task_id)
            assert not await house.tasks.answer(other, task_id, {})


async def test_a_task_can_be_read_until_its_time_to_live_is_over_and_is_then_deleted(tmp_path: Path) -> None:
    clock = Clock()
    async with on_pending_vendor(tmp_path, AT_ONCE) as house, runner_of(house, AT_ONCE, clock) as runner:
        task_id = await task_id_of(await runner.attend(SEARCH, calling(FOUND)))
        await described(runner, task_id, "completed")
        clock.now += AT_ONCE.keeping - 1
        assert await runner.describe(CALLER, task_id) is not None
        clock.now += 1
        assert await runner.describe(CALLER, task_id) is None
        runner.start()
        while await house.store.tasks.next_at() is not None:
            await anyio.lowlevel.checkpoint()


async def test_what_a_task_asks_for_is_forgotten_when_it_ends(tmp_path: Path) -> None:
    async with on_pending_vendor(tmp_path, AT_ONCE) as house:
        task_id = await task_id_of(await house.tasks.attend(ENRICHMENT, calling(FOUND)))
        await described(house.tasks, task_id, "completed")
        stored = await house.store.tasks.find(CALLER.tenant, CALLER.principal, task_id, now=0)
    assert stored is not None
    assert stored.request == b""


async def test_a_pending_task_falls_due_when_the_vendor_says(tmp_path: Path) -> None:
    clock, times = Clock(), TaskTimes()
    async with on_pending_vendor(tmp_path, times) as house, runner_of(house, times, clock) as runner:
        task_id = await task_id_of(await runner.attend(ENRICHMENT, calling(PENDING)))
        found = await described(runner, task_id, "working")
        assert await house.store.tasks.next_at() == NOW + 120
    assert "asks again by itself" in found["statusMessage"]


async def test_a_vendor_that_is_never_done_ends_the_task_with_what_it_said_last(tmp_path: Path) -> None:
    clock, times = Clock(), TaskTimes(grace=0, interval=60, trying=90, first_look=0)
    async with on_pending_vendor(tmp_path, times, asks=99) as house, runner_of(house, times, clock) as runner:
        task_id = await task_id_of(await runner.attend(ENRICHMENT, calling(PENDING)))
        while await house.store.tasks.next_at() != NOW + 60:
            await anyio.lowlevel.checkpoint()
        clock.now += 60
        runner.start()
        done = await described(runner, task_id, "completed")
    judge("enrich_person", done["result"])
    assert done["result"]["structuredContent"]["status"] == "pending"


async def test_a_first_call_without_a_sign_of_life_fails_and_points_to_the_log(tmp_path: Path) -> None:
    clock = Clock()
    async with on_pending_vendor(tmp_path, AT_ONCE) as house, runner_of(house, AT_ONCE, clock) as runner:
        task = new_task(SEARCH, AT_ONCE, NOW)
        await house.store.tasks.add(task)
        clock.now += AT_ONCE.lease
        runner.start()
        done = await described(runner, task.task_id, "failed")
        assert await logged(house) == []
    assert done["error"]["code"] == INTERNAL_ERROR
    assert "talent-mcp audit list --in-doubt" in done["error"]["message"]


async def test_a_call_that_outlasts_its_lease_in_this_process_keeps_its_task(tmp_path: Path) -> None:
    clock, release = Clock(), anyio.Event()

    async def call() -> HandlerResult:
        await release.wait()
        return FOUND

    async with on_pending_vendor(tmp_path, AT_ONCE) as house, runner_of(house, AT_ONCE, clock) as runner:
        task_id = await task_id_of(await runner.attend(SEARCH, call))
        clock.now += AT_ONCE.lease
        runner.start()
        while await house.store.tasks.next_at() != NOW + 2 * AT_ONCE.lease:
            await anyio.lowlevel.checkpoint()
        assert await house.store.tasks.claim_due(now=clock.now, until=clock.now) == []
        release.set()
        await described(runner, task_id, "completed")


async def test_a_call_that_waits_for_a_person_is_not_taken_for_lost_by_another_server(tmp_path: Path) -> None:
    clock, release, times = Clock(), anyio.Event(), TaskTimes(grace=0, lease=0.06, first_look=3_600)

    async def call() -> HandlerResult:
        await release.wait()
        return FOUND

    async with on_pending_vendor(tmp_path, times) as house, runner_of(house, times, clock) as runner:
        runner.start()
        task_id = await task_id_of(await runner.attend(SEARCH, call))
        for _ in range(4):
            clock.now += times.lease / 2
            while await house.store.tasks.next_at() != clock.now + times.lease:
                await anyio.lowlevel.checkpoint()
            assert await house.store.tasks.claim_due(now=clock.now, until=clock.now) == []
        release.set()
        await described(runner, task_id, "completed")


async def test_a_server_that_stops_fails_its_first_calls_and_hands_on_its_repeated_ones(tmp_path: Path) -> None:
    clock = Clock()
    async with on_held_vendor(tmp_path) as (_, house, vendor):
        async with runner_of(house, AT_ONCE, clock) as runner:
            first = await task_id_of(await runner.attend(SEARCH, anyio.sleep_forever))
            repeated = replace(new_task(SEARCH, AT_ONCE, NOW), repeatable=True, due_at=NOW)
            await house.store.tasks.add(repeated)
            runner.start()
            await vendor.arrived.wait()
        failed = await house.store.tasks.find(CALLER.tenant, CALLER.principal, first, now=NOW)
        (due,) = await house.store.tasks.claim_due(now=NOW, until=NOW)
    assert failed is not None
    assert failed.status == "failed"
    assert due == repeated


async def test_a_task_of_a_tool_that_is_gone_fails(tmp_path: Path) -> None:
    clock = Clock()
    async with on_pending_vendor(tmp_path, AT_ONCE) as house, runner_of(house, AT_ONCE, clock) as runner:
        gone = replace(ENRICHMENT, tool="enrich_company")
        task = replace(new_task(gone, AT_ONCE, NOW), repeatable=True, due_at=NOW)
        await house.store.tasks.add(task)
        runner.start()
        done = await described(runner, task.task_id, "failed")
    assert "does not have the tool" in done["error"]["message"]


async def test_a_result_that_is_a_plain_object_is_kept_as_it_is(tmp_path: Path) -> None:
    async with on_pending_vendor(tmp_path, AT_ONCE) as house:
        task_id = await task_id_of(await house.tasks.attend(SEARCH, calling({"content": []})))
        assert (await described(house.tasks, task_id, "completed"))["result"] == {"content": []}


async def test_a_request_that_is_cancelled_within_the_grace_period_stops_its_call(tmp_path: Path) -> None:
    times = TaskTimes(grace=3_600)
    async with on_held_vendor(tmp_path, times) as (client, house, vendor):
        async with anyio.create_task_group() as requests:
            requests.start_soon(client.call_tool, "search_people")
            await vendor.arrived.wait()
            requests.cancel_scope.cancel()
        while (last := (await logged(house))[-1])["type"] != "outcome":
            await anyio.lowlevel.checkpoint()
    assert (last["outcome"], last["error"]) == ("unknown", "cancelled")


async def test_a_call_that_cannot_become_a_task_is_answered_as_without_tasks(tmp_path: Path) -> None:
    with failing_disk() as disk:
        async with on_pending_vendor(tmp_path, AT_ONCE) as house:
            await house.tasks.attend(SEARCH, calling(FOUND))
            disk.fault = apsw.FullError
            assert await house.tasks.attend(SEARCH, calling(FOUND)) == FOUND
            disk.fault = None


async def test_an_end_that_cannot_be_stored_leaves_the_task_to_its_lease(tmp_path: Path) -> None:
    release = anyio.Event()

    async def call() -> HandlerResult:
        await release.wait()
        disk.fault = apsw.FullError
        return FOUND

    with failing_disk() as disk:
        async with on_pending_vendor(tmp_path, AT_ONCE) as house:
            task_id = await task_id_of(await house.tasks.attend(SEARCH, call))
            release.set()
            while disk.fault is None:
                await anyio.lowlevel.checkpoint()
            with pytest.raises(MCPError) as refusal:
                await house.tasks.cancel(CALLER, task_id)
            assert "talent-mcp doctor" in refusal.value.error.message
            disk.fault = None
            await described(house.tasks, task_id, "working")


async def test_tasks_that_cannot_be_read_are_said_to_be_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.01)
    async with on_held_vendor(tmp_path, TaskTimes(), store) as (client, _, _):
        with FileLock(tmp_path / "audit.lock"), pytest.raises(MCPError) as refusal:
            await ask(client.session, "get", "t_one")
    assert refusal.value.error.code == INTERNAL_ERROR


async def test_a_server_whose_store_fails_looks_again_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock, times = Clock(), TaskTimes(grace=0, interval=0, first_look=0, idle=0)
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.01)
    async with on_held_vendor(tmp_path / "other") as (_, house, _), background_work() as background:
        runner = TaskRunner(store.tasks, house.gate, background, times, clock)
        task = new_task(SEARCH, times, NOW - times.lease)
        await store.tasks.add(task)
        with FileLock(tmp_path / "audit.lock"):
            runner.start()
            runner.start()
            while "tasks could not be looked after" not in caplog.text:
                await anyio.lowlevel.checkpoint()
        await described(runner, task.task_id, "failed")
        background.cancel_scope.cancel()
    await store.close()


async def test_a_task_asks_its_client_and_goes_on_with_the_answers(tmp_path: Path) -> None:
    answers: list[Any] = []

    async def ask_one(question: str) -> None:
        answers.append(await ask_client({"method": "elicitation/create", "params": {"message": question}}))

    async def call() -> HandlerResult:
        async with anyio.create_task_group() as both:
            both.start_soon(ask_one, "first?")
            both.start_soon(ask_one, "second?")
        return FOUND

    async with on_pending_vendor(tmp_path, AT_ONCE) as house:
        runner = house.tasks
        task_id = await task_id_of(await runner.attend(SEARCH, call))
        asked = await described(runner, task_id, "input_required")
        first, second = asked["inputRequests"]
        assert asked["inputRequests"][first]["params"]["message"] == "first?"
        assert await runner.answer(CALLER, task_id, {first: "yes", "never asked": 1})
        assert [*(await described(runner, task_id, "input_required"))["inputRequests"]] == [second]
        assert await runner.answer(CALLER, task_id, {second: "no"})
        await described(runner, task_id, "completed")
        assert await runner.answer(CALLER, task_id, {second: "late"})
    assert answers == ["yes", "no"]


async def test_outside_of_a_task_there_is_nobody_to_ask() -> None:
    with pytest.raises(LookupError):
        await ask_client({})


async def test_an_update_over_the_wire_is_acknowledged(tmp_path: Path) -> None:
    async with on_held_vendor(tmp_path) as (client, _, vendor):
        task = await created(client, "search_people", {})
        answer = await ask(client.session, "update", task.task_id, input_responses={"a": {"action": "accept"}})
        vendor.released.set()
        await ended(client.session, "search_people", task.task_id)
    assert answer["resultType"] == "complete"
    assert TasksOfClient().created == []
