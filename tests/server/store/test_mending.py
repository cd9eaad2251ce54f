"""After an input/output error nothing is written until the file was opened anew and holds what was acknowledged."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest
from filelock import FileLock

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.store import StoreUnavailable
from talent_mcp.store.growth import LEAST_READ
from talent_mcp.store.keys import DataKeyRow
from talent_mcp.store.protocol import Head, TaskRow
from talent_mcp.store.sqlite.file import Durability
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from talent_mcp.store.sqlite.writer import MEND_SECONDS
from tests.disks import Disk, failing_disk

pytestmark = pytest.mark.anyio

LOST = "what it had recorded is missing from its file or was changed"
EAGER = Durability(checkpoint_pages=1)
UNGUARDED = "DROP TRIGGER entries_are_never_changed; DROP TRIGGER entries_are_never_deleted;"
KEY = DataKeyRow(tenant="t", purpose="index", version=1, master="m", wrapped=b"w" * 40, created_at=1.0)
TASK = TaskRow(
    tenant="default",
    task_id="t_1",
    principal="local",
    status="working",
    repeatable=False,
    created_at=1.0,
    updated_at=1.0,
    due_at=9.0,
    expires_at=99.0,
    request=b"{}",
)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def entry(call_id: str, *, type_: Any = "denied", body: bool = True) -> Entry:
    seal: Callable[[bytes], bytes] | None = (lambda _: b"body of " + call_id.encode()) if body else None
    return write_entry(tenant="default", call_id=call_id, type_=type_, at=1.0, fields={}, seal=seal)


async def refused(store: SqliteStore, call_id: str = "refused") -> str:
    with pytest.raises(StoreUnavailable) as caught:
        await store.append(entry(call_id))
    return str(caught.value)


async def broken(store: SqliteStore, disk: Disk) -> None:
    """An append meets an input/output error; the disk works again after it."""
    disk.fault = apsw.IOError
    assert await refused(store) == "the disk reports an input/output error"
    disk.fault = None


def behind_its_back(path: Path, *statements: str) -> None:
    db = apsw.Connection(str(path))
    for statement in statements:
        rows_of(db, statement)
    db.close()


async def calls(store: SqliteStore) -> list[str]:
    return await store.recent_calls("default", limit=9)


@pytest.mark.parametrize("faulty", ["audit.db-wal", ""])
async def test_a_disk_that_works_again_is_written_to_once_the_file_was_opened_anew(tmp_path: Path, faulty: str) -> None:
    with failing_disk() as disk:
        disk.faulty = faulty
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        opened = disk.opened.count("audit.db")
        await broken(store, disk)
        assert (await store.append(entry("b"))).size == 2
        assert disk.opened.count("audit.db") > opened
        assert await calls(store) == ["b", "a"]
        assert (await verify(store, "default")).problem is None
        await store.close()


async def test_opening_anew_is_tried_once_in_a_few_seconds(tmp_path: Path) -> None:
    clock = Clock()
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", clock=clock)
        await store.append(entry("a"))
        disk.fault = apsw.IOError
        for _ in range(2):
            assert await refused(store) == "the disk reports an input/output error"
        disk.fault, tried = None, len(disk.opened)
        clock.now = MEND_SECONDS - 0.1
        assert await refused(store) == "the disk reports an input/output error"
        assert len(disk.opened) == tried
        clock.now = MEND_SECONDS
        assert (await store.append(entry("b"))).size == 2
        await store.close()


async def test_what_is_checked_in_between_is_told(tmp_path: Path) -> None:
    clock = Clock()
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", clock=clock)
        await store.append(entry("a"))
        await broken(store, disk)
        await store.append(entry("b"))
        await broken(store, disk)
        assert await refused(store) == "the disk failed; what was recorded is checked before anything more is written"
        await store.close()


async def test_what_the_system_only_shows_is_written_to_the_disk_before_it_is_trusted(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        await broken(store, disk)
        size = (tmp_path / "audit.db-wal").stat().st_size
        disk.written.clear()
        await store.head("default")
        ends = [offset + length for name, offset, length in disk.written if name == "audit.db-wal"]
        assert max(ends) == size
        await store.close()


async def test_an_entry_that_was_refused_may_turn_out_to_be_recorded(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        disk.faulty, disk.fault, disk.only_syncs = "-wal", apsw.IOError, True
        await refused(store, "b")
        disk.fault = None
        await store.append(entry("c"))
        assert await calls(store) == ["c", "b", "a"]
        assert (await verify(store, "default")).problem is None
        await store.close()


async def test_entries_that_nobody_waited_for_are_written_once_the_file_was_mended(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        store.enqueue(entry("b"))
        await broken(store, disk)
        await store.append(entry("c"))
        assert await calls(store) == ["c", "b", "a"]
        await store.close()


async def test_what_was_written_after_all_is_not_written_twice(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        store.enqueue(entry("b"))
        disk.faulty, disk.fault, disk.only_syncs = "-wal", apsw.IOError, True
        await refused(store, "c")
        store.enqueue(entry("c"))
        disk.fault = None
        await store.append(entry("d"))
        assert await calls(store) == ["d", "c", "b", "a"]
        await store.close()


async def test_what_was_not_written_is_written_with_the_next_entry_even_if_that_is_of_another_tenant(
    tmp_path: Path,
) -> None:
    other = write_entry(tenant="other", call_id="o", type_="denied", at=1.0, fields={})
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        store.enqueue(entry("b"))
        await broken(store, disk)
        assert (await store.append(other)).size == 1
        assert await calls(store) == ["b", "a"]
        await store.close()


async def test_a_reader_mends_the_file_too(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        disk.fault = apsw.IOError
        with pytest.raises(StoreUnavailable):
            await store.head("default")
        disk.fault = None
        assert (await store.head("default")).size == 0
        await store.close()


async def test_entries_that_are_gone_keep_the_log_closed(tmp_path: Path) -> None:
    clock = Clock()
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", clock=clock)
        for name in "abc":
            await store.append(entry(name))
        await broken(store, disk)
        os.truncate(tmp_path / "audit.db-wal", (tmp_path / "audit.db-wal").stat().st_size // 2)
        for _ in range(3):
            assert LOST in await refused(store)
            clock.now += 1_000
        assert "c" not in await calls(store)
        await store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries WHERE idx = 1",
        "UPDATE entries SET envelope = replace(envelope, '\"default\"', '\"default\" ') WHERE idx = 2",
        "UPDATE heads SET size = 2, frontier = (SELECT substr(frontier, 1, 32) FROM heads)",
        "DELETE FROM heads",
        "DROP TRIGGER payloads_are_never_changed; UPDATE payloads SET body = x'00' WHERE idx = 0",
        "UPDATE revision SET number = 0",
    ],
)
async def test_a_file_that_is_not_as_it_was_acknowledged_keeps_the_log_closed(tmp_path: Path, statement: str) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.tasks.add(TASK)
        for name in "abc":
            await store.append(entry(name))
        await broken(store, disk)
        behind_its_back(tmp_path / "audit.db", UNGUARDED, statement)
        assert LOST in await refused(store)
        await store.close()


async def test_bodies_that_were_removed_meanwhile_are_not_missed(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store, other = SqliteStore(tmp_path / "audit.db"), SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        await broken(store, disk)
        await other.remove_bodies("default", [0])
        await other.append(entry("b"))
        assert (await store.append(entry("c"))).size == 3
        await store.close()
        await other.close()


async def test_what_the_resolver_recorded_is_missed_too(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a", type_="intent"))
        await store.resolve_abandoned(lambda call: entry(call.call_id, type_="outcome"), now=1e9)
        await broken(store, disk)
        behind_its_back(tmp_path / "audit.db", UNGUARDED, "DELETE FROM entries WHERE idx = 1")
        assert LOST in await refused(store)
        await store.close()


async def test_only_the_newest_entries_of_a_long_log_are_read_again(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        for _ in range(3):
            for _ in range(LEAST_READ):
                store.enqueue(entry("x", body=False))
            await store.append(entry("y", body=False))
        await broken(store, disk)
        behind_its_back(tmp_path / "audit.db", UNGUARDED, "DELETE FROM entries WHERE idx < 100")
        await store.append(entry("z"))
        await broken(store, disk)
        await store.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE heads SET size = 2, frontier = substr(frontier, 1, 32)", "DELETE FROM heads"]
)
async def test_a_log_that_became_shorter_behind_the_servers_back_is_not_written_to(
    tmp_path: Path, statement: str
) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for name in "abc":
        await store.append(entry(name))
    behind_its_back(tmp_path / "audit.db", UNGUARDED, statement, "DELETE FROM entries WHERE idx >= 2")
    assert LOST in await refused(store)
    assert LOST in await refused(store)
    await store.close()


async def test_a_log_with_another_end_of_the_same_length_is_not_written_to(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(entry("a"))
    behind_its_back(tmp_path / "audit.db", "UPDATE heads SET frontier = zeroblob(32)")
    assert LOST in await refused(store)
    await store.close()


async def test_a_file_that_was_moved_while_the_disk_failed_is_missed(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        await broken(store, disk)
        (tmp_path / "audit.db").rename(tmp_path / "elsewhere.db")
        assert "moved or deleted" in await refused(store)
        assert not (tmp_path / "audit.db").exists()
        await store.close()


async def test_another_process_that_holds_the_lock_puts_mending_off(tmp_path: Path) -> None:
    clock = Clock()
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.05, clock=clock)
        await store.append(entry("a"))
        await broken(store, disk)
        with FileLock(tmp_path / "audit.lock"):
            assert await refused(store) == "another process has held its lock for too long"
        clock.now = MEND_SECONDS
        assert (await store.append(entry("b"))).size == 2
        await store.close()


async def test_an_entry_is_acknowledged_though_folding_the_write_ahead_log_fails_after_it(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", durability=EAGER)
        await store.append(entry("a"))
        disk.faulty, disk.fault = "audit.db", apsw.IOError
        assert (await store.append(entry("b"))).size == 2
        assert (await store.append(entry("c"))).size == 3
        assert "the disk failed" in await refused(store)
        await store.close()
    again = SqliteStore(tmp_path / "audit.db")
    assert await calls(again) == ["c", "b", "a"]
    await again.close()


async def test_a_disk_without_room_for_the_write_ahead_logs_pages_takes_entries_until_it_is_full(
    tmp_path: Path,
) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db", durability=EAGER)
        await store.append(entry("a"))
        disk.faulty, disk.fault = "audit.db", apsw.FullError
        assert (await store.append(entry("b"))).size == 2
        assert (await store.append(entry("c"))).size == 3
        disk.faulty = ""
        assert await refused(store) == "the disk is full"
        disk.fault = None
        await store.close()


async def test_a_store_that_is_closed_on_a_failed_disk_leaves_the_write_ahead_log(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("a"))
        disk.fault = apsw.IOError
        await refused(store)
        await store.close()
        assert (tmp_path / "audit.db-wal").stat().st_size
        disk.fault = None
        again = SqliteStore(tmp_path / "audit.db")
        assert await again.head("default") == Head(1, (await again.head("default")).root)
        await again.close()


async def test_keys_are_written_again_once_their_file_was_opened_anew(tmp_path: Path) -> None:
    clock = Clock()
    with failing_disk() as disk:
        keys = SqliteKeys(tmp_path / "keys.db", clock=clock)
        await keys.add_data_key(KEY)
        disk.fault = apsw.IOError
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="input/output"):
                await keys.add_data_key(replace(KEY, version=2))
        disk.fault = None
        with pytest.raises(StoreUnavailable, match="input/output"):
            await keys.destroy("t", ["nobody"])
        clock.now = MEND_SECONDS
        assert await keys.add_data_key(replace(KEY, version=2))
        assert [key.version for key in await keys.data_keys("t")] == [1, 2]
        await keys.close()


async def broken_keys(keys: SqliteKeys, disk: Disk) -> None:
    disk.fault = apsw.IOError
    with pytest.raises(StoreUnavailable, match="input/output"):
        await keys.add_data_key(replace(KEY, version=9))
    disk.fault = None


async def test_keys_that_are_gone_keep_their_file_closed(tmp_path: Path) -> None:
    with failing_disk() as disk:
        keys = SqliteKeys(tmp_path / "keys.db")
        for version in (1, 2, 3):
            await keys.add_data_key(replace(KEY, version=version))
        await broken_keys(keys, disk)
        os.truncate(tmp_path / "keys.db-wal", (tmp_path / "keys.db-wal").stat().st_size // 2)
        with pytest.raises(StoreUnavailable, match=LOST):
            await keys.add_data_key(replace(KEY, version=9))
        await keys.close()


async def test_a_file_of_keys_that_is_damaged_stays_closed(tmp_path: Path) -> None:
    with failing_disk() as disk:
        keys = SqliteKeys(tmp_path / "keys.db")
        await keys.add_data_key(KEY)
        await keys.destroy("t", [])
        await broken_keys(keys, disk)
        # The index lacks what its table has from now on.
        behind_its_back(
            tmp_path / "keys.db",
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'subjects')"
            " WHERE name = 'aliases_by_person'",
        )
        with pytest.raises(StoreUnavailable, match=LOST):
            await keys.add_data_key(replace(KEY, version=9))
        await keys.close()


async def test_a_file_of_keys_that_became_older_behind_the_servers_back_is_not_written_to(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    for version in (1, 2):
        await keys.add_data_key(replace(KEY, version=version))
    behind_its_back(tmp_path / "keys.db", "UPDATE revision SET number = 0")
    with pytest.raises(StoreUnavailable, match=LOST):
        await keys.add_data_key(replace(KEY, version=9))
    await keys.close()
