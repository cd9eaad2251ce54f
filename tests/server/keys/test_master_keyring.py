"""A master key in the keyring: its own entry, made once, and only in a keyring that keeps it safe."""

import traceback
from pathlib import Path

import anyio
import pytest
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from talent_mcp.credentials.keyring_store import KeyringStore, checked_backend
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master
from talent_mcp.keys.master_keyring import KeyringPlace
from tests.keyrings import Kept, MemoryKeyring, keyring_in_memory, without_keyring
from tests.server.credentials.test_keyring_store import PlaintextKeyring, built

pytestmark = pytest.mark.anyio


def place(kept: Kept, home: Path, name: str = "") -> KeyringPlace:
    return KeyringPlace(keyring_in_memory(kept), name, home / "master.lock")


async def test_it_is_made_under_a_name_of_its_own(tmp_path: Path) -> None:
    kept: Kept = {}
    first = await Master(place(kept, tmp_path)).made()
    second = await Master(place(kept, tmp_path, "2027")).made()
    assert {user: bytes.fromhex(value) for user, value in kept.items()} == {
        ("talent-mcp", "master-key"): first.key.reveal(),
        ("talent-mcp", "master-key:2027"): second.key.reveal(),
    }
    assert first.fingerprint != second.fingerprint
    assert "service talent-mcp, user master-key:2027" in place(kept, tmp_path, "2027").name


async def test_one_that_is_there_is_used_and_left_alone(tmp_path: Path) -> None:
    kept: Kept = {("talent-mcp", "master-key"): "c0" * 32}
    await place(kept, tmp_path).make()
    assert (await Master(place(kept, tmp_path)).made()).key.reveal() == b"\xc0" * 32
    assert kept == {("talent-mcp", "master-key"): "c0" * 32}


async def test_those_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    kept: Kept = {}
    found: set[str] = set()

    async def make() -> None:
        found.add((await Master(place(kept, tmp_path / "home")).made()).fingerprint)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(make)
    assert len(found) == 1


async def test_an_entry_that_is_something_else_is_refused_and_not_repeated(tmp_path: Path) -> None:
    kept: Kept = {("talent-mcp", "master-key"): "canary-\ud800"}
    with pytest.raises(KeysUnavailable, match="holds is no master key") as failure:
        await place(kept, tmp_path).read()
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=False).format())
    assert "canary-" not in whole


@pytest.mark.parametrize(
    "backend", [PlaintextKeyring(), built(FailKeyring), built(NullKeyring)], ids=lambda b: type(b).__module__
)
async def test_a_keyring_that_keeps_no_key_safe_is_refused(backend: MemoryKeyring, tmp_path: Path) -> None:
    unsafe = KeyringPlace(KeyringStore(lambda: checked_backend(backend)), "", tmp_path / "master.lock")
    for attempt in (unsafe.read, unsafe.make):
        with pytest.raises(KeysUnavailable, match="no keyring that keeps a key safe"):
            await attempt()


async def test_a_machine_without_a_keyring_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match="no keyring that keeps a key safe"):
        await Master(KeyringPlace(without_keyring(), "", tmp_path / "master.lock")).made()


async def test_a_folder_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysUnavailable, match="cannot be made"):
        await place({}, tmp_path / "file" / "home").make()
