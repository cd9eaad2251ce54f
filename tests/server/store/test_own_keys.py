"""A log and the file of keys that it is sealed with know each other again."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.keys import DataKeyRow
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio

KEY = DataKeyRow(tenant="t", purpose="index", version=1, master="m", wrapped=b"w", created_at=1.0)
OTHERS = "its file of keys is not the one that it was written with"


@asynccontextmanager
async def opened(home: Path) -> AsyncGenerator[SqliteKeys]:
    """Keys that are used with the log beside them."""
    log = SqliteStore(home / "audit.db")
    keys = SqliteKeys(home / "keys.db", belongs=log.require_keys)
    yield keys
    await keys.close()
    await log.close()


async def test_keys_stay_those_of_their_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        assert await keys.add_data_key(KEY)
    async with opened(tmp_path) as keys:
        assert await keys.data_keys("t") == [KEY]


async def test_other_keys_are_neither_read_nor_written_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        await keys.add_data_key(KEY)
    (tmp_path / "keys.db").rename(tmp_path / "right.db")
    async with opened(tmp_path) as keys:
        with pytest.raises(StoreUnavailable, match=OTHERS):
            await keys.data_keys("t")
        with pytest.raises(StoreUnavailable, match=OTHERS):
            await keys.add_data_key(KEY)
    (tmp_path / "right.db").replace(tmp_path / "keys.db")
    async with opened(tmp_path) as keys:
        assert await keys.data_keys("t") == [KEY]


async def test_a_new_log_takes_the_keys_that_are_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as keys:
        await keys.add_data_key(KEY)
    (tmp_path / "audit.db").unlink()
    async with opened(tmp_path) as keys:
        assert await keys.data_keys("t") == [KEY]


async def test_two_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other, anyio.create_task_group() as both:
        both.start_soon(one.add_data_key, KEY)
        both.start_soon(other.add_data_key, KEY)
    async with opened(tmp_path) as keys:
        assert await keys.data_keys("t") == [KEY]


async def test_a_log_of_the_version_before_takes_the_keys_that_are_there(tmp_path: Path) -> None:
    """It has entries, and nothing that says which keys sealed them."""
    log = SqliteStore(tmp_path / "audit.db")
    await log.append(write_entry(tenant="t", call_id="c", type_="denied", at=1.0, fields={}))
    await log.close()
    async with opened(tmp_path) as keys:
        assert await keys.add_data_key(KEY)
