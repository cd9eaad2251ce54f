"""Every layer of keys is replaced while another house serves calls: not one of them fails, and no file shows a key."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx2
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.app_keys import Keys, open_keys
from talent_mcp.credentials.lookup import STORED_SECONDS
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.identity import LOCAL_TENANT, Caller
from talent_mcp.keys.data_keys import CURRENT_SECONDS
from talent_mcp.keys.master import Master
from talent_mcp.keys.master_files import FilePlace
from talent_mcp.keys.rekey import Renewal, Renewed, rewrap_all
from talent_mcp.settings import OceanSettings, Settings
from tests.houses import settings_in
from tests.keyrings import without_keyring
from tests.server.keys.places import files_with
from tests.server.keys.stores import Clock

pytestmark = pytest.mark.anyio

OLD, NEW = "canary-old-3f81", "canary-new-3f81"
CALLERS = ("ada", "bob", "eve", "local")
TENANTS = Holder(tenant=LOCAL_TENANT, vendor="ocean")
ADAS = Holder(tenant=LOCAL_TENANT, principal="ada", vendor="ocean")


@dataclass
class Vendor:
    """Answers those who come with a key that it accepts; remembers which it saw."""

    accepted: set[str] = field(default_factory=lambda: {OLD, NEW})
    seen: list[str] = field(default_factory=list[str])

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        await anyio.lowlevel.checkpoint()
        self.seen.append(request.headers["x-api-token"])
        if self.seen[-1] not in self.accepted:
            return httpx2.Response(401, json={"detail": "unknown key"})
        return httpx2.Response(200, json={"people": [], "detail": "OK", "total": 0})


@dataclass
class Traffic:
    """Calls of several people, one after the other each, for as long as it lasts."""

    house: House
    clock: Clock
    done: int = 0
    failures: list[Any] = field(default_factory=list[Any])

    async def keep_calling(self, principal: str) -> None:
        who = Caller(principal=principal, tenant=LOCAL_TENANT, transport="test")
        while True:
            completed = await self.house.gate.call(
                "search_people", {"refresh": True, "limit": 1 + CALLERS.index(principal)}, who
            )
            self.done += 1
            if isinstance(completed.content, str):
                self.failures.append(completed.content)

    async def more(self, calls: int = 12) -> None:
        """Let so many more calls end."""
        target = self.done + calls
        while self.done < target:
            await anyio.lowlevel.checkpoint()

    async def later(self, seconds: float) -> None:
        """Let time pass, and calls end after it."""
        self.clock.now += seconds
        await self.more()


def settings(home: Path, master: str = "master.key") -> Settings:
    ocean = OceanSettings(url="https://api.ocean.io", requests_per_minute=0)
    return settings_in(home, ocean=ocean, master_key=f"file:{home / master}")


@asynccontextmanager
async def traffic(home: Path, vendor: Vendor) -> AsyncGenerator[Traffic]:
    """A house on the stored keys, busy; it is left when the body ends."""
    clock = Clock()
    transport = httpx2.MockTransport(vendor)
    async with open_house(settings(home), {}, transport=transport, keyring=without_keyring(), age_clock=clock) as house:
        busy = Traffic(house, clock)
        async with anyio.create_task_group() as group:
            for principal in CALLERS:
                group.start_soon(busy.keep_calling, principal)
            await busy.more()
            yield busy
            await busy.more()
            group.cancel_scope.cancel()


@asynccontextmanager
async def operator(home: Path, master: str = "master.key") -> AsyncGenerator[Keys]:
    async with open_keys(settings(home, master), {}, keyring=without_keyring()) as keys:
        yield keys


async def store(home: Path, *holders: Holder) -> None:
    async with operator(home) as keys:
        for holder in holders:
            await keys.vault.put(holder, Secret(OLD))


async def test_a_credential_is_rotated_and_taken_up_in_time(tmp_path: Path) -> None:
    vendor = Vendor()
    await store(tmp_path, TENANTS)
    async with traffic(tmp_path, vendor) as busy, operator(tmp_path) as keys:
        assert set(vendor.seen) == {OLD}
        await keys.vault.put(TENANTS, Secret(NEW))
        await busy.later(STORED_SECONDS + 1)
        vendor.accepted = {NEW}
        vendor.seen.clear()
        await busy.more()
    assert busy.failures == []
    assert set(vendor.seen) == {NEW}
    assert files_with(tmp_path, OLD.encode(), NEW.encode()) == []


async def test_a_credential_that_the_vendor_revokes_at_once_fails_no_call(tmp_path: Path) -> None:
    vendor = Vendor()
    await store(tmp_path, TENANTS, ADAS)
    async with traffic(tmp_path, vendor) as busy, operator(tmp_path) as keys:
        for holder in (TENANTS, ADAS):
            await keys.vault.put(holder, Secret(NEW))
        vendor.accepted = {NEW}
        await busy.more(40)
    assert busy.failures == []
    assert vendor.seen[-4:] == [NEW] * 4


async def test_data_keys_are_replaced_while_calls_run(tmp_path: Path) -> None:
    vendor = Vendor()
    await store(tmp_path, TENANTS, ADAS)
    async with traffic(tmp_path, vendor) as busy, operator(tmp_path) as keys:
        for _ in range(2):
            done = await Renewal(keys.store, keys.data_keys, wait=busy.later, page=1).run()
            assert done == Renewed(sealed=2, removed=1)
            await busy.later(STORED_SECONDS + CURRENT_SECONDS)
    assert busy.failures == []
    assert busy.done > 60
    async with operator(tmp_path) as keys:
        rows = await keys.store.data_keys(LOCAL_TENANT)
        assert [row.version for row in rows if row.purpose == "credentials"] == [3]


async def test_the_master_key_is_replaced_while_calls_run(tmp_path: Path) -> None:
    vendor = Vendor()
    await store(tmp_path, TENANTS, ADAS)
    async with traffic(tmp_path, vendor) as busy, operator(tmp_path) as keys:
        old, new = await keys.master.existing(), await Master(FilePlace(tmp_path / "new.key")).made()
        assert old is not None
        assert await rewrap_all(keys.store, [old], new) == len(await keys.store.data_keys(LOCAL_TENANT))
        await busy.later(STORED_SECONDS + CURRENT_SECONDS)
        async with operator(tmp_path, "new.key") as renewed:
            await renewed.vault.put(ADAS, Secret(NEW))
        await busy.later(STORED_SECONDS + 1)
    assert busy.failures == []
    assert NEW in vendor.seen


async def test_a_removed_credential_serves_no_longer_than_half_a_minute(tmp_path: Path) -> None:
    vendor = Vendor()
    await store(tmp_path, TENANTS)
    async with traffic(tmp_path, vendor) as busy, operator(tmp_path) as keys:
        await keys.vault.remove(TENANTS)
        await busy.later(STORED_SECONDS + 1)
        vendor.seen.clear()
    assert vendor.seen == []
    assert busy.failures[-1].startswith("There is no key for Ocean.io, so nothing was sent.")
