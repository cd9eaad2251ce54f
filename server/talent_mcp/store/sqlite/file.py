"""The SQLite file below the embedded store: how it is opened, migrated and written, and what can be wrong with it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import apsw

from talent_mcp.errors import StoreUnavailable
from talent_mcp.private_files import sync_folder
from talent_mcp.store.sqlite.rows import rows_of

READ_SECONDS = 5.0
COPY_BYTES = 1 << 16
"""SQLite's file system for POSIX takes less than 128 KiB at once."""
PRAGMAS = """
PRAGMA page_size = 2048; -- an entry fits, and each commit writes less than with the usual 4096
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA mmap_size = 0;
PRAGMA trusted_schema = OFF;
PRAGMA secure_delete = ON; -- what is deleted is personal data
PRAGMA foreign_keys = ON;
"""
CHECKPOINT_PAGES = 4_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Durability:
    """What makes a commit durable, and after how many pages of it the write-ahead log is folded into the file."""

    pragmas: str = PRAGMAS
    checkpoint_pages: int = CHECKPOINT_PAGES


REASONS: tuple[tuple[type[Exception], str], ...] = (
    (apsw.FullError, "the disk is full"),
    (apsw.ReadOnlyError, "its file is read-only"),
    (apsw.BusyError, "its file is locked by another program"),
    (TimeoutError, "another process has held its lock for too long"),
    (apsw.CantOpenError, "its file cannot be opened"),
    (PermissionError, "its folder, or a file in it, may not be written"),
    (apsw.NotADBError, "its file is not a database"),
    (apsw.CorruptError, "its file is damaged"),
    (apsw.SQLError, "its tables are not those of this version; if a newer one has changed them, start that instead"),
    (apsw.IOError, "the disk reports an input/output error"),
    (OSError, "its folder or file cannot be used"),
)
FAILURES = (apsw.Error, OSError)


class Locked(StoreUnavailable):
    """Another process had its turn for all the time that there was."""


class Lost(StoreUnavailable):
    """The file does not hold any more what this process was told is durable."""

    def __init__(self) -> None:
        super().__init__(
            "what it had recorded is missing from its file or was changed; keep its files as they are, restore a "
            "backup, then start the server again"
        )


@contextmanager
def explained() -> Generator[None]:
    """Turn what the database or the file system raises into words for an operator."""
    try:
        yield
    except FAILURES as error:
        reason = next((text for kind, text in REASONS if isinstance(error, kind)), "the database refuses the write")
        kind = Locked if isinstance(error, TimeoutError) else StoreUnavailable
        raise kind(reason) from error


def open_writer(path: Path, migrations: str, pragmas: str) -> apsw.Connection:
    """The file, made with mode 0600 where it is missing and brought to the newest migration; call it locked."""
    if not path.exists():
        path.touch(mode=0o600)
        sync_folder(path.parent)
    db = connect(path, pragmas)
    migrate(db, migrations)
    return db


def connect(path: Path, pragmas: str) -> apsw.Connection:
    """The file as it is, to be written; call it locked."""
    require_writable(path)
    db = apsw.Connection(str(path))
    rows_of(db, pragmas)
    return db


def open_reader(path: Path) -> apsw.Connection:
    """The file, to be read; to close it writes nothing, not even as the last one that has it open."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    db.set_busy_timeout(int(READ_SECONDS * 1000))
    return db


def require_writable(path: Path) -> None:
    """SQLite opens what it may only read all the same, and makes files beside it that nobody may write then."""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError
    if os.access(path, os.R_OK) and not os.access(path, os.W_OK):
        raise apsw.ReadOnlyError


@contextmanager
def wal_file(path: Path) -> Generator[apsw.VFSFile | None]:
    """The write-ahead log of this file, as SQLite opens it; None where there is none."""
    name = path.with_name(f"{path.name}-wal")
    if not name.exists():
        yield None
        return
    file = apsw.VFSFile("", str(name), [apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_READWRITE, 0])
    try:
        yield file
    finally:
        file.xClose()


def write_anew(path: Path) -> None:
    """Write once more, in place, what the write-ahead log holds, and sync it; call it locked, with the file closed.

    After a sync that failed the system may show pages that the disk does not have, and take them for written: the
    next sync would pass over them, and what is appended behind them would be lost with them.
    """
    with wal_file(path) as wal:
        if wal is None:
            return
        size = wal.xFileSize()
        for offset in range(0, size, COPY_BYTES):
            wal.xWrite(wal.xRead(min(COPY_BYTES, size - offset), offset), offset)  # pyright: ignore[reportUnknownMemberType]  # apsw names a type that Python has since 3.12
        wal.xSync(apsw.SQLITE_SYNC_FULL)


def sync_wal(path: Path) -> None:
    """Make durable that the write-ahead log was emptied, which SQLite does not."""
    with wal_file(path) as wal:
        if wal is not None:
            wal.xSync(apsw.SQLITE_SYNC_FULL)


def migrate(db: apsw.Connection, migrations: str) -> None:
    """Run the migrations of this folder that the file has not seen, each in a transaction of its own.

    Raises:
        StoreUnavailable: the file has seen migrations that this version does not know.
    """
    version: int = rows_of(db, "PRAGMA user_version")[0][0]
    folder = resources.files("talent_mcp.store.sqlite") / "migrations" / migrations
    scripts = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    if version > len(scripts):
        raise StoreUnavailable("its file was written by a newer version of talent-mcp")
    for number, script in enumerate(scripts, 1):
        if number > version:
            with transaction(db):
                rows_of(db, script.read_text(encoding="utf-8"))
                rows_of(db, f"PRAGMA user_version = {number}")


@contextmanager
def transaction(db: apsw.Connection) -> Generator[None]:
    """All or nothing. (apsw's own form hides a full disk behind its failing rollback.)"""
    rows_of(db, "BEGIN IMMEDIATE")
    try:
        yield
        rows_of(db, "COMMIT")
    finally:
        if db.in_transaction:
            rows_of(db, "ROLLBACK")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
