"""What every store promises, whatever database is behind it."""

from pathlib import Path

import anyio
import pytest

from talent_mcp.audit.entries import Entry, EntryType, moment, write_entry
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.audit.verify import verify
from talent_mcp.store.leases import LEASE_SECONDS
from talent_mcp.store.protocol import OpenCall
from talent_mcp.store.sqlite.store import PAGE
from tests.server.store.stores import STORES, OpenStore

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def opened(request: pytest.FixtureRequest) -> OpenStore:
    store: OpenStore = request.param
    return store


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
        fields={"vendor": "ocean", **fields},
        seal=lambda envelope: b"sealed for " + envelope,
    )


async def test_an_empty_log_has_size_zero_and_the_empty_root(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        head = await store.head("default")
        assert (head.size, head.root) == (0, Tree().root)
        assert [stored async for stored in store.entries("default")] == []


async def test_entries_come_back_byte_for_byte_in_the_order_they_were_appended(
    opened: OpenStore, tmp_path: Path
) -> None:
    written = [entry(f"c{n}") for n in range(5)]
    async with opened(tmp_path) as store:
        for one in written:
            await store.append(one)
    async with opened(tmp_path) as store:
        stored = [one async for one in store.entries("default")]
    assert [one.entry for one in stored] == written
    assert [one.index for one in stored] == [0, 1, 2, 3, 4]


async def test_each_append_returns_the_root_over_everything_so_far(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        tree = Tree()
        for n in range(9):
            one = entry(f"c{n}")
            tree = tree.append([leaf_hash(one.envelope)])
            head = await store.append(one)
            assert (head.size, head.root) == (tree.size, tree.root)


async def test_enqueued_entries_land_before_the_one_that_is_waited_for(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1"))
        store.enqueue(entry("c1", "attempt"))
        head = await store.append(entry("c1", "outcome"))
        assert head.size == 3
        assert [one.entry.type for one in await store.call("default", "c1")] == ["intent", "attempt", "outcome"]


async def test_entries_left_in_the_queue_are_written_when_the_store_closes(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1"))
        store.enqueue(entry("c1", "attempt"))
    async with opened(tmp_path) as store:
        assert (await store.head("default")).size == 2


async def test_concurrent_callers_all_get_a_place_of_their_own(opened: OpenStore, tmp_path: Path) -> None:
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


async def test_stores_of_one_file_see_and_continue_each_others_entries(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as first, opened(tmp_path) as second:
        for n in range(10):
            await (first if n % 2 else second).append(entry(f"c{n}"))
        assert await first.head("default") == await second.head("default")
        stored = [one async for one in first.entries("default")]
    assert Tree().append(leaf_hash(one.entry.envelope) for one in stored).size == 10


async def test_tenants_have_logs_of_their_own(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", tenant="north"))
        await store.append(entry("c2", tenant="south"))
        assert (await store.head("north")).size == 1
        assert await store.call("north", "c2") == []
        assert await store.recent_calls("south", limit=5) == ["c2"]


async def test_the_newest_calls_come_first(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for call_id in ("c1", "c2", "c3"):
            await store.append(entry(call_id))
            await store.append(entry(call_id, "outcome"))
        await store.append(entry("c4", "denied"))
        assert await store.recent_calls("default", limit=3) == ["c4", "c3", "c2"]


async def test_a_call_is_in_doubt_from_its_intent_to_an_outcome_that_is_known(
    opened: OpenStore, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        for call_id in ("c1", "c2", "c3"):
            await store.append(entry(call_id))
        await store.append(entry("c1", "outcome"))
        await store.append(entry("c3", "outcome", outcome="unknown"))
        assert await store.calls_in_doubt("default") == ["c2", "c3"]


async def test_calls_that_ask_for_the_same_are_found_by_their_principal_in_a_part_of_the_log(
    opened: OpenStore, tmp_path: Path
) -> None:
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


async def test_attempts_that_left_are_found_by_vendor_and_time(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for at in (5.0, 15.0, 25.0):
            await store.append(entry("c1", "attempt", at=at))
        offline = write_entry(
            tenant="default",
            call_id="c2",
            type_="attempt",
            at=35.0,
            fields={"vendor": "ocean", "error": "ConnectError"},
        )
        await store.append(offline)
        assert await store.attempt_times("default", "ocean", since=10.0) == [15.0, 25.0]
        assert await store.attempt_times("default", "jarvi", since=0.0) == []


async def test_a_part_of_a_long_log_can_be_read(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for n in range(PAGE + 20):
            store.enqueue(entry(f"c{n}", "attempt"))
        await store.append(entry("last", "denied"))
        part = [one.index async for one in store.entries("default", start=PAGE - 3, stop=PAGE + 3)]
        assert part == list(range(PAGE - 3, PAGE + 3))
        assert len([one async for one in store.entries("default")]) == PAGE + 21


async def test_a_cancelled_caller_does_not_tear_the_log(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await store.append(entry("c1"))
        assert scope.cancelled_caught is False
        assert (await store.head("default")).size == 1


async def test_what_is_stored_of_an_entry_is_read_raw(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        written = [entry("c1"), write_entry(tenant="default", call_id="c1", type_="attempt", at=1.0, fields={})]
        for one in written:
            await store.append(one)
        leaves = [leaf_hash(one.envelope) for one in written]
        assert await store.records("default", 0, 5) == [
            (index, one.envelope, leaf, one.body) for index, (one, leaf) in enumerate(zip(written, leaves, strict=True))
        ]
        assert await store.leaves("default", 1, 2) == leaves[1:]
        assert await store.tenants() == ["default"]


async def test_bodies_can_go_while_entries_stay(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(4):
            await store.append(entry(f"c{number}", at=float(number)))
        before = await store.head("default")
        assert await store.bodies_before("default", moment(2.0), limit=10) == [0, 1]
        assert await store.bodies_before("default", moment(9.0), limit=3) == [0, 1, 2]
        assert await store.remove_bodies("default", [0, 1, 1, 7]) == 2
        assert await store.head("default") == before
        assert [stored.entry.body is None async for stored in store.entries("default")] == [True, True, False, False]
        assert await store.bodies_before("default", moment(9.0), limit=10) == [2, 3]


def unknown(call: OpenCall) -> Entry:
    return entry(call.call_id, "outcome", tenant=call.tenant, outcome="unknown", was=str(call.vendor))


async def test_a_call_whose_process_is_gone_is_found_once_its_lease_is_over(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", at=1_000.0, process="p1"))
        await store.append(entry("c2", at=1_000.0, process="p1"))
        await store.append(entry("c2", "outcome", at=1_001.0, outcome="success"))
        assert await store.resolve_abandoned(unknown, now=1_000.0 + LEASE_SECONDS - 1) == []
        found = await store.resolve_abandoned(unknown, now=1_000.0 + LEASE_SECONDS)
        assert found == [OpenCall("default", "c1", "p1", "ocean")]
        assert [one.envelope.get("outcome") for one in await store.call("default", "c1")] == [None, "unknown"]
        assert await store.resolve_abandoned(unknown, now=1e9) == []
        assert await store.calls_in_doubt("default") == ["c1"]
        await store.append(entry("c1", "resolved", at=1_500.0))
        assert await store.calls_in_doubt("default") == []


async def test_a_later_intent_shows_that_its_process_lives(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", at=1_000.0, process="p1"))
        await store.append(entry("c2", at=1_100.0, process="p1"))
        assert await store.resolve_abandoned(unknown, now=1_100.0 + LEASE_SECONDS - 1) == []
        assert len(await store.resolve_abandoned(unknown, now=1_100.0 + LEASE_SECONDS)) == 2


async def test_a_process_that_closes_its_store_is_gone_at_once(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", at=1_000.0, process="p1"))
        await store.append(entry("c2", at=1_000.0))
    async with opened(tmp_path) as other:
        await other.append(entry("c3", at=1_000.0, process="p2"))
        found = await other.resolve_abandoned(unknown, now=1_001.0)
        assert [call.call_id for call in found] == ["c1", "c2"]


async def test_an_outcome_that_comes_late_settles_a_call_that_was_given_up(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", at=1_000.0))
        await store.resolve_abandoned(unknown, now=2_000.0)
        await store.append(entry("c1", "outcome", at=2_001.0, outcome="success"))
        assert await store.calls_in_doubt("default") == []


async def test_a_call_that_was_refused_after_its_intent_is_settled(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entry("c1", at=1_000.0))
        await store.append(entry("c1", "denied", at=1_001.0))
        assert await store.calls_in_doubt("default") == []
        assert (await verify(store, "default")).problem is None
