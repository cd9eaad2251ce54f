"""Keys in an SQLite file of their own, beside that of the audit log."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from talent_mcp.store.keys import Alias, CredentialRow, DataKeyRow, Known, Purpose, SubjectRow
from talent_mcp.store.sqlite.database import DURABLE, LOCK_SECONDS, SqliteDatabase
from talent_mcp.store.sqlite.file import Durability, Lost
from talent_mcp.store.sqlite.own_keys import Belongs, OwnKeysDatabase
from talent_mcp.store.sqlite.pace import FEW
from talent_mcp.store.sqlite.people import (
    SUBJECTS,
    delete_subjects,
    joined,
    oldest_of,
    rows_with,
    subject_row,
    whole_person,
)
from talent_mcp.store.sqlite.rows import rows_of

DATA_KEYS = "tenant, purpose, version, master, wrapped, created_at"
CREDENTIALS = "tenant, principal, vendor, name, version, state, key_version, sealed, created_at"
SEALED_ROWS: Mapping[Purpose, str] = {"subjects": "subjects", "credentials": "credentials"}
"""The table whose rows are sealed under a tenant's key for that purpose."""


class SqliteKeys:
    """A KeyStore in one file.

    `belongs` is asked before the first use whether these are the keys of the log that they are used with. After an
    input/output error the file is opened anew and checked before it is written to again; `clock` (seconds, monotonic)
    says when that is tried.
    """

    def __init__(
        self,
        path: Path,
        *,
        belongs: Belongs | None = None,
        lock_seconds: float = LOCK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        durability: Durability = DURABLE,
    ) -> None:
        database = SqliteDatabase(
            path, "keys", check=require_integrity, lock_seconds=lock_seconds, clock=clock, durability=durability
        )
        self._database = OwnKeysDatabase(database, belongs) if belongs else database

    async def data_keys(self, tenant: str) -> list[DataKeyRow]:
        sql = f"SELECT {DATA_KEYS} FROM data_keys WHERE tenant = ? ORDER BY version"  # noqa: S608  # names of ours
        return await self._database.look(lambda db: [data_key(*row) for row in rows_of(db, sql, tenant)])

    async def tenants(self) -> list[str]:
        sql = "SELECT DISTINCT tenant FROM data_keys ORDER BY tenant"
        return await self._database.read(lambda db: [row[0] for row in rows_of(db, sql)])

    async def add_data_key(self, key: DataKeyRow) -> bool:
        sql = "INSERT OR IGNORE INTO data_keys VALUES (?, ?, ?, ?, ?, ?) RETURNING 1"
        values = (key.tenant, key.purpose, key.version, key.master, key.wrapped, key.created_at)
        return bool(await self._database.change(lambda db: rows_of(db, sql, *values)))

    async def rewrap(self, keys: Sequence[DataKeyRow]) -> None:
        sql = "UPDATE data_keys SET master = ?, wrapped = ? WHERE tenant = ? AND purpose = ? AND version = ?"

        def write(db: apsw.Connection) -> None:
            for key in keys:
                rows_of(db, sql, key.master, key.wrapped, key.tenant, key.purpose, key.version)

        await self._database.change(write)
        await self._database.forget()

    async def remove_data_key(self, tenant: str, purpose: Purpose, version: int) -> bool:
        removed = await self._database.change(lambda db: delete_unused_key(db, tenant, purpose, version))
        await self._database.forget()
        return removed

    async def oldest(self, tenant: str, identifier: Alias, *, limit: int) -> list[SubjectRow]:
        return await self._database.look(lambda db: oldest_of(db, tenant, identifier, limit))

    async def join(self, tenant: str, people: Sequence[Known]) -> list[SubjectRow]:
        return await self._database.change(lambda db: [joined(db, tenant, person) for person in people])

    async def person(self, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
        return await self._database.read(lambda db: whole_person(db, tenant, aliases))

    async def keys_of(self, tenant: str, subjects: Sequence[str]) -> list[SubjectRow]:
        read = self._database.look if len(subjects) <= FEW else self._database.read
        return await read(lambda db: rows_with(db, tenant, subjects))

    async def destroy(self, tenant: str, subjects: Sequence[str]) -> int:
        destroyed = await self._database.change(lambda db: delete_subjects(db, tenant, subjects))
        # Also where there was nothing left to delete: an earlier attempt may have ended before this.
        await self._database.forget()
        return destroyed

    async def subjects_sealed_before(self, tenant: str, key_version: int, *, limit: int) -> list[SubjectRow]:
        sql = f"SELECT {SUBJECTS} FROM subjects s WHERE tenant = ? AND key_version < ? LIMIT ?"  # noqa: S608  # names of ours
        return await self._database.read(
            lambda db: [subject_row(*row) for row in rows_of(db, sql, tenant, key_version, limit)]
        )

    async def reseal_subjects(self, rows: Sequence[SubjectRow]) -> None:
        sql = "UPDATE subjects SET key_version = ?, wrapped = ? WHERE tenant = ? AND subject = ?"

        def write(db: apsw.Connection) -> None:
            for row in rows:
                rows_of(db, sql, row.key_version, row.wrapped, row.tenant, row.subject)

        await self._database.change(write)

    async def credentials(self, tenant: str) -> list[CredentialRow]:
        sql = f"SELECT {CREDENTIALS} FROM credentials WHERE tenant = ? ORDER BY vendor, principal, name, version"  # noqa: S608  # names of ours
        return await self._database.look(lambda db: [credential(*row) for row in rows_of(db, sql, tenant)])

    async def add_credential(self, row: CredentialRow) -> None:
        await self._database.change(lambda db: write_credential(db, row))
        await self._database.forget()

    async def reseal_credentials(self, rows: Sequence[CredentialRow]) -> None:
        sql = """UPDATE credentials SET key_version = ?, sealed = ?
                 WHERE tenant = ? AND vendor = ? AND principal = ? AND name = ? AND version = ? AND created_at = ?"""

        def write(db: apsw.Connection) -> None:
            for row in rows:
                place = (row.tenant, row.vendor, row.principal, row.name, row.version, row.created_at)
                rows_of(db, sql, row.key_version, row.sealed, *place)

        await self._database.change(write)

    async def remove_credential(self, tenant: str, principal: str, vendor: str, name: str) -> int:
        sql = "DELETE FROM credentials WHERE tenant = ? AND vendor = ? AND principal = ? AND name = ? RETURNING 1"
        removed = await self._database.change(lambda db: rows_of(db, sql, tenant, vendor, principal, name))
        await self._database.forget()
        return len(removed)

    async def close(self) -> None:
        await self._database.close()


def delete_unused_key(db: apsw.Connection, tenant: str, purpose: Purpose, version: int) -> bool:
    if purpose in SEALED_ROWS:
        sealed = f"SELECT 1 FROM {SEALED_ROWS[purpose]} WHERE tenant = ? AND key_version = ? LIMIT 1"  # noqa: S608  # a name of ours
        if rows_of(db, sealed, tenant, version):
            return False
    sql = "DELETE FROM data_keys WHERE tenant = ? AND purpose = ? AND version = ?"
    rows_of(db, sql, tenant, purpose, version)
    return True


def require_integrity(db: apsw.Connection) -> None:
    """Raises Lost: the file is damaged."""
    if rows_of(db, "PRAGMA integrity_check(1)") != [("ok",)]:
        raise Lost


def write_credential(db: apsw.Connection, row: CredentialRow) -> None:
    place = (row.tenant, row.vendor, row.principal, row.name)
    retire = "UPDATE credentials SET state = 'retired' WHERE tenant = ? AND vendor = ? AND principal = ? AND name = ?"
    rows_of(db, retire, *place)
    values = (*(getattr(row, name) for name in CREDENTIALS.split(", ")),)
    rows_of(db, f"INSERT INTO credentials ({CREDENTIALS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)  # noqa: S608  # names of ours


def data_key(tenant: str, purpose: Any, version: int, master: str, wrapped: bytes, created_at: float) -> DataKeyRow:
    return DataKeyRow(
        tenant=tenant, purpose=purpose, version=version, master=master, wrapped=wrapped, created_at=created_at
    )


def credential(*row: Any) -> CredentialRow:
    return CredentialRow(**dict(zip(CREDENTIALS.split(", "), row, strict=True)))
