"""SIGINT and SIGTERM as cancellation, so that outcomes are written and the log is closed."""

import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio


@asynccontextmanager
async def on_signal(act: Callable[[], None] | None = None) -> AsyncGenerator[None]:
    """While inside: a signal cancels what runs there, or does `act` instead.

    Windows has no such signals for asyncio; there Ctrl+C interrupts as Python does by itself.
    """
    if sys.platform == "win32":
        yield
        return
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch, act or tasks.cancel_scope.cancel)
        yield
        tasks.cancel_scope.cancel()


async def watch(act: Callable[[], None]) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            act()
