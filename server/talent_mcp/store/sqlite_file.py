"""The SQLite file below the embedded store: how it is opened, migrated and written, and what can be wrong with it."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import apsw

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.rows import rows_of

READ_SECONDS = 5.0
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
REASONS: tuple[tuple[type[Exception], str], ...] = (
    (apsw.FullError, "the disk is full"),
    (apsw.ReadOnlyError, "its file is read-only"),
    (apsw.BusyError, "its file is locked by another program"),
    (TimeoutError, "another process has held its lock for too long"),
    (apsw.CantOpenError, "its file cannot be opened"),
    (PermissionError, "its folder may not be written"),
    (apsw.NotADBError, "its file is not a database"),
    (apsw.CorruptError, "its file is damaged"),
    (apsw.IOError, "the disk reports an input/output error"),
    (OSError, "its folder or file cannot be used"),
)
FAILURES = (apsw.Error, OSError)


class Locked(StoreUnavailable):
    """Another process had its turn for all the time that there was."""


@contextmanager
def explained() -> Generator[None]:
    """Turn what the database or the file system raises into words for an operator."""
    try:
        yield
    except FAILURES as error:
        reason = next((text for kind, text in REASONS if isinstance(error, kind)), "the database refuses the write")
        kind = Locked if isinstance(error, TimeoutError) else StoreUnavailable
        raise kind(reason) from error


def open_writer(path: Path, migrations: str) -> apsw.Connection:
    """The file, made with mode 0600 where it is missing and brought to the newest migration; call it locked."""
    path.touch(mode=0o600)
    db = apsw.Connection(str(path))
    rows_of(db, PRAGMAS)
    migrate(db, migrations)
    return db


def open_reader(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(int(READ_SECONDS * 1000))
    return db


def migrate(db: apsw.Connection, migrations: str) -> None:
    """Run the migrations of this folder that the file has not seen, each in a transaction of its own.

    Raises:
        StoreUnavailable: the file has seen migrations that this version does not know.
    """
    version: int = rows_of(db, "PRAGMA user_version")[0][0]
    folder = resources.files("talent_mcp.store") / "migrations" / migrations
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
