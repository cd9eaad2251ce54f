"""SIGINT and SIGTERM as cancellation, so that outcomes are written and the log is closed."""

import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskStatus

from talent_mcp.background import background_work


@asynccontextmanager
async def on_signal(act: Callable[[], None] | None = None) -> AsyncGenerator[None]:
    """While inside: a signal cancels what runs there, or does `act` instead.

    Windows has no such signals for asyncio; there Ctrl+C interrupts as Python does by itself.
    """
    if sys.platform == "win32":
        yield
        return
    async with background_work() as tasks:
        await tasks.start(watch, act or tasks.cancel_scope.cancel)
        yield


async def watch(act: Callable[[], None], *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            act()
