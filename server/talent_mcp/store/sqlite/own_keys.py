"""The file of keys and the log that is sealed with them belong together: other keys would open none of it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import apsw

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.sqlite.database import SqliteDatabase
from talent_mcp.store.sqlite.rows import rows_of

T = TypeVar("T")

Belongs = Callable[[bytes], Awaitable[None]]
"""Raises StoreUnavailable: the log was sealed with keys of another identity than this one."""


async def require_own_keys(log: SqliteDatabase, identity: bytes) -> None:
    """The keys that are first used with a log are its own from then on.

    Raises:
        StoreUnavailable: these are others, or the log cannot be used.
    """
    own = await log.read(own_keys) or await log.change(lambda db: remember(db, identity))
    if own != identity:
        raise StoreUnavailable(
            "its file of keys is not the one that it was written with; put that back, or move both away to begin anew"
        )


def own_keys(db: apsw.Connection) -> bytes | None:
    rows = rows_of(db, "SELECT identity FROM own_keys")
    return rows[0][0] if rows else None


def remember(db: apsw.Connection, identity: bytes) -> bytes:
    rows_of(db, "INSERT INTO own_keys SELECT ? WHERE NOT EXISTS (SELECT 1 FROM own_keys)", identity)
    return own_keys(db) or identity


class OwnKeysDatabase:
    """The database of keys, used once it was found to belong to the log; every method raises StoreUnavailable."""

    def __init__(self, database: SqliteDatabase, belongs: Belongs) -> None:
        self._database = database
        self._belongs = belongs
        self._sure = False

    async def read(self, query: Callable[[apsw.Connection], T], /) -> T:
        await self._make_sure()
        return await self._database.read(query)

    async def look(self, query: Callable[[apsw.Connection], T], /) -> T:
        await self._make_sure()
        return await self._database.look(query)

    async def change(self, change: Callable[[apsw.Connection], T], /) -> T:
        await self._make_sure()
        return await self._database.change(change)

    async def forget(self) -> None:
        await self._database.forget()

    async def close(self) -> None:
        await self._database.close()

    async def _make_sure(self) -> None:
        if not self._sure:
            await self._belongs((await self._database.read(lambda db: rows_of(db, "SELECT id FROM identity")))[0][0])
            self._sure = True
