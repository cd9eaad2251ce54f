"""Cursors: an export goes on after the entry that one names, and only in the log that it is of."""

from pathlib import Path

import pytest

from talent_mcp.audit.exports.cursors import Cursor, CursorGone, cursor_at, start_after
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.calls import calls_in
from tests.server.audit.exports.pieces import TENANT

pytestmark = pytest.mark.anyio


async def test_an_export_goes_on_after_its_last_entry(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        assert await cursor_at(calls.store, TENANT, 0) is None
        await calls.whole("found")
        cursor = await cursor_at(calls.store, TENANT, 2)
        assert cursor is not None
        assert cursor.index == 1
        assert await start_after(calls.store, TENANT, Cursor.parse(str(cursor))) == 2
        assert await start_after(calls.store, TENANT, None) == 0


@pytest.mark.parametrize("text", ["", "1", "1-", "-1-0123456789abcdef", "1-0123456789ABCDEF", "01-0123456789abcdef"])
async def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorGone, match="a cursor is"):
        Cursor.parse(text)


@pytest.mark.parametrize("text", ["0-0123456789abcdef", "7-0123456789abcdef", f"{10**17}-0123456789abcdef"])
async def test_a_cursor_of_another_log_is_refused(tmp_path: Path, text: str) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        with pytest.raises(CursorGone, match="another log, or it was changed"):
            await start_after(calls.store, TENANT, Cursor.parse(text))


async def test_a_log_that_is_not_there_yet_holds_no_cursor(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    with pytest.raises(CursorGone):
        await start_after(store, TENANT, Cursor(0, "0" * 16))
    await store.close()
