"""The tables in PostgreSQL: made and brought up to date by their owner, used by servers as `talent_writer`."""

from importlib import resources
from typing import Literal

from talent_mcp.store.postgres.failures import MIGRATE, WrongDatabase
from talent_mcp.store.postgres.rows import Db, column_of
from talent_mcp.store.postgres.url import Place

Part = Literal["audit", "keys"]

LOCK = 0x7461_6C65
"""The number of the advisory lock under which migrations run, one at a time."""
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'talent_writer') THEN
        CREATE ROLE talent_writer NOLOGIN;
        GRANT talent_writer TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this cluster was migrated at the same moment
END $$;
"""
TABLE = """
CREATE SCHEMA IF NOT EXISTS {schema};
GRANT USAGE ON SCHEMA {schema} TO talent_writer;
CREATE TABLE IF NOT EXISTS {schema}.migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON {schema}.migrations TO talent_writer;
"""


def schema(part: Part) -> str:
    """The schema that holds these tables."""
    return f"talent_{part}"


def scripts(part: Part) -> list[tuple[str, str]]:
    """Name and statements of each migration of these tables, in their order."""
    folder = resources.files("talent_mcp.store.postgres") / "migrations" / part
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


async def migrate(db: Db, part: Part, place: Place) -> list[str]:
    """Bring these tables up to date, all or nothing; the names of the migrations that ran.

    Raises:
        WrongDatabase: the tables are of a newer version, or the database cannot hold every text.
        asyncpg.PostgresError: the user of this connection may not do that, and so on.
    """
    async with db.transaction():
        await db.fetchval("SELECT pg_advisory_xact_lock($1)", LOCK)
        if await db.fetchval("SHOW server_encoding") != "UTF8":
            raise WrongDatabase(f"the database {place} is not in UTF8; create one with ENCODING 'UTF8'")
        await db.execute(ROLE + TABLE.format(schema=schema(part)))
        done = await version(db, part)
        require_known(done, part, place)
        new = scripts(part)[done:]
        for number, (name, statements) in enumerate(new, done + 1):
            await db.execute(statements)
            note = f"INSERT INTO {schema(part)}.migrations (number, name) VALUES ($1, $2)"  # noqa: S608  # a name of ours
            await db.execute(note, number, name)
    return [name for name, _ in new]


async def version(db: Db, part: Part) -> int:
    """How many migrations the tables have seen; 0 where there are none.

    As talent_writer everybody may ask: a schema that was not made yet is not in this catalogue.
    """
    table = f"{schema(part)}.migrations"
    if await db.fetchval("SELECT to_regclass($1)", table) is None:
        return 0
    numbers = await column_of(db, f"SELECT coalesce(max(number), 0) FROM {table}")  # noqa: S608  # a name of ours
    return int(numbers[0])


def require_known(done: int, part: Part, place: Place) -> None:
    """Raises WrongDatabase: the tables have seen migrations that this version does not know."""
    if done > len(scripts(part)):
        raise WrongDatabase(f"the database {place} was migrated by a newer version of talent-mcp; install that one")


async def require_current(db: Db, part: Part, place: Place) -> None:
    """Raises WrongDatabase: the tables are missing, older or newer than this version's."""
    done, needed = await version(db, part), len(scripts(part))
    require_known(done, part, place)
    if not done:
        raise WrongDatabase(f"the database {place} has no tables of talent-mcp yet; {MIGRATE}")
    if done < needed:
        raise WrongDatabase(f"the database {place} was migrated by an older version of talent-mcp; {MIGRATE}")
