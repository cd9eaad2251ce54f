"""Waiting inside a call, for clients that know no tasks but want to see progress."""

from collections.abc import Awaitable
from typing import Protocol

import anyio
from mcp.server.context import HandlerResult

from talent_mcp.tasks.jobs import Call
from talent_mcp.tasks.records import pending_seconds
from talent_mcp.tasks.times import TaskTimes

OVERTIME = 4.0
"""What the last try may take beyond the call's deadline, in seconds."""
MESSAGE = "The vendor is still gathering data."


class Report(Protocol):
    """Tells the client how far the call is."""

    def __call__(self, progress: float, total: float | None = None, message: str | None = None) -> Awaitable[None]: ...


async def wait_inside(
    first: HandlerResult, again: Call, report: Report, *, times: TaskTimes, began: float, call_seconds: float
) -> HandlerResult:
    """What a pending call has to say by its deadline; `began` is when it started, on the clock of the event loop."""
    result, deadline = first, began + call_seconds
    with anyio.CancelScope(deadline=deadline + OVERTIME):
        while pending_seconds(result) is not None and anyio.current_time() + times.inside <= deadline:
            await pause(report, times, began, call_seconds)
            result = await again()
    return result


async def pause(report: Report, times: TaskTimes, began: float, call_seconds: float) -> None:
    """Let the time until the next try pass, with signs of life."""
    until = anyio.current_time() + times.inside
    while (now := anyio.current_time()) < until:
        await report(now - began, call_seconds, MESSAGE)
        await anyio.sleep(min(times.reporting, until - now))
