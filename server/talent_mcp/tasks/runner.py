"""Runs tasks: those of this server's clients, and what a server that is gone has left pending."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import anyio.abc
from mcp import MCPError
from mcp.server.context import HandlerResult
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, InputRequiredResult
from pydantic_core import to_json

from talent_mcp.errors import StoreUnavailable
from talent_mcp.gate import Gate, UnknownTool
from talent_mcp.identity import Caller
from talent_mcp.protocol import wire_result
from talent_mcp.store.protocol import TaskRow, TaskStore
from talent_mcp.tasks.jobs import Call, Job
from talent_mcp.tasks.records import (
    ToolRequest,
    detailed_task,
    new_task,
    pending_seconds,
    stored_request,
    wire_json,
    wire_task,
)
from talent_mcp.tasks.times import TaskTimes

logger = logging.getLogger(__name__)

SIGNS_OF_LIFE = 3
"""In the time of a lease: one or two may come late."""

LOST = (
    "The server ended while this call ran, so its result is unknown, and it may have taken effect. Look at the call in "
    "the audit log (`talent-mcp audit list --in-doubt`) before making it again."
)
UNREADABLE = "Tasks cannot be read or changed now. The operator finds the reason with `talent-mcp doctor`."


class TaskRunner:
    """Turns slow and pending calls into tasks, and sees each to its end.

    What is asked again is first claimed in the store, so that one of the servers on it does it; what a server held
    when it died falls due once its lease is over. Every try passes the gate as a call of its own.
    """

    def __init__(
        self,
        store: TaskStore,
        gate: Gate,
        background: anyio.abc.TaskGroup,
        times: TaskTimes,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.times = times
        self.store = store
        self._gate = gate
        self._background = background
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._changed = anyio.Event()
        self._keeping = False

    def start(self) -> None:
        """Look for due tasks from now on; only a process that serves does."""
        if not self._keeping:
            self._keeping = True
            self._background.start_soon(self._keep)
            self._background.start_soon(self._hold)

    async def attend(self, request: ToolRequest, call: Call) -> HandlerResult:
        """The result of a call that ends within the grace period; of another one, the task that it becomes.

        Raises:
            MCPError: the call ended so within the grace period.
        """
        job = Job(call)
        self._background.start_soon(self._run, job)
        try:
            with anyio.move_on_after(self.times.grace):
                await job.ended.wait()
            if job.ended.is_set() and (job.error is not None or pending_seconds(job.result) is None):
                return job.outcome()
            return await self._made_task(job, new_task(request, self.times, self._clock()))
        except anyio.get_cancelled_exc_class():
            job.scope.cancel()
            raise

    async def again(self, request: ToolRequest) -> HandlerResult:
        """The same call once more: audited as a call of its own."""
        try:
            return wire_result(await self._gate.call(request.tool, request.arguments, request.caller))
        except UnknownTool:
            raise MCPError(INVALID_PARAMS, "This version of talent-mcp does not have the tool any more.") from None

    async def describe(self, caller: Caller, task_id: str) -> dict[str, Any] | None:
        """The caller's own task as tasks/get answers it; None if there is none (any more).

        Raises:
            MCPError: the store cannot be read.
        """
        task = await self._find(caller, task_id)
        if task is None:
            return None
        job = self._jobs.get(task_id)
        return detailed_task(task, self.times.poll, {} if job is None else job.questions())

    async def answer(self, caller: Caller, task_id: str, responses: dict[str, Any]) -> bool:
        """Pass responses to what a task asked; whether the caller has such a task."""
        if await self._find(caller, task_id) is None:
            return False
        if task_id in self._jobs:
            self._jobs[task_id].answer(responses)
        return True

    async def cancel(self, caller: Caller, task_id: str) -> bool:
        """Stop a task unless it has ended; whether the caller has such a task.

        The gate records the outcome of a call that is stopped.
        """
        task = await self._find(caller, task_id)
        if task is None:
            return False
        try:
            stopped = await self.store.end(task, "cancelled", None, now=self._clock())
        except StoreUnavailable:
            raise MCPError(INTERNAL_ERROR, UNREADABLE) from None
        if stopped and task_id in self._jobs:
            self._jobs[task_id].scope.cancel()
        return True

    async def _run(self, job: Job) -> None:
        try:
            await job.run()
        finally:
            if job.task is not None:
                await self._settle(job, job.task)

    async def _made_task(self, job: Job, task: TaskRow) -> HandlerResult:
        ended = job.ended.is_set()
        if ended:
            task = replace(task, repeatable=True, due_at=task.created_at + self._interval(job.result))
        try:
            await self.store.add(task)
        except StoreUnavailable as failure:
            logger.error("a call could not become a task: %s", failure)
            await job.ended.wait()
            return job.outcome()
        if ended:
            self._changed.set()
        elif isinstance(job.result, InputRequiredResult):
            # It asked while the task was stored: there still is a request to ask with.
            await self.store.end(task, "cancelled", None, now=self._clock())
            return job.outcome()
        else:
            await self._follow(job, task)
        return {"resultType": "task", **wire_task(task, self.times.poll)}

    async def _follow(self, job: Job, task: TaskRow) -> None:
        job.task = task
        self._jobs[task.task_id] = job
        if job.ended.is_set():
            await self._settle(job, task)

    async def _settle(self, job: Job, task: TaskRow) -> None:
        """Write what became of a run, whatever becomes of this server."""
        with anyio.CancelScope(shield=True):
            try:
                await self._write_end(job, task, self._clock())
            except StoreUnavailable as failure:
                logger.error("the end of task %s could not be stored: %s", task.task_id, failure)
        # A task that was postponed may run anew by now.
        if self._jobs.get(task.task_id) is job:
            del self._jobs[task.task_id]
        self._changed.set()

    async def _write_end(self, job: Job, task: TaskRow, now: float) -> None:
        if job.error is not None:
            error = job.error.error.model_dump(by_alias=True, mode="json", exclude_none=True)
            await self.store.end(task, "failed", to_json(error), now=now)
        elif job.result is None and task.repeatable:
            await self._postpone(task, now, now)
        elif job.result is None or isinstance(job.result, InputRequiredResult):
            # A question that came too late for the request, and too early for the task, was not asked.
            await self.store.end(task, "failed", lost(), now=now)
        elif (
            pending_seconds(job.result) is None
            or now + self._interval(job.result) > task.created_at + self.times.trying
        ):
            await self.store.end(task, "completed", wire_json(job.result), now=now)
        else:
            await self._postpone(task, now + self._interval(job.result), now)

    async def _postpone(self, task: TaskRow, due_at: float, now: float) -> None:
        # Once it is stored it may be taken up anew, here too.
        self._jobs.pop(task.task_id, None)
        await self.store.postpone(task, due_at=due_at, now=now)

    async def _keep(self) -> None:
        await anyio.sleep(self.times.first_look)
        while True:
            with anyio.move_on_after(await self._look()):
                await self._changed.wait()
            self._changed = anyio.Event()

    async def _hold(self) -> None:
        """Show the other servers on the store that the tasks of this one live."""
        while True:
            await anyio.sleep(self.times.lease / SIGNS_OF_LIFE)
            try:
                for task in [job.task for job in self._jobs.values() if job.task is not None]:
                    await self.store.hold(task, until=self._clock() + self.times.lease)
            except StoreUnavailable as failure:
                logger.error("tasks could not be held: %s", failure)

    async def _look(self) -> float:
        """Take up what is due; how many seconds there is nothing else to do."""
        now = self._clock()
        try:
            at = await self.store.next_at()
            if at is None or at > now:
                return self.times.idle if at is None else min(at - now, self.times.idle)
            for task in await self.store.claim_due(now=now, until=now + self.times.lease):
                await self._take(task)
        except StoreUnavailable as failure:
            logger.error("tasks could not be looked after: %s", failure)
            return self.times.idle
        return 0.0

    async def _take(self, task: TaskRow) -> None:
        if task.task_id in self._jobs:
            return
        if not task.repeatable:
            await self.store.end(task, "failed", lost(), now=self._clock())
            return
        job = Job(partial(self.again, stored_request(task)), task)
        self._jobs[task.task_id] = job
        self._background.start_soon(self._run, job)

    async def _find(self, caller: Caller, task_id: str) -> TaskRow | None:
        try:
            return await self.store.find(caller.tenant, caller.principal, task_id, now=self._clock())
        except StoreUnavailable:
            raise MCPError(INTERNAL_ERROR, UNREADABLE) from None

    def _interval(self, result: HandlerResult) -> float:
        return pending_seconds(result) or 0.0 if self.times.interval is None else self.times.interval


def lost() -> bytes:
    return to_json({"code": INTERNAL_ERROR, "message": LOST})
