"""The machine's clock is put back by hours or years: every request still has its intent on disk before it, calls keep
their order and end, and what a process that is gone left behind is found."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import apsw
import httpx2
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.audit.entries import Entry, StoredEntry, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.store.leases import LEASE_SECONDS
from talent_mcp.store.protocol import OpenCall
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

NOW, HOUR, YEAR = 1_795_000_000.0, 3_600.0, 365 * 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


class Vendor:
    """Puts the clock back with the first request; `recorded` is how many intents each request found on disk."""

    def __init__(self, home: Path, clock: Clock, back: float) -> None:
        self.recorded: list[int] = []
        self._home = home
        self._clock = clock
        self._back = back

    def __call__(self, _: httpx2.Request) -> httpx2.Response:
        db = apsw.Connection(str(self._home / "audit.db"), flags=apsw.SQLITE_OPEN_READONLY)
        self.recorded.append(rows_of(db, "SELECT count(*) FROM entries WHERE type = 'intent'")[0][0])
        db.close()
        self._clock.now -= self._back if len(self.recorded) == 1 else 0.0
        return httpx2.Response(200, json={"people": [], "detail": "OK", "total": 0})


@asynccontextmanager
async def serving(home: Path, clock: Clock, vendor: Vendor) -> AsyncGenerator[tuple[JudgedClient, House]]:
    transport = httpx2.MockTransport(vendor)
    async with (
        open_house(settings_in(home), KEYS, transport=transport, clock=clock) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield client, house


def seconds(one: StoredEntry) -> float:
    return datetime.fromisoformat(str(one.envelope["time"])).timestamp()


@pytest.mark.parametrize("back", [HOUR, 3 * YEAR], ids=["by an hour", "by years"])
async def test_calls_go_on_though_the_clock_is_put_back(tmp_path: Path, back: float) -> None:
    clock = Clock()
    vendor = Vendor(tmp_path, clock, back)
    async with serving(tmp_path, clock, vendor) as (client, house):
        for _ in range(3):
            assert not (
                await client.call_tool("search_people", {"people": {"names": ["Ada"]}, "refresh": True})
            ).is_error
        recorded = [one async for one in house.store.entries("default")]
        assert (await verify(house.store, "default")).problem is None
        assert await house.store.calls_in_doubt("default") == []
        assert await house.store.recent_calls("default", limit=1) == [recorded[-1].entry.call_id]
    assert vendor.recorded == [1, 2, 3]
    assert [one.entry.type for one in recorded] == ["intent", "credential.used", "attempt", "outcome"] * 3
    assert len({one.entry.call_id for one in recorded}) == 3
    assert all(abs(seconds(one) - NOW) < 1 for one in recorded[:2])
    assert all(abs(seconds(one) - (NOW - back)) < 1 for one in recorded[2:])


def intent(process: str, at: float) -> Entry:
    fields = {"process": process, "vendor": "ocean"}
    return write_entry(tenant="default", call_id=f"of {process}", type_="intent", at=at, fields=fields)


def unknown(call: OpenCall) -> Entry:
    return write_entry(tenant="default", call_id=call.call_id, type_="outcome", at=NOW, fields={"outcome": "unknown"})


@pytest.mark.parametrize("back", [HOUR, 3 * YEAR], ids=["by an hour", "by years"])
async def test_what_a_process_left_behind_is_found_though_its_lease_is_from_a_later_time(
    tmp_path: Path, back: float
) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    await store.append(intent("gone", NOW))
    since = NOW - back
    assert await store.resolve_abandoned(unknown, now=since) == []
    await store.append(intent("alive", since + LEASE_SECONDS - 1))
    found = await store.resolve_abandoned(unknown, now=since + LEASE_SECONDS)
    assert [call.call_id for call in found] == ["of gone"]
    await store.close()
