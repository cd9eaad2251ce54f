"""The embedded store when the disk, the file or another process stands in the way."""

import stat
from pathlib import Path
from typing import Any

import apsw
import pytest
from filelock import FileLock

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.store import StoreUnavailable
from talent_mcp.store.sqlite import CHECKPOINT_PAGES, SqliteStore

pytestmark = pytest.mark.anyio


def entry(call_id: str = "c1", *, size: int = 10) -> Entry:
    return write_entry(
        tenant="default", call_id=call_id, type_="denied", at=1.0, fields={}, payload={"text": "x" * size}
    )


def sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    db = apsw.Connection(str(path))
    try:
        return db.execute(statement).fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    finally:
        db.close()


async def failure(store: SqliteStore, one: Entry) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        await store.append(one)
    return str(caught.value)


async def written(home: Path) -> Path:
    store = SqliteStore(home / "audit.db")
    await store.append(entry())
    await store.close()
    return home / "audit.db"


async def test_the_folder_and_the_file_are_private(tmp_path: Path) -> None:
    path = await written(tmp_path / "home")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET envelope = x'00'",
        "DELETE FROM entries",
        "UPDATE payloads SET body = x'00'",
    ],
)
async def test_the_database_itself_refuses_to_change_what_was_written(tmp_path: Path, statement: str) -> None:
    path = await written(tmp_path)
    with pytest.raises(apsw.ConstraintError, match="never"):
        sql(path, statement)


async def test_payloads_can_go_while_entries_stay(tmp_path: Path) -> None:
    path = await written(tmp_path)
    sql(path, "DELETE FROM payloads")
    store = SqliteStore(path)
    (stored,) = [one async for one in store.entries("default")]
    await store.close()
    assert stored.entry.payload is None


async def test_the_connection_is_durable_at_every_commit(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(entry())
    assert store._writer is not None
    assert (store._writer.pragma("journal_mode"), store._writer.pragma("synchronous")) == ("wal", 2)
    await store.close()


async def test_a_full_disk_is_said_to_be_full_and_heals(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(entry())
    assert store._writer is not None
    limit = store._writer.pragma("page_count")
    store._writer.pragma("max_page_count", limit)
    assert await failure(store, entry("c2", size=50_000)) == "the disk is full"
    store._writer.pragma("max_page_count", limit + 100)
    assert (await store.append(entry("c3", size=50_000))).size == 2
    await store.close()


async def test_a_read_only_file_is_said_to_be_read_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(entry())
    assert store._writer is not None
    store._writer.pragma("query_only", True)
    assert await failure(store, entry("c2")) == "its file is read-only"
    await store.close()


async def test_a_lock_that_is_held_for_too_long_is_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.05)
    with FileLock(tmp_path / "audit.lock"):
        assert await failure(store, entry()) == "another process has held its lock for too long"
    assert (await store.append(entry())).size == 1
    await store.close()


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.write_bytes(b"this is a letter, not a database" * 40)
    store = SqliteStore(path)
    assert await failure(store, entry()) == "its file is not a database"
    assert path.read_bytes().startswith(b"this is a letter")


async def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "audit.db").mkdir()
    assert await failure(SqliteStore(tmp_path / "audit.db"), entry()) in (
        "its file cannot be opened",
        "its folder or file cannot be used",
    )


async def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    assert await failure(SqliteStore(tmp_path / "home" / "audit.db"), entry()) == "its folder or file cannot be used"


class FailingDisk(apsw.VFS):
    """The default file system while it is registered; its disk fails to sync once it is `broken`."""

    def __init__(self) -> None:
        self.broken = False
        self.base = apsw.vfs_names()[0]
        super().__init__("failing", self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return FailingFile(self, name, flags)


class FailingFile(apsw.VFSFile):
    def __init__(self, disk: FailingDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        super().__init__(disk.base, name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._disk.broken:
            raise apsw.IOError("the sync failed")
        super().xSync(flags)


async def test_after_an_input_output_error_nothing_is_written_until_a_new_start(tmp_path: Path) -> None:
    disk = FailingDisk()
    try:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry())
        disk.broken = True
        assert await failure(store, entry("c2")) == "the disk reports an input/output error"
        disk.broken = False
        assert "start the server again" in await failure(store, entry("c3"))
        await store.close()
    finally:
        disk.unregister()
    again = SqliteStore(tmp_path / "audit.db")
    await again.append(entry("c4"))
    assert "c3" not in await again.recent_calls("default", limit=9)
    await again.close()


async def test_the_write_ahead_log_is_folded_back_into_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for n in range(60):
        await store.append(entry(f"c{n}", size=100_000))
    wal = tmp_path / "audit.db-wal"
    assert wal.stat().st_size < 3 * CHECKPOINT_PAGES * 4096
    await store.close()
    assert not wal.exists()


async def test_a_closed_store_can_be_closed_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.close()
    await store.append(entry())
    await store.close()
    await store.close()
