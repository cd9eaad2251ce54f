"""Key stores to test, empty, each made anew by what its name stands for."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from talent_mcp.store.keys import KeyStore
from talent_mcp.store.postgres_keys import PostgresKeys
from talent_mcp.store.sqlite_keys import SqliteKeys
from tests.postgres import database_of

OpenKeys = Callable[[Path], AbstractAsyncContextManager[KeyStore]]


@asynccontextmanager
async def sqlite_keys(home: Path) -> AsyncGenerator[KeyStore]:
    keys = SqliteKeys(home / "keys.db")
    try:
        yield keys
    finally:
        await keys.close()


@asynccontextmanager
async def postgres_keys(home: Path) -> AsyncGenerator[KeyStore]:
    keys = PostgresKeys(database_of(home))
    try:
        yield keys
    finally:
        await keys.close()


KEY_STORES: dict[str, OpenKeys] = {"sqlite": sqlite_keys, "postgres": postgres_keys}
