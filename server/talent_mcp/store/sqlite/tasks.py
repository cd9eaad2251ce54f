"""Task rows in the embedded store's file."""

from collections.abc import Sequence
from typing import Any

import apsw

from talent_mcp.store.protocol import EndStatus, TaskRow
from talent_mcp.store.sqlite.database import SqliteDatabase
from talent_mcp.store.sqlite.rows import rows_of

COLUMNS = """tenant, task_id, principal, status, repeatable, created_at, updated_at, due_at, expires_at, request,
             answer"""


class SqliteTasks:
    """A TaskStore."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, task: TaskRow) -> None:
        sql = f"INSERT INTO tasks ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # names of ours
        await self._database.change(lambda db: rows_of(db, sql, *values_of(task)))

    async def find(self, tenant: str, principal: str, task_id: str, *, now: float) -> TaskRow | None:
        where = "tenant = ? AND principal = ? AND task_id = ? AND expires_at > ?"
        found = await self._database.read(lambda db: select(db, where, tenant, principal, task_id, now))
        return found[0] if found else None

    async def end(self, task: TaskRow, status: EndStatus, answer: bytes | None, *, now: float) -> bool:
        sql = """UPDATE tasks SET status = ?, answer = ?, updated_at = ?, request = x''
                 WHERE tenant = ? AND task_id = ? AND status = 'working' RETURNING 1"""
        return bool(
            await self._database.change(lambda db: rows_of(db, sql, status, answer, now, task.tenant, task.task_id))
        )

    async def hold(self, task: TaskRow, *, until: float) -> None:
        sql = """UPDATE tasks SET due_at = max(due_at, ?)
                 WHERE tenant = ? AND task_id = ? AND status = 'working'"""
        await self._database.change(lambda db: rows_of(db, sql, until, task.tenant, task.task_id))

    async def postpone(self, task: TaskRow, *, due_at: float, now: float) -> None:
        sql = """UPDATE tasks SET repeatable = 1, due_at = ?, updated_at = ?
                 WHERE tenant = ? AND task_id = ? AND status = 'working'"""
        await self._database.change(lambda db: rows_of(db, sql, due_at, now, task.tenant, task.task_id))

    async def next_at(self) -> float | None:
        sql = """SELECT min(at) FROM (SELECT min(due_at) AS at FROM tasks WHERE status = 'working'
                 UNION ALL SELECT min(expires_at) FROM tasks)"""
        at: float | None = (await self._database.read(lambda db: rows_of(db, sql)))[0][0]
        return at

    async def claim_due(self, *, now: float, until: float) -> list[TaskRow]:
        return await self._database.change(lambda db: claim(db, now, until))

    async def all_of(self, tenant: str) -> list[TaskRow]:
        return await self._database.read(lambda db: select(db, "tenant = ? ORDER BY created_at", tenant))

    async def remove(self, tenant: str, task_ids: Sequence[str]) -> None:
        def delete(db: apsw.Connection) -> None:
            for task_id in task_ids:
                rows_of(db, "DELETE FROM tasks WHERE tenant = ? AND task_id = ?", tenant, task_id)

        await self._database.change(delete)
        await self._database.forget()


def claim(db: apsw.Connection, now: float, until: float) -> list[TaskRow]:
    rows_of(db, "DELETE FROM tasks WHERE expires_at <= ?", now)
    due = select(db, "status = 'working' AND due_at <= ? ORDER BY due_at", now)
    rows_of(db, "UPDATE tasks SET due_at = ? WHERE status = 'working' AND due_at <= ?", until, now)
    return due


def select(db: apsw.Connection, where: str, *values: str | float) -> list[TaskRow]:
    rows = rows_of(db, f"SELECT {COLUMNS} FROM tasks WHERE {where}", *values)  # noqa: S608  # conditions of ours
    return [task_row(*row) for row in rows]


def values_of(task: TaskRow) -> tuple[Any, ...]:
    return (
        task.tenant,
        task.task_id,
        task.principal,
        task.status,
        int(task.repeatable),
        task.created_at,
        task.updated_at,
        task.due_at,
        task.expires_at,
        task.request,
        task.answer,
    )


def task_row(tenant: str, task_id: str, principal: str, status: Any, repeatable: int, *rest: Any) -> TaskRow:
    created_at, updated_at, due_at, expires_at, request, answer = rest
    return TaskRow(
        tenant=tenant,
        task_id=task_id,
        principal=principal,
        status=status,
        repeatable=bool(repeatable),
        created_at=created_at,
        updated_at=updated_at,
        due_at=due_at,
        expires_at=expires_at,
        request=request,
        answer=answer,
    )
