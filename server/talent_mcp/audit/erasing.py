"""Erasing a person: the key is destroyed, and with it all that was sealed under it, here and in every copy.

What is filed under nobody, or under others, is searched for what the person is known by, and removed where that is
found. The log says that it was done, under names that stand for nobody from then on.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.audit.entries import StoredEntry, write_entry
from talent_mcp.audit.payloads import OpenedPart, Payloads
from talent_mcp.audit.sealing import PartKey
from talent_mcp.audit.subjects import Subject, Subjects
from talent_mcp.audit.traces import Traces, traces
from talent_mcp.store.protocol import Store, TaskStore

PAGE = 500


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to go: the person's subjects, which so many entries are about; the bodies of entries that tell of the
    person elsewhere (their indices); and tasks."""

    subjects: list[str]
    entries_about: int
    bodies: list[int]
    tasks: list[str]

    def __bool__(self) -> bool:
        return bool(self.subjects or self.bodies or self.tasks)


class Eraser:
    """Erases people of one store. `tasks` is given in clear.

    Every method raises StoreUnavailable when the log or the keys cannot be read or written.
    """

    def __init__(
        self,
        store: Store,
        tasks: TaskStore,
        subjects: Subjects,
        payloads: Payloads,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._subjects = subjects
        self._payloads = payloads
        self._clock = clock

    async def mark(self, tenant: str, person: Subject) -> Marked:
        """Everything that is held of whoever is known by one of these identifiers."""
        subjects = await self._subjects.person(tenant, person)
        about, recorded = 0, list[JsonValue]()
        async for _, parts in self._read(tenant):
            about += any({*key.subjects} & {*subjects} for key, _ in parts)
            recorded += [from_json(text) for key, text in parts if text is not None and only(key, subjects)]
        found = traces([person], recorded)
        bodies = [entry.index async for entry, parts in self._read(tenant) if tells_elsewhere(found, parts, subjects)]
        tasks = [task.task_id for task in await self._tasks.all_of(tenant) if tells(found, task.request, task.answer)]
        return Marked(subjects, about, bodies, tasks)

    async def erase(self, tenant: str, marked: Marked, *, by: str) -> None:
        """Erase what was marked. It is recorded first; where it breaks off, to mark and erase again finishes it."""
        subjects: list[JsonValue] = [*marked.subjects]
        fields: dict[str, JsonValue] = {
            "subjects": subjects,
            "bodies": len(marked.bodies),
            "tasks": len(marked.tasks),
            "principal": by,
        }
        await self._store.append(write_entry(tenant=tenant, type_="subject.erased", at=self._clock(), fields=fields))
        if marked.bodies:
            await self._store.remove_bodies(tenant, marked.bodies)
        if marked.tasks:
            await self._tasks.remove(tenant, marked.tasks)
        await self._subjects.destroy(tenant, marked.subjects)

    async def _read(self, tenant: str) -> AsyncIterator[tuple[StoredEntry, list[OpenedPart]]]:
        """Every entry, with the parts of its body."""
        size = (await self._store.head(tenant)).size
        for start in range(0, size, PAGE):
            stop = min(start + PAGE, size)
            entries = [entry async for entry in self._store.entries(tenant, start=start, stop=stop)]
            for entry, parts in zip(entries, await self._payloads.parts(tenant, entries), strict=True):
                yield entry, parts


def only(key: PartKey, subjects: Sequence[str]) -> bool:
    """Whether a part is about these people and nobody else."""
    return bool(key.subjects) and {*key.subjects} <= {*subjects}


def tells_elsewhere(found: Traces, parts: Sequence[OpenedPart], subjects: Sequence[str]) -> bool:
    """Whether a part that the person's key does not seal tells of them."""
    return any(
        text is not None and found.in_text(shown(text), about_somebody_else=bool(key.subjects))
        for key, text in parts
        if not {*key.subjects} & {*subjects}
    )


def tells(found: Traces, *texts: bytes | None) -> bool:
    return any(text is not None and found.in_text(shown(text), about_somebody_else=False) for text in texts)


def shown(text: bytes) -> str:
    """JSON as text in which names stand as people write them."""
    return text.decode(errors="replace")
