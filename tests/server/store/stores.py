"""Stores to test, each made anew by what its name stands for: two that are opened on one home share their log."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from talent_mcp.store import Store
from talent_mcp.store.sqlite import SqliteStore

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def sqlite_store(home: Path) -> AsyncGenerator[Store]:
    store = SqliteStore(home / "audit.db")
    try:
        yield store
    finally:
        await store.close()


STORES: dict[str, OpenStore] = {"sqlite": sqlite_store}
