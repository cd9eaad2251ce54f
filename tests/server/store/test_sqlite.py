"""The embedded store when the disk, the file or another process stands in the way."""

import functools
import stat
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import apsw
import pytest
from filelock import FileLock

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.store import StoreUnavailable
from talent_mcp.store.sqlite.file import CHECKPOINT_PAGES
from talent_mcp.store.sqlite.store import SqliteStore
from talent_mcp.store.turns import Turns
from tests.disks import failing_disk

pytestmark = pytest.mark.anyio


def entry(call_id: str = "c1", *, size: int = 10) -> Entry:
    return write_entry(tenant="default", call_id=call_id, type_="denied", at=1.0, fields={}, seal=lambda _: b"x" * size)


def sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    db = apsw.Connection(str(path))
    try:
        return db.execute(statement).fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    finally:
        db.close()


class TurnsOfOthers(Turns):
    """A lock that others never let go of: the clock moves on by as long as it is waited for.

    While the first turn is waited for, what is in `meanwhile` happens in the event loop.
    """

    now = 0.0
    meanwhile: Sequence[Callable[[], object]] = ()

    @contextmanager
    def turn(self, seconds: float) -> Generator[None]:
        anyio.from_thread.run(self._let_happen)
        self.now += seconds
        raise TimeoutError
        yield

    async def _let_happen(self) -> None:
        happening, self.meanwhile = self.meanwhile, ()
        for act in happening:
            act()
        await anyio.lowlevel.checkpoint()


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
        "UPDATE entries SET envelope = '{}'",
        "DELETE FROM entries",
        "UPDATE payloads SET body = x'00'",
        "INSERT OR REPLACE INTO entries SELECT tenant, idx, envelope, leaf FROM entries",
        "INSERT OR REPLACE INTO payloads SELECT tenant, idx, x'00' FROM payloads",
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
    assert stored.entry.body is None


async def test_every_append_is_synced_to_the_disk_before_it_returns(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry())
        for n in range(5):
            before = disk.syncs
            await store.append(entry(f"d{n}"))
            assert disk.syncs > before
        await store.close()


@pytest.mark.parametrize(
    ("fault", "reason"), [(apsw.FullError, "the disk is full"), (apsw.ReadOnlyError, "its file is read-only")]
)
async def test_a_disk_that_takes_nothing_is_named_and_heals(
    tmp_path: Path, fault: type[apsw.Error], reason: str
) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry())
        disk.fault = fault
        assert await failure(store, entry("c2")) == reason
        disk.fault = None
        assert (await store.append(entry("c3"))).size == 2
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


async def test_the_write_ahead_log_is_folded_back_into_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for n in range(60):
        await store.append(entry(f"c{n}", size=100_000))
    wal = tmp_path / "audit.db-wal"
    assert wal.stat().st_size < 3 * CHECKPOINT_PAGES * 4096
    await store.close()
    assert not wal.exists()


async def test_who_has_a_file_open_that_a_newer_version_changes_says_so(tmp_path: Path) -> None:
    path = await written(tmp_path)
    store = SqliteStore(path)
    await store.append(entry("c2"))
    sql(path, "ALTER TABLE payloads RENAME TO bodies")
    why = "its tables are not those of this version; if a newer one has changed them, start that instead"
    assert await failure(store, entry("c3")) == why


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = await written(tmp_path)
    sql(path, "PRAGMA user_version = 99")
    assert await failure(SqliteStore(path), entry("c2")) == "its file was written by a newer version of talent-mcp"


@pytest.mark.parametrize("replaced", [True, False])
async def test_a_file_that_is_moved_away_is_missed(tmp_path: Path, replaced: bool) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(entry())
    await store.head("default")
    (tmp_path / "audit.db").rename(tmp_path / "elsewhere.db")
    if replaced:
        await written(tmp_path / "new")
        (tmp_path / "new" / "audit.db").rename(tmp_path / "audit.db")
    assert "moved or deleted" in await failure(store, entry("c2"))
    with pytest.raises(StoreUnavailable, match="moved or deleted"):
        await store.head("default")
    await store.close()


async def test_entries_that_nobody_waits_for_survive_a_write_that_failed(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.append(entry("c1"))
        store.enqueue(entry("c2"))
        disk.fault = apsw.FullError
        await failure(store, entry("c3"))
        disk.fault = None
        await store.append(entry("c4"))
        assert await store.recent_calls("default", limit=9) == ["c4", "c2", "c1"]
        await store.close()


async def test_who_waits_behind_another_waits_no_longer_for_it(tmp_path: Path) -> None:
    """Whoever comes while another waits for the lock has waited as long as that one takes before its own turn."""
    turns = TurnsOfOthers(tmp_path / "audit.lock")
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=5, clock=lambda: turns.now)
    store._database.writer._turns = turns  # pyright: ignore[reportPrivateUsage]  # the fault is injected below the public surface
    waits: list[float] = []

    async def wait() -> None:
        start = turns.now
        await failure(store, entry())
        waits.append(turns.now - start)

    async with anyio.create_task_group() as tasks:
        turns.meanwhile = [functools.partial(tasks.start_soon, wait)] * 4
        tasks.start_soon(wait)
    assert waits == [5] * 5


async def test_a_store_closes_though_another_process_holds_the_lock(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.05)
    await store.append(entry())
    with FileLock(tmp_path / "audit.lock"):
        await store.close()
    again = SqliteStore(tmp_path / "audit.db")
    assert (await again.head("default")).size == 1
    await again.close()


async def test_a_damaged_end_is_named(tmp_path: Path) -> None:
    path = await written(tmp_path)
    sql(path, "UPDATE heads SET size = size + 2")
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailable, match="end is damaged"):
        await store.head("default")
    assert "end is damaged" in await failure(store, entry("c2"))
    await store.close()


async def test_a_closed_store_can_be_closed_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.close()
    await store.append(entry())
    await store.close()
    await store.close()
