"""Keys in PostgreSQL, in a schema of their own, or in another database than the audit log."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, fields
from typing import Any, TypeVar

from talent_mcp.store.keys import Alias, CredentialRow, DataKeyRow, Known, Purpose, SubjectRow
from talent_mcp.store.postgres.database import SECONDS, PostgresDatabase
from talent_mcp.store.postgres.people import (
    delete_subjects,
    joined,
    oldest_of,
    subjects_where,
    whole_person,
)
from talent_mcp.store.postgres.rows import Db, column_of, rows_of

T = TypeVar("T")

DATA_KEYS = ", ".join(field.name for field in fields(DataKeyRow))
CREDENTIALS = ", ".join(field.name for field in fields(CredentialRow))
SEALED_ROWS = frozenset[Purpose]({"subjects", "credentials"})
"""The purposes whose keys seal the rows of the table of that name."""
LOCK = 0x7461_6C6B
TURN = "SELECT pg_advisory_xact_lock($1, hashtext($2))"
"""Changes to one tenant's keys take turns: what one of them looked at holds until it is committed."""


class PostgresKeys:
    """A KeyStore in one database; every method takes `seconds` at most."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self._database = PostgresDatabase(url, "keys", seconds=seconds)

    async def data_keys(self, tenant: str) -> list[DataKeyRow]:
        sql = f"SELECT {DATA_KEYS} FROM talent_keys.data_keys WHERE tenant = $1 ORDER BY version"  # noqa: S608  # names of ours
        return [data_key(row) for row in await self._database.read(lambda db: rows_of(db, sql, tenant))]

    async def tenants(self) -> list[str]:
        sql = "SELECT DISTINCT tenant FROM talent_keys.data_keys ORDER BY tenant"
        return await self._database.read(lambda db: column_of(db, sql))

    async def add_data_key(self, key: DataKeyRow) -> bool:
        sql = f"""INSERT INTO talent_keys.data_keys ({DATA_KEYS}) VALUES ($1, $2, $3, $4, $5, $6)
                  ON CONFLICT DO NOTHING RETURNING 1"""  # noqa: S608  # names of ours
        return bool(await self._change([key.tenant], lambda db: rows_of(db, sql, *astuple(key))))

    async def rewrap(self, keys: Sequence[DataKeyRow]) -> None:
        sql = """UPDATE talent_keys.data_keys SET master = $1, wrapped = $2
                 WHERE tenant = $3 AND purpose = $4 AND version = $5"""
        rows = [(key.master, key.wrapped, key.tenant, key.purpose, key.version) for key in keys]
        await self._change([key.tenant for key in keys], lambda db: db.executemany(sql, rows))

    async def remove_data_key(self, tenant: str, purpose: Purpose, version: int) -> bool:
        return await self._change([tenant], lambda db: delete_unused_key(db, tenant, purpose, version))

    async def oldest(self, tenant: str, identifier: Alias, *, limit: int) -> list[SubjectRow]:
        return await self._database.read(lambda db: oldest_of(db, tenant, identifier, limit))

    async def join(self, tenant: str, people: Sequence[Known]) -> list[SubjectRow]:
        async def write(db: Db) -> list[SubjectRow]:
            return [await joined(db, tenant, person) for person in people]

        return await self._change([tenant], write)

    async def person(self, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
        return await self._database.read(lambda db: whole_person(db, tenant, aliases))

    async def keys_of(self, tenant: str, subjects: Sequence[str]) -> list[SubjectRow]:
        where = "WHERE s.tenant = $1 AND s.subject = ANY($2::text[]) ORDER BY s.subject"
        return await self._database.read(lambda db: subjects_where(db, where, tenant, [*subjects]))

    async def destroy(self, tenant: str, subjects: Sequence[str]) -> int:
        return await self._change([tenant], lambda db: delete_subjects(db, tenant, subjects))

    async def subjects_sealed_before(self, tenant: str, key_version: int, *, limit: int) -> list[SubjectRow]:
        where = "WHERE s.tenant = $1 AND s.key_version < $2 LIMIT $3"
        return await self._database.read(lambda db: subjects_where(db, where, tenant, key_version, limit))

    async def reseal_subjects(self, rows: Sequence[SubjectRow]) -> None:
        sql = "UPDATE talent_keys.subjects SET key_version = $1, wrapped = $2 WHERE tenant = $3 AND subject = $4"
        values = [(row.key_version, row.wrapped, row.tenant, row.subject) for row in rows]
        await self._change([row.tenant for row in rows], lambda db: db.executemany(sql, values))

    async def credentials(self, tenant: str) -> list[CredentialRow]:
        sql = f"""SELECT {CREDENTIALS} FROM talent_keys.credentials WHERE tenant = $1
                  ORDER BY vendor, principal, name, version"""  # noqa: S608  # names of ours
        return [credential(row) for row in await self._database.read(lambda db: rows_of(db, sql, tenant))]

    async def add_credential(self, row: CredentialRow) -> None:
        await self._change([row.tenant], lambda db: write_credential(db, row))

    async def reseal_credentials(self, rows: Sequence[CredentialRow]) -> None:
        sql = """UPDATE talent_keys.credentials SET key_version = $1, sealed = $2 WHERE tenant = $3 AND vendor = $4
                 AND principal = $5 AND name = $6 AND version = $7 AND created_at = $8"""
        values = [
            (row.key_version, row.sealed, row.tenant, row.vendor, row.principal, row.name, row.version, row.created_at)
            for row in rows
        ]
        await self._change([row.tenant for row in rows], lambda db: db.executemany(sql, values))

    async def remove_credential(self, tenant: str, principal: str, vendor: str, name: str) -> int:
        sql = """DELETE FROM talent_keys.credentials
                 WHERE tenant = $1 AND vendor = $2 AND principal = $3 AND name = $4 RETURNING 1"""
        return len(await self._change([tenant], lambda db: rows_of(db, sql, tenant, vendor, principal, name)))

    async def require_usable(self) -> None:
        """Raises WrongDatabase: the database is not one to write to, and stays so until somebody changes it."""
        await self._database.require_usable()

    async def close(self) -> None:
        await self._database.close()

    async def _change(self, tenants: Sequence[str], change: Callable[[Db], Awaitable[T]]) -> T:
        async def in_turn(db: Db) -> T:
            for tenant in sorted({*tenants}):
                await db.fetchval(TURN, LOCK, tenant)
            return await change(db)

        return await self._database.change(in_turn)


async def delete_unused_key(db: Db, tenant: str, purpose: Purpose, version: int) -> bool:
    if purpose in SEALED_ROWS:
        sealed = f"SELECT 1 FROM talent_keys.{purpose} WHERE tenant = $1 AND key_version = $2 LIMIT 1"  # noqa: S608  # a name of ours
        if await rows_of(db, sealed, tenant, version):
            return False
    sql = "DELETE FROM talent_keys.data_keys WHERE tenant = $1 AND purpose = $2 AND version = $3"
    await db.execute(sql, tenant, purpose, version)
    return True


async def write_credential(db: Db, row: CredentialRow) -> None:
    retire = """UPDATE talent_keys.credentials SET state = 'retired'
                WHERE tenant = $1 AND vendor = $2 AND principal = $3 AND name = $4"""
    await db.execute(retire, row.tenant, row.vendor, row.principal, row.name)
    sql = f"INSERT INTO talent_keys.credentials ({CREDENTIALS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608  # names of ours
    await db.execute(sql, *astuple(row))


def data_key(row: tuple[Any, ...]) -> DataKeyRow:
    return DataKeyRow(**dict(zip(DATA_KEYS.split(", "), row, strict=True)))


def credential(row: tuple[Any, ...]) -> CredentialRow:
    return CredentialRow(**dict(zip(CREDENTIALS.split(", "), row, strict=True)))
