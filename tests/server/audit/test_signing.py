"""The key of a log: one for each, and a signature only of a log that is whole, and once that is recorded."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from talent_mcp.audit.checkpoints import open_checkpoint
from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.audit.notes import VerifierKey
from talent_mcp.audit.signing import NotWhole, log_key, write_checkpoint
from talent_mcp.audit.verify import verify
from talent_mcp.credentials.secret import SecretKey
from talent_mcp.keys.data_keys import DataKey
from talent_mcp.store.keys import Purpose
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.calls import calls_in
from tests.server.audit.keys import MadeUpKeys
from tests.server.audit.test_verify import log_of_nine, tamper

pytestmark = pytest.mark.anyio

TENANT = "default"


class OtherKeys(MadeUpKeys):
    """Those of another installation."""

    async def current(self, tenant: str, purpose: Purpose) -> DataKey:
        return DataKey(1, SecretKey(bytes(32)))


async def test_a_log_has_one_key_and_no_two_logs_share_an_origin() -> None:
    keys = MadeUpKeys()
    key = (await log_key(keys, TENANT)).verifier
    assert (await log_key(keys, TENANT)).verifier == key
    others = [await log_key(keys, "other"), await log_key(OtherKeys(), TENANT)]
    assert len({key.name, *(other.verifier.name for other in others)}) == 3


async def test_any_name_of_a_tenant_gives_a_key_that_can_be_written_down() -> None:
    key = (await log_key(MadeUpKeys(), "Muster + Söhne/Zürich\n")).verifier
    assert VerifierKey.parse(str(key)) == key


async def test_a_checkpoint_is_of_the_entries_before_the_one_that_records_it(tmp_path: Path) -> None:
    keys = MadeUpKeys()
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        before = await calls.store.head(TENANT)
        note = await write_checkpoint(calls.store, keys, TENANT, by="ada", clock=lambda: 0.0)
        signed = open_checkpoint(note, (await log_key(keys, TENANT)).verifier)
        assert (signed.size, signed.root) == (before.size, before.root)
        (entry,) = [stored async for stored in calls.store.entries(TENANT, start=before.size)]
        said = entry.envelope
        assert (said["type"], said["size"], said["root"]) == ("checkpoint", before.size, before.root.hex())
        assert (said["principal"], said["time"]) == ("ada", "1970-01-01T00:00:00.000+00:00")
        assert (await verify(calls.store, TENANT)).problem is None


async def test_nothing_is_signed_or_recorded_of_a_log_that_is_not_whole(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "UPDATE entries SET envelope = replace(envelope, '\"x\"', '\"y\"') WHERE idx = 4")
    store = SqliteStore(path)
    with pytest.raises(NotWhole, match="entry 4 is not the one"):
        await write_checkpoint(store, MadeUpKeys(), TENANT, by="ada")
    assert (await store.head(TENANT)).size == 9
    await store.close()


async def test_the_first_checkpoint_may_be_of_an_empty_log(tmp_path: Path) -> None:
    store, keys = SqliteStore(tmp_path / "audit.db"), MadeUpKeys()
    note = await write_checkpoint(store, keys, TENANT, by="ada")
    assert open_checkpoint(note, (await log_key(keys, TENANT)).verifier).size == 0
    await store.append(write_entry(tenant=TENANT, call_id="c", type_="denied", at=1, fields={}))
    assert (await store.head(TENANT)).size == 2
    await store.close()


def claim(size: int, root: bytes | str) -> Entry:
    fields: dict[str, JsonValue] = {"size": size, "root": root if isinstance(root, str) else root.hex()}
    return write_entry(tenant=TENANT, type_="checkpoint", at=1, fields=fields)


@pytest.mark.parametrize("entries_between", [0, 3, 5000])
async def test_checkpoints_that_the_log_tells_of_are_compared(tmp_path: Path, entries_between: int) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        head = await calls.store.head(TENANT)
        for number in range(entries_between):
            calls.store.enqueue(write_entry(tenant=TENANT, call_id=f"x{number}", type_="denied", at=1, fields={}))
        await calls.store.append(claim(head.size, head.root))
        await calls.whole("found")
        assert (await verify(calls.store, TENANT)).problem is None
        index = (await calls.store.append(claim(head.size, bytes(32)))).size - 1
        problem = (await verify(calls.store, TENANT)).problem
        assert (
            problem
            == f"the first 2 entries are not those of the checkpoint that entry {index} tells of: one was changed"
        )


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (claim(9, bytes(32)), "entry 3 is missing: the checkpoint that entry 2 tells of has 9 entries"),
        (
            claim(0, bytes(32)),
            "the first 0 entries are not those of the checkpoint that entry 2 tells of: one was changed",
        ),
        (claim(1, "no root"), "entry 2 cannot be read"),
        (write_entry(tenant=TENANT, type_="checkpoint", at=1, fields={}), "entry 2 cannot be read"),
    ],
)
async def test_a_checkpoint_that_cannot_be_is_found(tmp_path: Path, entry: Entry, problem: str) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        await calls.store.append(entry)
        assert (await verify(calls.store, TENANT)).problem == problem
