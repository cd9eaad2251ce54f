"""Waiting inside a call, in virtual time."""

from typing import Any

import anyio
import pytest
from mcp.server.context import HandlerResult
from mcp.types import CallToolResult

from talent_mcp.tasks.times import TaskTimes
from talent_mcp.tasks.waiting import wait_inside
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

TIMES = TaskTimes()
CALL_SECONDS = 34.0
HOSTS_PATIENCE = 40.0
FOUND = CallToolResult(content=[], structured_content={"status": "found"})
PENDING = CallToolResult(content=[], structured_content={"status": "pending", "retry_after_seconds": 120})


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


class Call:
    """Answers pending so often, each time after `seconds`; remembers when it was made and what was reported."""

    def __init__(self, pending: int, seconds: float = 0.0) -> None:
        self.pending, self.seconds = pending, seconds
        self.made: list[float] = []
        self.reported: list[float] = []

    async def again(self) -> HandlerResult:
        self.made.append(anyio.current_time())
        await anyio.sleep(self.seconds)
        return PENDING if len(self.made) <= self.pending else FOUND

    async def report(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        assert (total, message) == (CALL_SECONDS, "The vendor is still gathering data.")
        self.reported.append(progress)

    async def wait(self) -> HandlerResult:
        began = anyio.current_time()
        return await wait_inside(PENDING, self.again, self.report, times=TIMES, began=began, call_seconds=CALL_SECONDS)


async def test_the_call_is_made_again_until_it_is_done() -> None:
    call = Call(pending=1)
    began = anyio.current_time()
    assert await call.wait() == FOUND
    assert [at - began for at in call.made] == [15, 30]
    assert call.reported == [0, 5, 10, 15, 20, 25]


async def test_a_vendor_that_is_never_done_is_answered_for_by_the_deadline() -> None:
    call = Call(pending=99)
    began = anyio.current_time()
    assert await call.wait() == PENDING
    assert anyio.current_time() - began <= CALL_SECONDS


async def test_a_slow_try_is_cut_before_the_host_loses_patience() -> None:
    call = Call(pending=99, seconds=34)
    began = anyio.current_time()
    assert await call.wait() == PENDING
    assert anyio.current_time() - began < HOSTS_PATIENCE
