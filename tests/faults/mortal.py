"""A process that can die between any two steps: from then on it writes, reads and sends nothing.

A process that is killed runs no clean-up. Here its coroutines do, so that everything through which they could act is
cut off at the same moment; `Killed` passes every handler on its way out, as no code of ours survives a SIGKILL.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import cast

import anyio.lowlevel

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Head, OpenCall, Record, Spending, Store, TaskStore


class Killed(BaseException):
    """The process is gone."""


def of_death(failure: BaseException) -> bool:
    """Whether a process died, whatever else it did at the same time."""
    if isinstance(failure, BaseExceptionGroup):
        return any(map(of_death, cast("BaseExceptionGroup[BaseException]", failure).exceptions))
    return isinstance(failure, Killed)


@dataclass(slots=True)
class Life:
    """How many steps a process has left; None is without end."""

    steps: int | None = None
    dead: bool = False

    async def step(self) -> None:
        """Another step, after which others may take theirs.

        Raises:
            Killed: the process did not live to make it.
        """
        await anyio.lowlevel.checkpoint()
        self.survive()
        if self.steps is not None:
            self.steps -= 1
            if self.steps <= 0:
                self.dead = True
        self.survive()

    def survive(self) -> None:
        if self.dead:
            raise Killed


class MortalStore:
    """A Store that a process uses for as long as it lives; what it had not written by then is lost.

    That of a dead process is put to the `remains`: to close it any earlier would tell the others that it is gone.
    """

    def __init__(self, store: Store, life: Life, remains: list[Store]) -> None:
        self._store = store
        self._life = life
        self._remains = remains
        self._waiting: list[Entry] = []

    @property
    def tasks(self) -> TaskStore:
        return self._store.tasks

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        await self._life.step()
        while self._waiting:
            self._store.enqueue(self._waiting.pop(0))
        head = await self._store.append(entry, limits=limits)
        await self._life.step()
        return head

    def enqueue(self, entry: Entry) -> None:
        self._life.survive()
        self._waiting.append(entry)

    async def head(self, tenant: str) -> Head:
        self._life.survive()
        return await self._store.head(tenant)

    async def tenants(self) -> list[str]:
        self._life.survive()
        return await self._store.tenants()

    async def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        async for entry in self._store.entries(tenant, start=start, stop=stop):
            self._life.survive()
            yield entry

    async def records(self, tenant: str, start: int, stop: int) -> list[Record]:
        self._life.survive()
        return await self._store.records(tenant, start, stop)

    async def leaves(self, tenant: str, start: int, stop: int) -> list[bytes]:
        self._life.survive()
        return await self._store.leaves(tenant, start, stop)

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        self._life.survive()
        return await self._store.call(tenant, call_id)

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        self._life.survive()
        return await self._store.recent_calls(tenant, limit=limit)

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        self._life.survive()
        return await self._store.calls_in_doubt(tenant)

    async def calls_with_request(
        self, tenant: str, principal: str, request: str, *, start: int, stop: int
    ) -> list[str]:
        self._life.survive()
        return await self._store.calls_with_request(tenant, principal, request, start=start, stop=stop)

    async def claimant(self, tenant: str, claim: str) -> StoredEntry | None:
        await self._life.step()
        return await self._store.claimant(tenant, claim)

    async def newest_answer(self, tenant: str, names: Sequence[str]) -> StoredEntry | None:
        await self._life.step()
        return await self._store.newest_answer(tenant, names)

    async def plans_since(self, tenant: str, time: str) -> list[str]:
        self._life.survive()
        return await self._store.plans_since(tenant, time)

    async def spending(self, tenant: str, *, first: str, last: str) -> list[Spending]:
        self._life.survive()
        return await self._store.spending(tenant, first=first, last=last)

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        self._life.survive()
        return await self._store.attempt_times(tenant, vendor, since=since)

    async def resolve_abandoned(self, write: Callable[[OpenCall], Entry], *, now: float) -> list[OpenCall]:
        self._life.survive()
        return await self._store.resolve_abandoned(write, now=now)

    async def remove_bodies(self, tenant: str, indices: Sequence[int]) -> int:
        self._life.survive()
        return await self._store.remove_bodies(tenant, indices)

    async def bodies_before(self, tenant: str, time: str, *, limit: int) -> list[int]:
        self._life.survive()
        return await self._store.bodies_before(tenant, time, limit=limit)

    async def close(self) -> None:
        """A dead process closes nothing: what waited to be written is gone, and its leases run out."""
        if self._life.dead:
            self._remains.append(self._store)
        else:
            await self._store.close()
