"""Key stores to test, empty, each made anew by what its name stands for."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import apsw

from talent_mcp.store.keys import KeyStore
from talent_mcp.store.postgres.keys import PostgresKeys
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.rows import rows_of
from tests.postgres import database_of, shared_cluster

OpenKeys = Callable[[Path], AbstractAsyncContextManager[KeyStore]]
RunSql = Callable[[Path, str], list[str]]
"""Runs statements past the store, and returns the first column of the last one's rows."""


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


def sqlite_sql(home: Path, statements: str) -> list[str]:
    db = apsw.Connection(str(home / "keys.db"))
    try:
        return [str(row[0]) for row in rows_of(db, statements)]
    finally:
        db.close()


def postgres_sql(home: Path, statements: str) -> list[str]:
    """As the owner of the tables."""
    name = database_of(home).rpartition("/")[2]
    prepared = f"SET ROLE talent_owner; SET search_path = talent_keys; {statements}"
    return shared_cluster().sql(prepared, name).splitlines()


SQL: dict[str, RunSql] = {"sqlite": sqlite_sql, "postgres": postgres_sql}
