"""A disk that fails on demand, under a real SQLite."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import apsw


class Disk(apsw.VFS):
    """The default file system while it exists; once a `fault` is set, writes (unless `only_syncs`) and syncs of files
    whose name ends with `faulty` raise it. `opened` has the names of files in order, `written` name, offset and
    length of each write that succeeded."""

    def __init__(self) -> None:
        self.fault: type[apsw.Error] | None = None
        self.faulty = ""
        self.only_syncs = False
        self.syncs = 0
        self.opened: list[str] = []
        self.written: list[tuple[str, int, int]] = []
        self.base = apsw.vfs_names()[0]
        super().__init__("disk", self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # apsw's name
        file = DiskFile(self, name, flags)
        self.opened.append(file.name)
        return file

    def act(self, name: str) -> None:
        """Fail, if a fault is set for this file."""
        if self.fault is not None and name.endswith(self.faulty):
            raise self.fault("the disk failed")


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "").name
        super().__init__(disk.base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # apsw's name
        if not self._disk.only_syncs:
            self._disk.act(self.name)
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType]  # apsw names a type that Python has since 3.12
        self._disk.written.append((self.name, offset, len(data)))

    def xSync(self, flags: int) -> None:  # noqa: N802  # apsw's name
        self._disk.act(self.name)
        self._disk.syncs += 1
        super().xSync(flags)


@contextmanager
def failing_disk() -> Generator[Disk]:
    """A disk for every database opened meanwhile."""
    disk = Disk()
    try:
        yield disk
    finally:
        disk.unregister()
