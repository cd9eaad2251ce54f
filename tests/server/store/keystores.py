"""Key stores to test, empty, each made anew by what its name stands for."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from talent_mcp.store.keys import KeyStore
from talent_mcp.store.sqlite_keys import SqliteKeys

OpenKeys = Callable[[Path], AbstractAsyncContextManager[KeyStore]]


@asynccontextmanager
async def sqlite_keys(home: Path) -> AsyncGenerator[KeyStore]:
    keys = SqliteKeys(home / "keys.db")
    try:
        yield keys
    finally:
        await keys.close()


KEY_STORES: dict[str, OpenKeys] = {"sqlite": sqlite_keys}
