"""What only one entry of a log may say: promised by every store, whatever database is behind it."""

from pathlib import Path

import anyio
import apsw
import pytest

from talent_mcp.audit.entries import Entry, moment, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import Claimed, Store
from talent_mcp.store.sqlite.rows import rows_of
from tests.server.store.stores import STORES, OpenStore

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def opened(request: pytest.FixtureRequest) -> OpenStore:
    store: OpenStore = request.param
    return store


def claiming(claim: str, *, by: str = "somebody", tenant: str = "default") -> Entry:
    return write_entry(tenant=tenant, type_="plan.approved", at=1.0, fields={"by": by, "claim": claim})


def plan(call_id: str, at: float) -> Entry:
    return write_entry(tenant="default", call_id=call_id, type_="plan", at=at, fields={"digest": "d"})


async def claimants(store: Store) -> list[str]:
    return [str(one.envelope["by"]) async for one in store.entries("default")]


async def test_the_first_entry_has_its_claim_and_no_second_is_appended(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(claiming("use of plan 1", by="first"))
        with pytest.raises(Claimed):
            await store.append(claiming("use of plan 1", by="second"))
        assert await claimants(store) == ["first"]
        found = await store.claimant("default", "use of plan 1")
        assert found is not None
        assert (found.index, found.envelope["by"]) == (0, "first")
    async with opened(tmp_path) as store:
        with pytest.raises(Claimed):
            await store.append(claiming("use of plan 1", by="third"))
        assert (await verify(store, "default")).problem is None


async def test_who_is_refused_a_claim_takes_nobody_else_down(opened: OpenStore, tmp_path: Path) -> None:
    """Entries that are written together are still judged one by one."""
    refused = list[int]()

    async def append(store: Store, number: int) -> None:
        try:
            await store.append(claiming(f"claim {number % 4}", by=str(number)))
        except Claimed:
            refused.append(number)

    async with opened(tmp_path) as one, opened(tmp_path) as other:
        async with anyio.create_task_group() as callers:
            for number in range(32):
                callers.start_soon(append, (one, other)[number // 4 % 2], number)
        assert len(refused) == 28
        assert len(await claimants(one)) == 4
        assert (await verify(one, "default")).problem is None


async def test_claims_are_each_tenants_own(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(claiming("x"))
        await store.append(claiming("x", tenant="other"))
        assert await store.claimant("third", "x") is None
        assert await store.claimant("default", "y") is None


async def test_calls_that_made_a_plan_are_found_by_time(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(4):
            await store.append(plan(f"c{number}", 100.0 + number))
        await store.append(claiming("x"))
        assert await store.plans_since("default", moment(102.0)) == ["c2", "c3"]
        assert await store.plans_since("other", moment(0.0)) == []


async def test_an_entry_has_all_that_it_claims_or_is_not_appended(opened: OpenStore, tmp_path: Path) -> None:
    def both(*claims: str, by: str) -> Entry:
        return write_entry(tenant="default", type_="plan", at=1.0, fields={"by": by, "claim": [*claims]})

    async with opened(tmp_path) as store:
        await store.append(both("act 0", "use of plan 1", by="first"))
        for taken in (("act 1", "use of plan 1"), ("act 0", "use of plan 2"), ("act 0", "use of plan 1")):
            with pytest.raises(Claimed):
                await store.append(both(*taken, by="refused"))
        await store.append(both("act 1", "use of plan 2", by="second"))
        assert await claimants(store) == ["first", "second"]
        for claim, by in (("act 0", "first"), ("use of plan 1", "first"), ("use of plan 2", "second")):
            found = await store.claimant("default", claim)
            assert found is not None
            assert found.envelope["by"] == by


async def test_an_index_is_not_believed_what_its_entry_does_not_say(tmp_path: Path) -> None:
    """The root vouches for entries; what finds them is no part of it."""
    async with STORES["sqlite"](tmp_path) as store:
        await store.append(claiming("decision on plan 1"))
        db = apsw.Connection(str(tmp_path / "audit.db"))
        rows_of(db, "INSERT INTO claims VALUES ('default', 'decision on plan 2', 0)")
        rows_of(db, "INSERT INTO answers VALUES ('default', 'request x', 0)")
        db.close()
        assert await store.claimant("default", "decision on plan 1") is not None
        with pytest.raises(StoreUnavailable, match="does not say what it is named for"):
            await store.claimant("default", "decision on plan 2")
        with pytest.raises(StoreUnavailable, match="does not say what it is named for"):
            await store.newest_answer("default", ["request x"])
