"""What every store promises; the embedded one is asked here, another one joins `opened`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from talent_mcp.audit.entries import Entry, EntryType, write_entry
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.store import Store
from talent_mcp.store.sqlite import PAGE, SqliteStore

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(home: Path) -> AsyncGenerator[Store]:
    store = SqliteStore(home / "audit.db")
    try:
        yield store
    finally:
        await store.close()


def entry(
    call_id: str,
    type_: EntryType = "intent",
    *,
    tenant: str = "default",
    at: float = 1.0,
    **fields: str,
) -> Entry:
    return write_entry(
        tenant=tenant,
        call_id=call_id,
        type_=type_,
        at=at,
        vendor="ocean",
        fields=fields,
        payload={"of": call_id},
    )


async def test_an_empty_log_has_size_zero_and_the_empty_root(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        head = await store.head("default")
        assert (head.size, head.root) == (0, Tree().root)
        assert [stored async for stored in store.entries("default")] == []


async def test_entries_come_back_byte_for_byte_in_the_order_they_were_appended(tmp_path: Path) -> None:
    written = [entry(f"c{n}") for n in range(5)]
    async with opened(tmp_path) as store:
        for one in written:
            await store.append(one)
    async with opened(tmp_path) as store:
        stored = [one async for one in store.entries("default")]
    assert [one.entry for one in stored] == written
    assert [one.index for one in stored] == [0, 1, 2, 3, 4]


async def test_each_append_returns_the_root_over_everything_so_far(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        tree = Tree()
        for n in range(9):
            one = entry(f"c{n}")
            tree = tree.append([leaf_hash(one.envelope)])
            head = await store.append(one)
            assert (head.size, head.root) == (tree.size, tree.root)


async def test_enqueued_entries_land_before_the_one_that_is_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1"))
        store.enqueue(entry("c1", "attempt"))
        head = await store.append(entry("c1", "outcome"))
        assert head.size == 3
        assert [one.entry.type for one in await store.call("default", "c1")] == ["intent", "attempt", "outcome"]


async def test_entries_left_in_the_queue_are_written_when_the_store_closes(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1"))
        store.enqueue(entry("c1", "attempt"))
    async with opened(tmp_path) as store:
        assert (await store.head("default")).size == 2


async def test_concurrent_callers_all_get_a_place_of_their_own(tmp_path: Path) -> None:
    sizes: list[int] = []

    async def append(call_id: str) -> None:
        sizes.append((await store.append(entry(call_id))).size)

    async with opened(tmp_path) as store:
        async with anyio.create_task_group() as tasks:
            for n in range(200):
                tasks.start_soon(append, f"c{n}")
        assert (await store.head("default")).size == 200
        assert len({one.entry.call_id async for one in store.entries("default")}) == 200
    assert max(sizes) == 200


async def test_stores_of_one_file_see_and_continue_each_others_entries(tmp_path: Path) -> None:
    async with opened(tmp_path) as first, opened(tmp_path) as second:
        for n in range(10):
            await (first if n % 2 else second).append(entry(f"c{n}"))
        assert await first.head("default") == await second.head("default")
        stored = [one async for one in first.entries("default")]
    assert Tree().append(leaf_hash(one.entry.envelope) for one in stored).size == 10


async def test_tenants_have_logs_of_their_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", tenant="north"))
        await store.append(entry("c2", tenant="south"))
        assert (await store.head("north")).size == 1
        assert await store.call("north", "c2") == []
        assert await store.recent_calls("south", limit=5) == ["c2"]


async def test_the_newest_calls_come_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for call_id in ("c1", "c2", "c3"):
            await store.append(entry(call_id))
            await store.append(entry(call_id, "outcome"))
        await store.append(entry("c4", "denied"))
        assert await store.recent_calls("default", limit=3) == ["c4", "c3", "c2"]


async def test_a_call_is_in_doubt_from_its_intent_to_an_outcome_that_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for call_id in ("c1", "c2", "c3"):
            await store.append(entry(call_id))
        await store.append(entry("c1", "outcome"))
        await store.append(entry("c3", "outcome", outcome="unknown"))
        assert await store.calls_in_doubt("default") == ["c2", "c3"]


async def test_calls_that_ask_for_the_same_are_found_by_their_principal_in_a_part_of_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for call_id, principal, request in (
            ("c0", "ada", "r1"),
            ("c1", "ada", "r1"),
            ("c2", "ben", "r1"),
            ("c3", "ada", "r2"),
            ("c4", "ada", "r1"),
            ("c5", "ada", "r1"),
        ):
            await store.append(entry(call_id, principal=principal, request=request))
        await store.append(entry("c6", "outcome", principal="ada", request="r1"))
        await store.append(entry("c7", principal="ada"))
        assert await store.calls_with_request("default", "ada", "r1", start=1, stop=5) == ["c1", "c4"]
        assert await store.calls_with_request("default", "ada", "r1", start=6, stop=8) == []
        assert await store.calls_with_request("elsewhere", "ada", "r1", start=0, stop=8) == []


async def test_attempts_that_left_are_found_by_vendor_and_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for at in (5.0, 15.0, 25.0):
            await store.append(entry("c1", "attempt", at=at))
        offline = write_entry(
            tenant="default",
            call_id="c2",
            type_="attempt",
            at=35.0,
            vendor="ocean",
            fields={"error": "ConnectError"},
        )
        await store.append(offline)
        assert await store.attempt_times("default", "ocean", since=10.0) == [15.0, 25.0]
        assert await store.attempt_times("default", "jarvi", since=0.0) == []


async def test_a_part_of_a_long_log_can_be_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for n in range(PAGE + 20):
            store.enqueue(entry(f"c{n}", "attempt"))
        await store.append(entry("last", "denied"))
        part = [one.index async for one in store.entries("default", start=PAGE - 3, stop=PAGE + 3)]
        assert part == list(range(PAGE - 3, PAGE + 3))
        assert len([one async for one in store.entries("default")]) == PAGE + 21


async def test_a_cancelled_caller_does_not_tear_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await store.append(entry("c1"))
        assert scope.cancelled_caught is False
        assert (await store.head("default")).size == 1
