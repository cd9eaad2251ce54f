"""What is quick on this disk is done at once, and what is not in a thread of its own."""

import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import apsw
import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.store.sqlite.database import SqliteDatabase
from talent_mcp.store.sqlite.file import Durability
from talent_mcp.store.sqlite.pace import QUICK_AGAIN, QUICK_SECONDS, Pace
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio


def test_nothing_is_quick_before_it_was_done_once() -> None:
    pace = Pace()
    assert not pace.is_quick
    pace.took(QUICK_SECONDS / 2)
    assert pace.is_quick


def test_what_took_long_once_is_not_quick_until_it_was_quick_for_a_while() -> None:
    pace = Pace()
    pace.took(0.0)
    pace.took(QUICK_SECONDS)
    for _ in range(QUICK_AGAIN):
        assert not pace.is_quick
        pace.took(0.0)
    assert pace.is_quick


class Slow(Pace):
    """A disk that is never quick."""

    def took(self, seconds: float) -> None:
        super().took(1.0)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "audit.db", "audit", check=lambda _: None)
    yield database
    await database.close()


def thread(_: apsw.Connection) -> int:
    return threading.get_ident()


async def test_a_few_rows_are_read_at_once_after_the_first_time(database: SqliteDatabase) -> None:
    here = threading.get_ident()
    assert await database.look(thread) != here
    assert await database.look(thread) == here
    assert await database.read(thread) != here


async def test_a_slow_disk_is_read_in_a_thread(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "audit.db", "audit", check=lambda _: None, pace=Slow())
    try:
        assert threading.get_ident() not in [await database.look(thread) for _ in range(3)]
    finally:
        await database.close()


async def test_while_the_write_ahead_log_is_long_the_next_write_is_made_in_a_thread(tmp_path: Path) -> None:
    """Who writes there folds it."""
    for pages, quick in ((1, False), (1_000, True)):
        durability = Durability(checkpoint_pages=pages)
        database = SqliteDatabase(tmp_path / f"{pages}.db", "audit", check=lambda _: None, durability=durability)
        for _ in range(2):
            await database.change(lambda db: rows_of(db, "INSERT OR REPLACE INTO leases VALUES ('p', 0)"))
        assert database.writer.is_quick() == quick
        await database.close()


async def test_a_write_ahead_log_is_folded_though_writes_are_made_at_once(tmp_path: Path) -> None:
    """That takes its time, and is left to the next write in a thread."""
    durability = Durability(checkpoint_pages=40)
    store = SqliteStore(tmp_path / "audit.db", durability=durability)
    wal, sizes = tmp_path / "audit.db-wal", list[int]()
    for number in range(60):
        await store.append(write_entry(tenant="default", call_id=str(number), type_="intent", at=0.0, fields={}))
        await store.append(write_entry(tenant="default", call_id=str(number), type_="outcome", at=0.0, fields={}))
        sizes.append(wal.stat().st_size)
    await store.close()
    # Once folded it is written from its beginning again.
    assert max(sizes) == sizes[-1] < 3 * durability.checkpoint_pages * 2_048
