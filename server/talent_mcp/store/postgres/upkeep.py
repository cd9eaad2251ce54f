"""What is done to a PostgreSQL database, or asked of it, by an operator rather than by a server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import asyncpg

from talent_mcp.store.postgres.failures import explained
from talent_mcp.store.postgres.migrate import Part, migrate
from talent_mcp.store.postgres.rows import Db, rows_of
from talent_mcp.store.postgres.url import database_place

MIGRATION_SECONDS = 600.0
LOOK_SECONDS = 5.0
CLOSE_SECONDS = 1.0
LOOK = """
SELECT current_setting('server_version'), coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       rolsuper OR EXISTS (
           SELECT 1 FROM pg_tables t
           WHERE t.schemaname IN ('talent_audit', 'talent_keys') AND pg_has_role(rolname, t.tableowner, 'MEMBER')
       )
FROM pg_roles WHERE rolname = session_user
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a database says of itself: its version, whether the connection is encrypted, and whether its user could
    change entries, as their owner or as a superuser."""

    version: str
    encrypted: bool
    owns: bool


async def migrate_database(url: str, part: Part) -> list[str]:
    """Bring the tables of one part up to date; the names of the migrations that ran.

    Raises:
        StoreUnavailable: the database cannot be used, or its user may not do that.
    """
    async with connected(url, MIGRATION_SECONDS) as db:
        return await migrate(db, part, database_place(url))


async def look_at(url: str) -> Look:
    """Raises StoreUnavailable: the database cannot be asked."""
    async with connected(url, LOOK_SECONDS) as db:
        ((version, encrypted, owns),) = await rows_of(db, LOOK)
        return Look(str(version).partition(" ")[0], bool(encrypted), bool(owns))


@asynccontextmanager
async def connected(url: str, seconds: float) -> AsyncGenerator[Db]:
    """A connection as the user of this URL, for so many seconds at most."""
    with explained(database_place(url)), anyio.fail_after(seconds):
        db = await asyncpg.connect(url, timeout=LOOK_SECONDS, server_settings={"application_name": "talent-mcp"})
        try:
            yield db
        finally:
            await db.close(timeout=CLOSE_SECONDS)
