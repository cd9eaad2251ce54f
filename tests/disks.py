"""A disk that fails on demand, under a real SQLite."""

from collections.abc import Generator
from contextlib import contextmanager

import apsw


class Disk(apsw.VFS):
    """The default file system while it exists; writes and syncs raise `fault` once one is set."""

    def __init__(self) -> None:
        self.fault: type[apsw.Error] | None = None
        self.syncs = 0
        self.base = apsw.vfs_names()[0]
        super().__init__("disk", self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # apsw's name
        return DiskFile(self, name, flags)

    def act(self) -> None:
        """Fail, if a fault is set."""
        if self.fault is not None:
            raise self.fault("the disk failed")


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        super().__init__(disk.base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  # apsw's name
        self._disk.act()
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType]  # apsw names a type that Python has since 3.12

    def xSync(self, flags: int) -> None:  # noqa: N802  # apsw's name
        self._disk.act()
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
