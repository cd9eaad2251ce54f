"""Task rows in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

from talent_mcp.store.postgres.database import PostgresDatabase
from talent_mcp.store.postgres.rows import Db, column_of, rows_of
from talent_mcp.store.protocol import EndStatus, TaskRow

NAMES = tuple(field.name for field in fields(TaskRow))
SELECT = f"SELECT {', '.join(NAMES)} FROM talent_audit.tasks"  # noqa: S608  # names of ours
INSERT = (
    f"INSERT INTO talent_audit.tasks ({', '.join(NAMES)}) "  # noqa: S608  # names of ours
    f"VALUES ({', '.join(f'${place}' for place in range(1, len(NAMES) + 1))})"
)


class PostgresTasks:
    """A TaskStore."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, task: TaskRow) -> None:
        await self._database.change(lambda db: db.execute(INSERT, *astuple(task)))

    async def find(self, tenant: str, principal: str, task_id: str, *, now: float) -> TaskRow | None:
        where = "WHERE tenant = $1 AND principal = $2 AND task_id = $3 AND expires_at > $4"
        found = await self._database.read(lambda db: select(db, where, tenant, principal, task_id, now))
        return found[0] if found else None

    async def end(self, task: TaskRow, status: EndStatus, answer: bytes | None, *, now: float) -> bool:
        sql = """UPDATE talent_audit.tasks SET status = $1, answer = $2, updated_at = $3, request = ''
                 WHERE tenant = $4 AND task_id = $5 AND status = 'working' RETURNING 1"""
        values = (status, answer, now, task.tenant, task.task_id)
        return bool(await self._database.change(lambda db: rows_of(db, sql, *values)))

    async def hold(self, task: TaskRow, *, until: float) -> None:
        sql = """UPDATE talent_audit.tasks SET due_at = greatest(due_at, $1)
                 WHERE tenant = $2 AND task_id = $3 AND status = 'working'"""
        await self._database.change(lambda db: db.execute(sql, until, task.tenant, task.task_id))

    async def postpone(self, task: TaskRow, *, due_at: float, now: float) -> None:
        sql = """UPDATE talent_audit.tasks SET repeatable = true, due_at = $1, updated_at = $2
                 WHERE tenant = $3 AND task_id = $4 AND status = 'working'"""
        await self._database.change(lambda db: db.execute(sql, due_at, now, task.tenant, task.task_id))

    async def next_at(self) -> float | None:
        sql = """SELECT least((SELECT min(due_at) FROM talent_audit.tasks WHERE status = 'working'),
                              (SELECT min(expires_at) FROM talent_audit.tasks))"""
        at: list[float | None] = await self._database.read(lambda db: column_of(db, sql))
        return at[0]

    async def claim_due(self, *, now: float, until: float) -> list[TaskRow]:
        return await self._database.change(lambda db: claim(db, now, until))

    async def all_of(self, tenant: str) -> list[TaskRow]:
        return await self._database.read(lambda db: select(db, "WHERE tenant = $1 ORDER BY created_at", tenant))

    async def remove(self, tenant: str, task_ids: Sequence[str]) -> None:
        sql = "DELETE FROM talent_audit.tasks WHERE tenant = $1 AND task_id = ANY($2::text[])"
        await self._database.change(lambda db: db.execute(sql, tenant, [*task_ids]))


async def claim(db: Db, now: float, until: float) -> list[TaskRow]:
    await db.execute("DELETE FROM talent_audit.tasks WHERE expires_at <= $1", now)
    # What another server is claiming at this moment is its own.
    where = "WHERE status = 'working' AND due_at <= $1 ORDER BY due_at FOR UPDATE SKIP LOCKED"
    due = await select(db, where, now)
    sql = """UPDATE talent_audit.tasks t SET due_at = $1
             FROM unnest($2::text[], $3::text[]) AS due (tenant, task_id)
             WHERE t.tenant = due.tenant AND t.task_id = due.task_id"""
    await db.execute(sql, until, [task.tenant for task in due], [task.task_id for task in due])
    return due


async def select(db: Db, where: str, *values: str | float) -> list[TaskRow]:
    return [task_row(row) for row in await rows_of(db, f"{SELECT} {where}", *values)]


def task_row(row: tuple[Any, ...]) -> TaskRow:
    return TaskRow(**dict(zip(NAMES, row, strict=True)))
