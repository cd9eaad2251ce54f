"""Calls that a process left behind when it died: found by another one, and closed by a person."""

from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from talent_mcp.audit.closing import NotInDoubt, close_call
from talent_mcp.audit.entries import Entry, EntryType, write_entry
from talent_mcp.audit.resolver import HOW_TO_FIND_OUT, Resolver
from talent_mcp.audit.verify import verify
from talent_mcp.background import background_work
from talent_mcp.store.leases import LEASE_SECONDS
from talent_mcp.store.protocol import Store
from tests.processes import START_SECONDS
from tests.server.store.stores import sqlite_store

pytestmark = pytest.mark.anyio


def entry(type_: EntryType, at: float = 1_000.0, **fields: str) -> Entry:
    known = {"vendor": "stardex", "process": "p1", **fields} if type_ == "intent" else fields
    return write_entry(tenant="default", call_id="c1", type_=type_, at=at, fields=known)


async def until_unknown(store: Store) -> None:
    with anyio.fail_after(START_SECONDS):
        while await state_of(store) != [("intent", None), ("outcome", "unknown")]:
            await anyio.lowlevel.checkpoint()


async def state_of(store: Store) -> list[object]:
    return [(one.entry.type, one.entry.outcome) for one in await store.call("default", "c1")]


async def test_what_became_of_a_call_is_unknown_once_its_process_is_surely_gone(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await store.append(entry("intent"))
        assert await Resolver(store, lambda: 1_000.0 + LEASE_SECONDS - 1).resolve() == []
        (found,) = await Resolver(store, lambda: 1_000.0 + LEASE_SECONDS).resolve()
        assert found.call_id == "c1"
        *_, last = await store.call("default", "c1")
        assert (last.envelope["outcome"], last.envelope["error"]) == ("unknown", "abandoned")
        assert last.envelope["how"] == HOW_TO_FIND_OUT["stardex"]
        assert (await verify(store, "default")).problem is None


async def test_two_processes_that_look_at_once_record_it_once(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as one, sqlite_store(tmp_path) as other:
        await one.append(entry("intent"))
        async with anyio.create_task_group() as tasks:
            for store in (one, other, one, other):
                tasks.start_soon(Resolver(store, lambda: 1e9).resolve)
        assert await state_of(one) == [("intent", None), ("outcome", "unknown")]


async def test_somebody_who_looked_closes_the_call(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await store.append(entry("intent"))
        with pytest.raises(NotInDoubt, match="still be running"):
            await close_call(store, "default", "c1", "happened", by="ada")
        await Resolver(store, lambda: 1e9).resolve()
        await close_call(store, "default", "c1", "happened", by="ada")
        *_, last = await store.call("default", "c1")
        assert (last.envelope["type"], last.envelope["as"], last.envelope["principal"]) == (
            "resolved",
            "happened",
            "ada",
        )
        with pytest.raises(NotInDoubt, match="outcome is known"):
            await close_call(store, "default", "c1", "did-not", by="ada")


async def test_a_process_that_serves_looks_again_and_again(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store, background_work() as background:
        resolver = Resolver(store, lambda: 1e9, first=0, every=0.001)
        resolver.start(background)
        resolver.start(background)
        await store.append(entry("intent"))
        await until_unknown(store)


async def test_a_log_that_cannot_be_written_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "audit.db").mkdir()
    async with sqlite_store(tmp_path) as store, background_work() as background:
        Resolver(store, first=0, every=0.001).start(background)
        with anyio.fail_after(START_SECONDS):
            while "could not be looked after" not in caplog.text:
                await anyio.lowlevel.checkpoint()
        (tmp_path / "audit.db").rmdir()
        await store.append(entry("intent"))
        await until_unknown(store)
