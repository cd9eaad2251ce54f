"""Data keys: made once whoever asks, opened by their master key alone, and noticed when they are replaced."""

import hmac
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import anyio
import pytest

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.data_keys import CHOOSE, CURRENT_SECONDS, DataKey, KeyGone
from talent_mcp.keys.master import fingerprint
from talent_mcp.keys.master_files import FilePlace
from talent_mcp.store.keys import DataKeyRow, Purpose
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.server.keys.places import MemoryPlace, files_with, names_in
from tests.server.keys.stores import process

pytestmark = pytest.mark.anyio

PURPOSES: tuple[Purpose, ...] = ("credentials", "subjects", "payloads", "index", "signing")
NEEDED: list[tuple[str, Purpose]] = [("firm", "subjects"), ("firm", "credentials"), ("new", "subjects")]
"""A key that is there, a further one of that tenant, and the first of another."""


async def test_each_tenant_has_a_key_of_its_own_for_each_purpose(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        made: dict[tuple[str, Purpose], DataKey] = {
            (t, p): await one.keys.current(t, p) for t in ("firm", "other") for p in PURPOSES
        }
        assert len({key.key.reveal() for key in made.values()}) == 10
        assert {(key.version, len(key.key.reveal())) for key in made.values()} == {(1, 32)}
        async with process(tmp_path) as two:
            for (tenant, purpose), key in made.items():
                assert (await two.keys.current(tenant, purpose)).key.reveal() == key.key.reveal()


async def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        with pytest.raises(KeyGone):
            await one.keys.version("firm", "subjects", 1)
        assert await one.store.tenants() == []
    assert "master.key" not in names_in(tmp_path)


async def test_processes_that_make_the_first_key_at_once_agree(tmp_path: Path) -> None:
    found: list[bytes] = []

    async def first_use() -> None:
        async with process(tmp_path) as one:
            found.append((await one.keys.current("firm", "subjects")).key.reveal())

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(first_use)
    assert len(found) == 12
    assert len(set(found)) == 1


async def test_calls_at_once_ask_the_store_once(tmp_path: Path) -> None:
    class Counting(SqliteKeys):
        reads = 0

        async def data_keys(self, tenant: str) -> list[DataKeyRow]:
            self.reads += 1
            return await super().data_keys(tenant)

    async with process(tmp_path) as one:
        await one.keys.current("firm", "subjects")
    counting = Counting(tmp_path / "keys.db")
    async with process(tmp_path, through=lambda _: counting) as two:
        async with anyio.create_task_group() as group:
            for _ in range(32):
                group.start_soon(two.keys.current, "firm", "subjects")
        for _ in range(3):
            await two.keys.version("firm", "subjects", 1)
    assert counting.reads == 1
    async with process(tmp_path, through=lambda _: counting) as three, anyio.create_task_group() as group:
        for _ in range(32):
            group.start_soon(three.keys.version, "firm", "subjects", 1)
    await counting.close()
    assert counting.reads == 2


async def test_a_newer_version_is_noticed_in_time_and_an_older_one_still_opens(tmp_path: Path) -> None:
    async with process(tmp_path) as one, process(tmp_path) as two:
        first = await one.keys.current("firm", "subjects")
        await two.keys.add_version("firm", "subjects", 2)
        assert (await one.keys.current("firm", "subjects")).version == 1
        one.clock.now += CURRENT_SECONDS + 1
        assert (await one.keys.current("firm", "subjects")).version == 2
        assert (await one.keys.version("firm", "subjects", 1)).key.reveal() == first.key.reveal()


async def test_an_unknown_version_is_looked_for_at_once(tmp_path: Path) -> None:
    async with process(tmp_path) as one, process(tmp_path) as two:
        await one.keys.current("firm", "subjects")
        await two.keys.add_version("firm", "subjects", 2)
        theirs = await two.keys.version("firm", "subjects", 2)
        assert (await one.keys.version("firm", "subjects", 2)).key.reveal() == theirs.key.reveal()


async def test_a_version_that_was_removed_is_said_to_be_gone_and_forgotten(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.keys.current("firm", "subjects")
        await one.keys.add_version("firm", "subjects", 2)
        await one.store.remove_data_key("firm", "subjects", 1)
        one.clock.now += CURRENT_SECONDS + 1
        await one.keys.current("firm", "subjects")
        with pytest.raises(KeyGone, match="version 1"):
            await one.keys.version("firm", "subjects", 1)


async def test_who_adds_a_version_that_another_process_added_takes_that(tmp_path: Path) -> None:
    async with process(tmp_path) as one, process(tmp_path) as two:
        await one.keys.current("firm", "subjects")
        for each in (one, two):
            await each.keys.add_version("firm", "subjects", 2)
        keys = [await each.keys.version("firm", "subjects", 2) for each in (one, two)]
        assert keys[0].key.reveal() == keys[1].key.reveal()


async def test_another_master_key_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    right, wrong = (SecretKey(bytes([n]) * 32) for n in (1, 2))
    async with process(tmp_path, MemoryPlace(right)) as one:
        await one.keys.current("firm", "subjects")
    async with process(tmp_path, MemoryPlace(wrong)) as two:
        for tenant, purpose in NEEDED:
            with pytest.raises(KeysUnavailable, match="wrapped under another master key") as refusal:
                await two.keys.current(tenant, purpose)
            assert str(refusal.value) == (
                f"these keys were wrapped under another master key (fingerprint {fingerprint(right)}); "
                f"the one in a place of this test has fingerprint {fingerprint(wrong)}. {CHOOSE}"
            )
        assert len(await two.store.data_keys("firm")) == 1
        assert await two.store.tenants() == ["firm"]


async def test_a_lost_master_key_is_not_made_anew(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.keys.current("firm", "subjects")
    (tmp_path / "master.key").unlink()
    async with process(tmp_path) as two:
        for tenant, purpose in NEEDED:
            with pytest.raises(
                KeysUnavailable, match=r"there is no master key in the file .* with fingerprint [0-9a-f]{16}"
            ):
                await two.keys.current(tenant, purpose)
    assert "master.key" not in names_in(tmp_path)


async def test_keys_in_memory_go_on_working_under_a_new_master_key(tmp_path: Path) -> None:
    async with process(tmp_path) as one, process(tmp_path, FilePlace(tmp_path / "new.key")) as two:
        before = await one.keys.current("firm", "subjects")
        (row,) = await one.store.data_keys("firm")
        master = await two.master.made()
        await one.store.rewrap([replace(row, master=master.fingerprint, wrapped=b"under the new one")])
        one.clock.now += CURRENT_SECONDS + 1
        assert (await one.keys.current("firm", "subjects")).key.reveal() == before.key.reveal()
        with pytest.raises(KeysUnavailable, match="another master key"):
            await one.keys.current("other", "subjects")


async def test_a_key_is_not_used_if_the_master_key_changed_while_it_was_added(tmp_path: Path) -> None:
    class ChangedMeanwhile(SqliteKeys):
        async def add_data_key(self, key: DataKeyRow) -> bool:
            (row,) = await self.data_keys("first")
            await self.rewrap([replace(row, master="another")])
            return await super().add_data_key(key)

    async with process(tmp_path) as one:
        await one.keys.current("first", "subjects")
    store = ChangedMeanwhile(tmp_path / "keys.db")
    async with process(tmp_path, through=lambda _: store) as two:
        with pytest.raises(KeysUnavailable, match=r"another master key \(fingerprint another\)"):
            await two.keys.current("second", "subjects")
    await store.close()


@pytest.mark.parametrize(
    ("tenant", "purpose", "version"), [("other", "subjects", 1), ("firm", "signing", 1), ("firm", "subjects", 2)]
)
async def test_a_data_key_that_was_moved_does_not_open(
    tmp_path: Path, tenant: str, purpose: Purpose, version: int
) -> None:
    async with process(tmp_path) as one:
        await one.keys.current("firm", "subjects")
        (row,) = await one.store.data_keys("firm")
        await one.store.add_data_key(replace(row, tenant=tenant, purpose=purpose, version=version))
    async with process(tmp_path) as two:
        with pytest.raises(KeysUnavailable, match="does not open: it was changed, or moved"):
            await two.keys.version(tenant, purpose, version)


async def test_a_row_that_claims_another_fingerprint_does_not_open(tmp_path: Path) -> None:
    wrong = SecretKey(bytes([2]) * 32)
    async with process(tmp_path) as one:
        await one.keys.current("firm", "subjects")
        (row,) = await one.store.data_keys("firm")
        await one.store.rewrap([replace(row, master=fingerprint(wrong))])
    async with process(tmp_path, MemoryPlace(wrong)) as two:
        with pytest.raises(KeysUnavailable, match="a stored key for subjects does not open"):
            await two.keys.current("firm", "subjects")


async def test_a_digest_is_an_hmac_under_the_tenants_own_key(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        digest = await one.keys.digest("firm", b"email:ada@demo.example")
        key = await one.keys.current("firm", "index")
        assert digest == hmac.digest(key.key.reveal(), b"email:ada@demo.example", sha256)
        assert digest != await one.keys.digest("other", b"email:ada@demo.example")
    async with process(tmp_path) as two:
        assert await two.keys.digest("firm", b"email:ada@demo.example") == digest


async def test_no_key_lies_in_clear_in_any_file(tmp_path: Path) -> None:
    async with process(tmp_path, MemoryPlace()) as one:
        keys = [(await one.keys.current("firm", purpose)).key.reveal() for purpose in PURPOSES]
        assert files_with(tmp_path, *keys, *(key.hex().encode() for key in keys)) == []
