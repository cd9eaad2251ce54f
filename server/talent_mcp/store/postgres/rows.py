"""Statements on a connection to PostgreSQL."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

Db: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


async def rows_of(db: Db, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    return [tuple(row.values()) for row in await db.fetch(sql, *values)]


async def column_of(db: Db, sql: str, *values: Any) -> list[Any]:
    """Run one statement and return the first column of its rows."""
    return [row[0] for row in await db.fetch(sql, *values)]
