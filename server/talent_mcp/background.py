"""Work that goes on behind the requests of a process, and ends with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.abc


@asynccontextmanager
async def background_work() -> AsyncGenerator[anyio.abc.TaskGroup]:
    """A task group that is cancelled at the end; what the body raises comes out as itself, not in a group."""
    try:
        async with anyio.create_task_group() as background:
            yield background
            background.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        failure, *others = group.exceptions
        if others:
            raise
    else:
        return
    raise failure
