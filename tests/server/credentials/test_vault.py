"""The credential store: whose key serves, that a moved row opens nowhere, and that no file holds a key."""

from dataclasses import replace
from pathlib import Path

import anyio
import apsw
import pytest

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.credentials.vault import Listed, StoredCredential
from talent_mcp.errors import CredentialError, StoreUnavailable
from talent_mcp.store.keys import CredentialRow
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.rows import rows_of
from tests.server.keys.places import MemoryPlace, files_with
from tests.server.keys.stores import Process, process

pytestmark = pytest.mark.anyio

CANARY = "canary-9d27c1e4b8"
TENANTS = Holder(tenant="firm", vendor="ocean")
ADAS = replace(TENANTS, principal="ada")


async def found(one: Process, holder: Holder) -> tuple[str, str, int] | None:
    stored = await one.vault.find(holder)
    return None if stored is None else (stored.secret.reveal(), stored.scope, stored.version)


async def test_what_is_put_is_found_by_another_process(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        assert await one.vault.find(TENANTS) is None
        assert await one.vault.put(TENANTS, Secret("k-1")) == 1
    async with process(tmp_path) as two:
        assert await found(two, TENANTS) == ("k-1", "tenant", 1)


async def test_a_principals_own_comes_before_the_tenants(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret("the-firms"))
        assert await found(one, ADAS) == ("the-firms", "tenant", 1)
        await one.vault.put(ADAS, Secret("adas-own"))
        assert await found(one, ADAS) == ("adas-own", "principal", 1)
        assert await found(one, TENANTS) == ("the-firms", "tenant", 1)
        assert await found(one, replace(TENANTS, principal="bob")) == ("the-firms", "tenant", 1)
        await one.vault.remove(ADAS)
        assert await found(one, ADAS) == ("the-firms", "tenant", 1)


@pytest.mark.parametrize(
    "holder",
    [
        replace(TENANTS, tenant="other"),
        replace(TENANTS, vendor="jarvi"),
        replace(TENANTS, name="second"),
        replace(ADAS, tenant="other"),
    ],
    ids=["tenant", "vendor", "name", "principal of another tenant"],
)
async def test_nobody_elses_credential_is_found(tmp_path: Path, holder: Holder) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret("k-1"))
        await one.vault.put(ADAS, Secret("k-2"))
        assert await one.vault.find(holder) is None


async def test_the_newest_version_serves_and_the_earlier_ones_are_retired(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        for number in (1, 2, 3):
            assert await one.vault.put(TENANTS, Secret(f"k-{number}")) == number
            one.clock.now += 1
        assert await found(one, TENANTS) == ("k-3", "tenant", 3)
        assert await one.vault.listed("firm") == [
            Listed(holder=TENANTS, version=1, state="retired", key_version=1, created_at=1_000.0),
            Listed(holder=TENANTS, version=2, state="retired", key_version=1, created_at=1_001.0),
            Listed(holder=TENANTS, version=3, state="active", key_version=1, created_at=1_002.0),
        ]
        assert await one.vault.listed("other") == []


async def test_removing_takes_all_versions(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        for number in (1, 2):
            await one.vault.put(TENANTS, Secret(f"k-{number}"))
        assert await one.vault.remove(TENANTS) == 2
        assert await one.vault.remove(TENANTS) == 0
        assert await one.vault.find(TENANTS) is None


async def test_processes_that_put_at_once_each_get_a_version(tmp_path: Path) -> None:
    versions: list[int] = []

    async def put(number: int) -> None:
        async with process(tmp_path) as one:
            versions.append(await one.vault.put(TENANTS, Secret(f"k-{number}")))

    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(put, number)
    assert sorted(versions) == [1, 2, 3]
    async with process(tmp_path) as one:
        assert await found(one, TENANTS) is not None
        assert [each.state for each in await one.vault.listed("firm")] == ["retired", "retired", "active"]


class Overtaking(SqliteKeys):
    """Another process is always quicker."""

    async def add_credential(self, row: CredentialRow) -> None:
        await super().add_credential(row)
        raise StoreUnavailable("the database refuses the write")


async def test_who_is_always_overtaken_is_told_so(tmp_path: Path) -> None:
    store = Overtaking(tmp_path / "keys.db")
    async with process(tmp_path, through=lambda _: store) as one:
        with pytest.raises(CredentialError, match="another process keeps changing this credential"):
            await one.vault.put(TENANTS, Secret("k-1"))
    await store.close()


def edited(home: Path, sql: str, *values: str | int) -> None:
    """Change the file behind the server's back."""
    database = apsw.Connection(str(home / "keys.db"))
    rows_of(database, sql, *values)
    assert database.changes() > 0
    database.close()


MOVES = {
    "tenant": replace(TENANTS, tenant="other"),
    "principal": replace(TENANTS, principal="ada"),
    "vendor": replace(TENANTS, vendor="jarvi"),
    "name": replace(TENANTS, name="second"),
    "version": TENANTS,
    "key_version": TENANTS,
}
VALUES: dict[str, str | int] = {
    "tenant": "other",
    "principal": "ada",
    "vendor": "jarvi",
    "name": "second",
    "version": 2,
    "key_version": 2,
}


async def refused(home: Path, holder: Holder) -> str:
    async with process(home) as two:
        with pytest.raises(CredentialError) as refusal:
            await two.vault.find(holder)
    assert CANARY not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("column", MOVES)
async def test_a_row_that_was_moved_does_not_open(tmp_path: Path, column: str) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret(CANARY))
        await one.vault.prepare("other")
        await one.keys.add_version("firm", "credentials", 2)
    edited(tmp_path, f"UPDATE credentials SET {column} = ? WHERE tenant = 'firm'", VALUES[column])  # noqa: S608  # a name of ours
    assert "the stored" in (said := await refused(tmp_path, MOVES[column]))
    assert "credential does not open: it was changed, or moved from where it was sealed" in said


async def test_a_row_that_was_moved_to_a_tenant_with_its_key_does_not_open(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret(CANARY))
    for table in ("credentials", "data_keys"):
        edited(tmp_path, f"UPDATE {table} SET tenant = 'other'")  # noqa: S608  # a name of ours
    said = await refused(tmp_path, replace(TENANTS, tenant="other"))
    assert "a stored key for credentials does not open: it was changed, or moved" in said


@pytest.mark.parametrize("column", ["tenant", "principal", "vendor", "name"])
async def test_two_rows_that_were_exchanged_do_not_open(tmp_path: Path, column: str) -> None:
    async with process(tmp_path) as one:
        for holder in (TENANTS, MOVES[column]):
            await one.vault.put(holder, Secret(CANARY))
        rows = [row for tenant in ("firm", "other") for row in await one.store.credentials(tenant)]
        first, second = rows
        await one.store.reseal_credentials([replace(first, sealed=second.sealed), replace(second, sealed=first.sealed)])
    for holder in (TENANTS, MOVES[column]):
        assert "does not open" in await refused(tmp_path, holder)


async def test_an_own_credential_that_does_not_open_does_not_give_way_to_the_tenants(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret("the-firms"))
        await one.vault.put(ADAS, Secret(CANARY))
    edited(tmp_path, "UPDATE credentials SET sealed = x'01' WHERE principal = 'ada'")
    assert "does not open" in await refused(tmp_path, ADAS)


async def test_an_older_version_that_is_called_active_too_does_not_serve_as_the_newer(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        for number in (1, 2):
            await one.vault.put(TENANTS, Secret(f"k-{number}"))
    edited(tmp_path, "UPDATE credentials SET state = 'active'")
    async with process(tmp_path) as two:
        assert await found(two, TENANTS) == ("k-2", "tenant", 2)


async def test_another_master_key_is_named(tmp_path: Path) -> None:
    async with process(tmp_path, MemoryPlace()) as one:
        await one.vault.put(TENANTS, Secret(CANARY))
        master = await one.master.made()
    async with process(tmp_path, MemoryPlace()) as two:
        with pytest.raises(CredentialError, match="the credential store cannot be used: there is no master key"):
            await two.vault.find(TENANTS)
        await two.master.made()
        for attempt in (two.vault.find(TENANTS), two.vault.put(TENANTS, Secret("k")), two.vault.prepare("new")):
            with pytest.raises(CredentialError, match=rf"another master key \(fingerprint {master.fingerprint}\)"):
                await attempt
        assert len(await two.vault.listed("firm")) == 1


async def test_a_store_that_cannot_be_used_is_said_to_be_so_by_every_method(tmp_path: Path) -> None:
    (tmp_path / "keys.db").mkdir()
    async with process(tmp_path) as one:
        attempts = [
            one.vault.find(TENANTS),
            one.vault.put(TENANTS, Secret(CANARY)),
            one.vault.prepare("firm"),
            one.vault.listed("firm"),
            one.vault.remove(TENANTS),
        ]
        for attempt in attempts:
            with pytest.raises(CredentialError, match="the credential store cannot be used: its file cannot be opened"):
                await attempt


class RenewedMeanwhile(SqliteKeys):
    """Gives rows as they were before they were sealed anew and their key removed, as often as is said."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__(path)
        self.times = times

    async def credentials(self, tenant: str) -> list[CredentialRow]:
        self.times -= 1
        rows = await super().credentials(tenant)
        return [replace(row, key_version=9) for row in rows] if self.times >= 0 else rows


@pytest.mark.parametrize("times", [1, 3])
async def test_a_key_that_is_replaced_between_two_looks_is_found(tmp_path: Path, times: int) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret("k-1"))
    store = RenewedMeanwhile(tmp_path / "keys.db", times)
    async with process(tmp_path, through=lambda _: store) as two:
        assert await found(two, TENANTS) == ("k-1", "tenant", 1)
    await store.close()


async def test_a_key_that_is_nowhere_is_said_to_be_missing(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await one.vault.put(TENANTS, Secret("k-1"))
    edited(tmp_path, "UPDATE credentials SET key_version = 7")
    assert await refused(tmp_path, TENANTS) == "the key that this credential was sealed with is not there"


async def test_no_file_holds_a_key_in_clear_and_nothing_shows_it(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        for holder in (TENANTS, ADAS):
            await one.vault.put(holder, Secret(CANARY))
        stored = await one.vault.find(ADAS)
        assert isinstance(stored, StoredCredential)
        assert CANARY not in repr([stored, await one.vault.listed("firm"), await one.store.credentials("firm")])
        assert files_with(tmp_path, CANARY.encode(), CANARY.encode().hex().encode()) == []
    assert files_with(tmp_path, CANARY.encode()) == []
