"""A disk that remembers what was written and what was synced, and shows what a power cut at any moment leaves."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import apsw

SECTOR = 512
"""What a disk writes whole or not at all."""

JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL

Survives = Callable[[], bool]
"""Whether something that was not synced is there after the power cut; asked for each sector, size and name."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Event:
    """A file was made, deleted or synced, or, together with one, the folder with the names of all files."""

    name: str
    what: Literal["made", "deleted", "synced", "folder synced"]


Step = Write | Truncate | Event


@dataclass(slots=True)
class Content:
    """One file: `durable` is what a power cut cannot take (None: not even the name), `pending` what it may."""

    durable: bytearray | None = None
    pending: list[Step] = field(default_factory=list[Step])

    def take(self, step: Step) -> None:
        self.pending.append(step)
        if is_of(step, "synced"):
            self.durable = self.after(lambda: True)
            self.pending.clear()

    def keep_name(self) -> None:
        """The folder was synced: what is in it by which name is certain, what they hold is not."""
        while any(is_of(step, "deleted") for step in self.pending):
            self.durable = None
            del self.pending[: [is_of(step, "deleted") for step in self.pending].index(True) + 1]
        if self.durable is None and any(is_of(step, "made") for step in self.pending):
            self.durable = bytearray()

    def after(self, survives: Survives) -> bytearray | None:
        """What is left if only some of what is pending survives."""
        content = None if self.durable is None else self.durable.copy()
        for step in self.pending:
            if is_of(step, "deleted") and not survives():
                # The name still stands for the old file, which nothing that came after was written to.
                return content
            content = changed(content, step, survives)
        return content


def is_of(step: Step, what: str) -> bool:
    return isinstance(step, Event) and step.what == what


def changed(content: bytearray | None, step: Step, survives: Survives) -> bytearray | None:
    if isinstance(step, Event):
        made = content is None and step.what == "made" and survives()
        return bytearray() if made else None if step.what == "deleted" else content
    if content is None:
        return None
    if isinstance(step, Write):
        write_sectors(content, step, survives)
    elif survives():
        resize(content, step.size)
    return content


def write_sectors(content: bytearray, step: Write, survives: Survives) -> None:
    end = step.offset + len(step.data)
    start = step.offset
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if survives():
            resize(content, max(len(content), stop))
            content[start:stop] = step.data[start - step.offset : stop - step.offset]
        start = stop


def resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


class Recorder(apsw.VFS):
    """The default file system while it exists; `steps` is what reached it since, in order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.base = apsw.vfs_names()[0]
        super().__init__("recorder", self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # apsw's name
        file = RecordedFile(self, name, flags)
        if flags[0] & apsw.SQLITE_OPEN_CREATE:
            self.steps.append(Event(file.name, "made"))
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802  # apsw's name
        super().xDelete(filename, syncdir)
        name = Path(filename).name
        self.steps.append(Event(name, "deleted"))
        if syncdir:
            self.steps.append(Event(name, "folder synced"))

    def cuts(self, moments: Collection[int]) -> Iterator[tuple[int, dict[str, Content]]]:
        """Every file as it was after so many steps, for each of these numbers."""
        files: dict[str, Content] = {}
        for moment, step in enumerate([*self.steps, None]):
            if moment in moments:
                yield moment, files
            if step is not None:
                take(files, step)


def take(files: dict[str, Content], step: Step) -> None:
    if not is_of(step, "folder synced"):
        files.setdefault(step.name, Content()).take(step)
        return
    for content in files.values():
        content.keep_name()


class RecordedFile(apsw.VFSFile):
    """The first sync of a journal or write-ahead log that SQLite may have made syncs the folder too (os_unix.c)."""

    def __init__(self, recorder: Recorder, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._steps = recorder.steps
        self._syncs_folder = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & JOURNALS)
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "").name
        super().__init__(recorder.base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # apsw's name
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType]  # apsw names a type that Python has since 3.12
        self._steps.append(Write(self.name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  # apsw's name
        super().xTruncate(newsize)
        self._steps.append(Truncate(self.name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802  # apsw's name
        super().xSync(flags)
        self._steps.append(Event(self.name, "synced"))
        if self._syncs_folder:
            self._steps.append(Event(self.name, "folder synced"))
        self._syncs_folder = False


@contextmanager
def recorded_disk() -> Generator[Recorder]:
    """Every database that is opened meanwhile lies on this disk."""
    recorder = Recorder()
    try:
        yield recorder
    finally:
        recorder.unregister()


def outcomes(random: Random) -> list[Survives]:
    """Nothing survives that was not synced; all does; and three disks on which a share of it does."""
    return [lambda: False, lambda: True, *(partly(random, share) for share in (0.1, 0.5, 0.9))]


def partly(random: Random, share: float) -> Survives:
    return lambda: random.random() < share


def leave(files: dict[str, Content], survives: Survives, folder: Path) -> None:
    """Write what a power cut leaves into an empty folder."""
    for name, content in files.items():
        left = content.after(survives)
        if left is not None:
            (folder / name).write_bytes(left)
