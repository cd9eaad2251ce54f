"""Keys are replaced while others use them; killed at any step, nothing is lost and a second run finishes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.errors import CredentialError, KeysUnavailable
from talent_mcp.keys.data_keys import CURRENT_SECONDS
from talent_mcp.keys.master import Master
from talent_mcp.keys.master_files import FilePlace
from talent_mcp.keys.rekey import NOTICE_SECONDS, Renewal, Renewed, rewrap_all
from talent_mcp.keys.sealing import new_key
from talent_mcp.keys.subject_keys import unwrap_subject, wrap_subject
from talent_mcp.store.keys import Alias, DataKeyRow, Known, Purpose
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.server.keys.places import MemoryPlace
from tests.server.keys.stores import Clock, Killed, Process, dying, process

pytestmark = pytest.mark.anyio

LATER = 90_000.0
"""Long after the keys of these tests were made."""
HOLDERS = [
    Holder(tenant=tenant, principal=principal, vendor=vendor)
    for tenant in ("firm", "other")
    for principal in ("", "ada")
    for vendor in ("ocean", "jarvi")
]
PEOPLE = 5
STEPS = 4 + 2 * 2 + 2 * 3 + 4
"""Changes of a whole run in pages of 2: new keys, credentials, people, old keys."""
EVERYTHING = Renewed(sealed=2 * PEOPLE + len(HOLDERS), removed=4)


def value(holder: Holder) -> str:
    return f"key of {holder.tenant}-{holder.principal}-{holder.vendor}".replace(" ", "-")


def email(number: int) -> list[Alias]:
    return [Alias(b"%d" % number, identifies=True)]


async def fill(one: Process) -> dict[str, bytes]:
    """Put credentials and people in; the keys of these people by their names."""
    for holder in HOLDERS:
        await one.vault.put(holder, Secret(value(holder)))
    return {name: key for tenant in ("firm", "other") for name, key in (await people(one, tenant)).items()}


async def people(one: Process, tenant: str) -> dict[str, bytes]:
    under = await one.keys.current(tenant, "subjects")
    made: dict[str, bytes] = {}
    for number in range(PEOPLE):
        key, name = new_key(), f"{tenant}-{number}"
        row = wrap_subject(under, key, tenant, name, one.clock())
        await one.store.join(tenant, [Known(email(number), row)])
        made[name] = key.reveal()
    return made


async def opened_people(one: Process) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for tenant in ("firm", "other"):
        for number in range(PEOPLE):
            for row in await one.store.person(tenant, email(number)):
                under = await one.keys.version(tenant, "subjects", row.key_version)
                found[row.subject] = unwrap_subject(under, row).reveal()
    return found


async def opened_credentials(one: Process) -> dict[Holder, str]:
    found = {holder: await one.vault.find(holder) for holder in HOLDERS}
    return {holder: stored.secret.reveal() for holder, stored in found.items() if stored is not None}


async def require_everything(one: Process, keys: dict[str, bytes]) -> None:
    assert await opened_credentials(one) == {holder: value(holder) for holder in HOLDERS}
    assert await opened_people(one) == keys


async def versions(one: Process) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for tenant in await one.store.tenants():
        for row in await one.store.data_keys(tenant):
            found.setdefault((tenant, row.purpose), []).append(row.version)
    return found


def renewal(one: Process, page: int = 2) -> Renewal:
    return Renewal(one.store, one.keys, wait=one.clock.wait, page=page, clock=one.clock)


async def test_new_data_keys_take_the_place_of_the_old_and_everything_opens(tmp_path: Path) -> None:
    async with process(tmp_path) as server, process(tmp_path) as operator:
        keys = await fill(server)
        before = await server.keys.current("firm", "index")
        assert await renewal(operator).run() == EVERYTHING
        assert await versions(operator) == {
            ("firm", "credentials"): [2],
            ("firm", "index"): [1],
            ("firm", "subjects"): [2],
            ("other", "credentials"): [2],
            ("other", "subjects"): [2],
        }
        for each in (server, operator):
            await require_everything(each, keys)
        after = await server.keys.current("firm", "index")
        assert (after.version, after.key.reveal()) == (before.version, before.key.reveal())
        async with process(tmp_path) as newcomer:
            await require_everything(newcomer, keys)


async def test_a_store_without_keys_has_none_to_renew(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        assert await renewal(one).run() == Renewed(sealed=0, removed=0)
        assert await versions(one) == {}


async def test_old_versions_of_credentials_are_sealed_anew_too(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        holder = HOLDERS[0]
        for number in range(5):
            await one.vault.put(holder, Secret(f"key-{number}"))
        assert await renewal(one).run() == Renewed(sealed=5, removed=1)
        rows = await one.store.credentials(holder.tenant)
        assert [(row.version, row.state, row.key_version) for row in rows] == [
            *((number, "retired", 2) for number in range(1, 5)),
            (5, "active", 2),
        ]


async def test_nothing_is_removed_before_every_process_has_noticed(tmp_path: Path) -> None:
    waited: list[float] = []

    async with process(tmp_path) as server, process(tmp_path) as operator:
        await fill(server)

        async def wait(seconds: float) -> None:
            waited.append(seconds)
            assert set(map(tuple, (await versions(operator)).values())) == {(1, 2)}
            assert {row.key_version for row in await operator.store.credentials("firm")} == {1}

        await Renewal(operator.store, operator.keys, wait=wait, clock=operator.clock).run()
    assert waited == [NOTICE_SECONDS]
    assert NOTICE_SECONDS > CURRENT_SECONDS


async def test_a_run_that_goes_on_waits_only_for_what_is_left(tmp_path: Path) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    for later, expected in ((40.0, 5.0), (90.0, 0.0), (-90.0, NOTICE_SECONDS)):
        home = tmp_path / str(later)
        async with process(home, MemoryPlace()) as one:
            await one.keys.current("firm", "subjects")
            await one.keys.add_version("firm", "subjects", 2)
            one.clock.now += later
            await Renewal(one.store, one.keys, wait=wait, clock=one.clock).run()
            assert waited.pop() == expected


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_any_change_nothing_is_lost_and_a_second_run_finishes(tmp_path: Path, after: bool) -> None:
    for at in range(1_000):
        home = tmp_path / str(at)
        async with process(home) as server:
            keys = await fill(server)
            killed = await killed_at(home, at, after=after)
            async with process(home) as newcomer:
                await require_everything(newcomer, keys)
                await require_everything(server, keys)
            async with process(home, clock=Clock(LATER)) as operator:
                await renewal(operator).run()
                # A run that was killed after its last change was finished; the second is one more.
                was_finished = not killed or (at == STEPS - 1 and after)
                assert {*map(tuple, (await versions(operator)).values())} == {(3,) if was_finished else (2,)}
                await require_everything(operator, keys)
            await require_everything(server, keys)
        if not killed:
            assert at == STEPS
            return
    raise AssertionError("it never came to its end")


async def killed_at(home: Path, at: int, *, after: bool) -> bool:
    async with process(home, clock=Clock(LATER), through=dying(at, after=after)) as operator:
        try:
            await renewal(operator).run()
        except Killed:
            return True
    return False


async def test_what_is_written_meanwhile_is_sealed_anew_too(tmp_path: Path) -> None:
    """By a process that is late: it began before it could notice the new key, and wrote after the others."""
    late = Holder(tenant="firm", vendor="stardex")
    async with process(tmp_path) as server, process(tmp_path) as operator:
        keys = await fill(server)

        async def wait(seconds: float) -> None:
            await server.vault.put(late, Secret("a-late-one"))

        assert await Renewal(operator.store, operator.keys, wait=wait, clock=operator.clock).run() == replace(
            EVERYTHING, sealed=EVERYTHING.sealed + 1
        )
        await require_everything(operator, keys)
        stored = await operator.vault.find(late)
        assert stored is not None
        assert stored.secret.reveal() == "a-late-one"


async def test_a_process_that_slept_through_it_is_refused_and_then_goes_on(tmp_path: Path) -> None:
    late = Holder(tenant="firm", vendor="stardex")
    async with process(tmp_path) as server, process(tmp_path) as operator:
        await fill(server)
        await renewal(operator).run()
        with pytest.raises(CredentialError, match="the database refuses the write"):
            await server.vault.put(late, Secret("a-late-one"))
        server.clock.now += CURRENT_SECONDS + 1
        await server.vault.put(late, Secret("a-late-one"))
        async with process(tmp_path) as newcomer:
            assert await newcomer.vault.find(late) is not None


async def test_what_does_not_open_stops_it_before_its_key_is_removed(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await fill(one)
        (row, *_) = await one.store.credentials("firm")
        await one.store.reseal_credentials([replace(row, sealed=b"\x01damaged")])
        with pytest.raises(CredentialError, match="does not open"):
            await renewal(one).run()
        assert (await versions(one))["firm", "credentials"] == [1, 2]


class AlwaysInUse(SqliteKeys):
    """Never lets go of a key."""

    async def remove_data_key(self, tenant: str, purpose: Purpose, version: int) -> bool:
        return False


async def test_a_key_that_something_always_needs_stays(tmp_path: Path) -> None:
    store = AlwaysInUse(tmp_path / "keys.db")
    async with process(tmp_path, through=lambda _: store) as one:
        await fill(one)
        with pytest.raises(KeysUnavailable, match="run this again"):
            await renewal(one).run()
    await store.close()


async def test_a_new_master_key_opens_everything_and_servers_go_on(tmp_path: Path) -> None:
    new = FilePlace(tmp_path / "new.key")
    async with process(tmp_path) as server, process(tmp_path) as operator:
        keys = await fill(server)
        old, target = await operator.master.made(), await Master(new).made()
        assert await rewrap_all(operator.store, [old], target) == 4
        assert await rewrap_all(operator.store, [old], target) == 0
        await require_everything(server, keys)
        async with process(tmp_path, new) as newcomer:
            await require_everything(newcomer, keys)
        async with process(tmp_path) as outdated:
            with pytest.raises(CredentialError, match=rf"another master key \(fingerprint {target.fingerprint}\)"):
                await outdated.vault.find(HOLDERS[0])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_while_wrapping_anew_one_of_the_two_master_keys_opens_everything(
    tmp_path: Path, after: bool
) -> None:
    new = FilePlace(tmp_path / "new.key")
    async with process(tmp_path) as server, process(tmp_path, through=dying(0, after=after)) as operator:
        keys = await fill(server)
        old, target = await operator.master.made(), await Master(new).made()
        with pytest.raises(Killed):
            await rewrap_all(operator.store, [old], target)
        async with process(tmp_path, new if after else None) as newcomer:
            await require_everything(newcomer, keys)
        assert await rewrap_all(server.store, [old], target) == (0 if after else 4)
        async with process(tmp_path, new) as newcomer:
            await require_everything(newcomer, keys)


class AddingMeanwhile(SqliteKeys):
    """Another process adds a key just before the first change."""

    def __init__(self, path: Path, server: Process) -> None:
        super().__init__(path)
        self.server = server

    async def rewrap(self, keys: Sequence[DataKeyRow]) -> None:
        await self.server.keys.current("late", "subjects")
        await super().rewrap(keys)


async def test_keys_that_are_added_meanwhile_get_the_new_master_key_too(tmp_path: Path) -> None:
    async with process(tmp_path) as server:
        await fill(server)
        store, target = AddingMeanwhile(tmp_path / "keys.db", server), await Master(MemoryPlace(new_key())).made()
        assert await rewrap_all(store, [await server.master.made()], target) == 5
        await store.close()


async def test_a_third_master_key_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    async with process(tmp_path) as one:
        await fill(one)
        (row, *_) = await one.store.data_keys("firm")
        await one.store.rewrap([replace(row, master="a third")])
        before = [await one.store.data_keys(tenant) for tenant in ("firm", "other")]
        with pytest.raises(KeysUnavailable, match=r"a master key that is not here \(fingerprint a third\)"):
            await rewrap_all(one.store, [await one.master.made()], await Master(MemoryPlace()).made())
        assert [await one.store.data_keys(tenant) for tenant in ("firm", "other")] == before


async def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    async with process(tmp_path) as one, process(tmp_path) as two, process(tmp_path) as server:
        keys = await fill(server)

        async def wait(seconds: float) -> None:
            await renewal(two).run()

        await Renewal(one.store, one.keys, wait=wait, page=2, clock=one.clock).run()
        async with process(tmp_path) as newcomer:
            await require_everything(newcomer, keys)
