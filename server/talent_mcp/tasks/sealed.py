"""Tasks whose requests and answers are sealed before they are stored: they hold people, and keys of nobody's."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from talent_mcp.audit.sealing import PartKey, Unreadable, open_parts, parts_of, seal
from talent_mcp.audit.tenant_keys import TenantKeys
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import EndStatus, TaskRow, TaskStore

logger = logging.getLogger(__name__)


class Sealed(StoreUnavailable):
    """Nobody can open what is stored of a task."""

    def __init__(self) -> None:
        super().__init__("a task was not sealed by this server, or is damaged")


class SealedTasks:
    """A TaskStore over another one; what it is given and gives back is in clear.

    Of several tasks one that cannot be opened, of which the log then tells, is given back empty and is not to be
    repeated: it must not stand in the way of the others.
    """

    def __init__(self, store: TaskStore, keys: TenantKeys) -> None:
        self._store = store
        self._keys = keys

    async def add(self, task: TaskRow) -> None:
        await self._store.add(replace(task, request=await self._sealed(task, "request", task.request)))

    async def find(self, tenant: str, principal: str, task_id: str, *, now: float) -> TaskRow | None:
        task = await self._store.find(tenant, principal, task_id, now=now)
        return None if task is None else await self._opened(task)

    async def end(self, task: TaskRow, status: EndStatus, answer: bytes | None, *, now: float) -> bool:
        sealed = None if answer is None else await self._sealed(task, "answer", answer)
        return await self._store.end(task, status, sealed, now=now)

    async def hold(self, task: TaskRow, *, until: float) -> None:
        await self._store.hold(task, until=until)

    async def postpone(self, task: TaskRow, *, due_at: float, now: float) -> None:
        await self._store.postpone(task, due_at=due_at, now=now)

    async def next_at(self) -> float | None:
        return await self._store.next_at()

    async def claim_due(self, *, now: float, until: float) -> list[TaskRow]:
        return [await self._opened_or_empty(task) for task in await self._store.claim_due(now=now, until=until)]

    async def all_of(self, tenant: str) -> list[TaskRow]:
        return [await self._opened_or_empty(task) for task in await self._store.all_of(tenant)]

    async def remove(self, tenant: str, task_ids: Sequence[str]) -> None:
        await self._store.remove(tenant, task_ids)

    async def _sealed(self, task: TaskRow, column: str, text: bytes) -> bytes:
        own = await self._keys.current(task.tenant, "payloads")
        return seal([(PartKey(version=own.version), own.key.reveal(), text)], context(task, column))

    async def _opened_or_empty(self, task: TaskRow) -> TaskRow:
        try:
            return await self._opened(task)
        except Sealed as failure:
            logger.error("task %s cannot be opened, so that nobody can read it: %s", task.task_id, failure)
            return replace(task, request=b"", answer=None, repeatable=False)

    async def _opened(self, task: TaskRow) -> TaskRow:
        answer = None if task.answer is None else await self._open(task, "answer", task.answer)
        # The request of a task that has ended was emptied.
        request = await self._open(task, "request", task.request) if task.request else b""
        return replace(task, request=request, answer=answer)

    async def _open(self, task: TaskRow, column: str, sealed: bytes) -> bytes:
        try:
            names = [part.key for part in parts_of(sealed)]
            own = [await self._keys.version(task.tenant, "payloads", name.version) for name in names]
            keys = {PartKey(version=key.version): key.key.reveal() for key in own}
            (text,) = open_parts(sealed, context(task, column), keys.get)
        except (Unreadable, ValueError) as damage:
            raise Sealed from damage
        return text or b""


def context(task: TaskRow, column: str) -> bytes:
    return f"task {task.tenant} {task.task_id} {column}".encode()
