"""Stores to test, each made anew by what its name stands for: two that are opened on one home share their log."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from talent_mcp.store import Store
from talent_mcp.store.postgres.store import PostgresStore
from talent_mcp.store.sqlite.store import SqliteStore
from tests.postgres import database_of

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def sqlite_store(home: Path) -> AsyncGenerator[Store]:
    store = SqliteStore(home / "audit.db")
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def postgres_store(home: Path) -> AsyncGenerator[Store]:
    store = PostgresStore(database_of(home))
    try:
        yield store
    finally:
        await store.close()


STORES: dict[str, OpenStore] = {"sqlite": sqlite_store, "postgres": postgres_store}
