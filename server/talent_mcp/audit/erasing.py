"""Erasing a person: the key is destroyed, and with it all that was sealed under it, here and in every copy.

What is filed under nobody, or under others, is searched for what the person is known by, and removed where that is
found. The log says that it was done, under names that stand for nobody from then on.
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Container, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.audit.entries import StoredEntry, write_entry
from talent_mcp.audit.payloads import OpenedPart, Payloads
from talent_mcp.audit.reading import mentions
from talent_mcp.audit.sealing import PartKey
from talent_mcp.audit.subjects import Subject, Subjects
from talent_mcp.audit.traces import Traces, traces
from talent_mcp.files.shelf import FileShelf, Shelved, handles_of
from talent_mcp.store.protocol import Store, TaskRow, TaskStore

PAGE = 100
BETWEEN_WORDS = re.compile(r"[\s_.,()+-]+")
"""What stands for spaces in names of files."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to go: the person's subjects, which so many entries are about; those of contents that nobody had filed
    under them and that tell of them (`unnamed`); where such contents are under no key of their own, the bodies of
    these entries (their indices); tasks; and files that were added: as this person's, under their name, or as nobody's
    where they were meant for their profile.

    `calls` are those of which something goes that is not filed under the person: others' may be among them. `beside` is
    how many others were named together with the person, who may be the same by something else, and `files_of_nobody`
    how many other files there are of which nobody said whom they are about.
    """

    subjects: list[str]
    entries_about: int
    beside: int
    unnamed: list[str]
    bodies: list[int]
    tasks: list[str]
    files: list[Shelved]
    calls: list[str]
    files_of_nobody: int

    def __bool__(self) -> bool:
        return bool(self.subjects or self.unnamed or self.bodies or self.tasks or self.files)


class Eraser:
    """Erases people of one store. `tasks` is given in clear.

    Every method raises StoreUnavailable when the log or the keys cannot be read or written, and ShelfUnusable when
    the files that were added cannot.
    """

    def __init__(
        self,
        store: Store,
        tasks: TaskStore,
        subjects: Subjects,
        payloads: Payloads,
        files: FileShelf,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._subjects = subjects
        self._payloads = payloads
        self._files = files
        self._clock = clock

    async def mark(self, tenant: str, person: Subject) -> Marked:
        """Everything that is held of whoever is known by one of these identifiers."""
        subjects = dict.fromkeys(await self._subjects.person(tenant, person))
        about, beside, recorded, alone, sent = 0, set[str](), list[JsonValue](), set[str](), set[str]()
        async for entry, parts in self._read(tenant):
            if entry.entry.type == "outcome" and brought_only(parts, subjects):
                alone.add(entry.entry.call_id)
            keys = [key for key, _ in parts if some(key, subjects)]
            about += bool(keys)
            beside.update(subject for key in keys for subject in key.subjects if subject not in subjects)
            recorded += [from_json(text) for key, text in parts if text is not None and only(key, subjects)]
            sent.update(*(handles_of(text) for key, text in parts if text is not None and some(key, subjects)))
        found = traces([person], recorded)
        unnamed, bodies, calls = list[str](), list[int](), dict[str, None]()
        async for entry, parts in self._read(tenant):
            asked = entry.entry.call_id in alone
            keys = [
                key
                for key, text in parts
                if text is not None and ((asked and not key.subjects) or tells_of(found, entry, key, text, subjects))
            ]
            unnamed += (subject for key in keys for subject in key.subjects if is_unnamed(entry, key))
            bodies += [entry.index] * any(not is_unnamed(entry, key) for key in keys)
            calls |= dict.fromkeys([entry.entry.call_id] if keys and entry.entry.call_id else ())
        tasks = [task.task_id for task in await self._tasks.all_of(tenant) if is_told(found, task)]
        kept = await self._files.all_of(tenant)
        files = [one for one in kept if is_of(found, one, person) or (not one.about and one.handle in sent)]
        of_nobody = sum(not one.about and one not in files for one in kept)
        return Marked([*subjects], about, len(beside), unnamed, bodies, tasks, files, [*calls], of_nobody)

    async def erase(self, tenant: str, marked: Marked, *, by: str) -> None:
        """Erase what was marked. It is recorded first; where it breaks off, to mark and erase again finishes it."""
        subjects: list[JsonValue] = [*marked.subjects, *marked.unnamed]
        fields: dict[str, JsonValue] = {
            "subjects": subjects,
            "bodies": len(marked.bodies),
            "tasks": len(marked.tasks),
            "files": len(marked.files),
            "principal": by,
        }
        await self._store.append(write_entry(tenant=tenant, type_="subject.erased", at=self._clock(), fields=fields))
        # Also where there is nothing to remove: what was sealed of tasks that have ended must leave the files too.
        await self._store.remove_bodies(tenant, marked.bodies)
        if marked.tasks:
            await self._tasks.remove(tenant, marked.tasks)
        for file in marked.files:
            await self._files.remove(tenant, file.handle)
        await self._subjects.destroy(tenant, [*marked.subjects, *marked.unnamed])

    async def _read(self, tenant: str) -> AsyncIterator[tuple[StoredEntry, list[OpenedPart]]]:
        """Every entry, with the parts of its body."""
        size = (await self._store.head(tenant)).size
        for start in range(0, size, PAGE):
            stop = min(start + PAGE, size)
            entries = [entry async for entry in self._store.entries(tenant, start=start, stop=stop)]
            for entry, parts in zip(entries, await self._payloads.parts(tenant, entries), strict=True):
                yield entry, parts


def some(key: PartKey, subjects: Container[str]) -> bool:
    """Whether a part is about one of these people."""
    return any(subject in subjects for subject in key.subjects)


def only(key: PartKey, subjects: Container[str]) -> bool:
    """Whether a part is about these people and nobody else."""
    return bool(key.subjects) and all(subject in subjects for subject in key.subjects)


def brought_only(parts: Sequence[OpenedPart], subjects: Container[str]) -> bool:
    """Whether all that an entry brings of people is of these: then its call asked for them, in whatever words."""
    keys = [key for key, _ in parts if key.subjects]
    return bool(keys) and all(only(key, subjects) for key in keys)


def is_unnamed(entry: StoredEntry, key: PartKey) -> bool:
    """Whether a part is under a key of its own because nobody knew whom it is about: no envelope names such a key."""
    return bool(key.subjects) and not mentions(entry, frozenset(key.subjects))


def tells_of(found: Traces, entry: StoredEntry, key: PartKey, text: bytes, subjects: Container[str]) -> bool:
    """Whether a part tells of the person although it is not sealed under a key of theirs."""
    if some(key, subjects):
        return False
    about_somebody_else = bool(key.subjects) and not is_unnamed(entry, key)
    return tells(found, text, about_somebody_else=about_somebody_else)


def is_told(found: Traces, task: TaskRow) -> bool:
    """Whether a task asks for the person, or answers with them."""
    return tells(found, task.request) or tells(found, task.answer)


def is_of(found: Traces, shelved: Shelved, person: Subject) -> bool:
    """Whether a file is about the person: who added it said so, or its name does."""
    name = BETWEEN_WORDS.sub(" ", shelved.file.name)
    return bool({*shelved.about} & {*person}) or found.in_text(name, about_somebody_else=bool(shelved.about))


def tells(found: Traces, text: bytes | None, *, about_somebody_else: bool = False) -> bool:
    """Whether JSON tells of the person; what is nested too deeply to be read is text."""
    if not text:
        return False
    try:
        value = from_json(text)
    except ValueError:
        value = text.decode(errors="replace")
    return found.in_json(value, about_somebody_else=about_somebody_else)
