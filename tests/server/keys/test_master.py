"""A master key is read once, made only when asked to, and known by a fingerprint that tells nothing of it."""

import anyio
import pytest

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master, fingerprint
from tests.server.keys.places import MemoryPlace

pytestmark = pytest.mark.anyio


async def test_it_is_read_once() -> None:
    place = MemoryPlace(SecretKey(bytes(32)))
    master = Master(place)
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(master.existing)
    assert await master.existing() is await master.made()
    assert place.read_times == 1


async def test_it_is_made_only_for_who_asks_for_that() -> None:
    place = MemoryPlace()
    master = Master(place)
    assert await master.existing() is None
    assert place.key is None
    made = await master.made()
    assert place.key is not None
    assert made.key is place.key
    assert await master.existing() is made


async def test_one_that_its_place_does_not_keep_is_not_used() -> None:
    class Forgetful(MemoryPlace):
        async def make(self) -> None:
            pass

    with pytest.raises(KeysUnavailable, match="a place of this test does not keep the master key"):
        await Master(Forgetful()).made()


async def test_a_place_that_fails_is_asked_again() -> None:
    place = MemoryPlace(SecretKey(bytes(32)), problem="it is locked")
    master = Master(place)
    with pytest.raises(KeysUnavailable, match="it is locked"):
        await master.existing()
    place.problem = None
    assert await master.existing() is not None


def test_a_fingerprint_is_short_the_same_each_time_and_does_not_hold_the_key() -> None:
    key = SecretKey(bytes(range(32)))
    assert fingerprint(key) == fingerprint(SecretKey(bytes(range(32)))) == "0c37cebd789d2dc9"
    assert fingerprint(key) != fingerprint(SecretKey(bytes(32)))
    assert fingerprint(key) not in key.reveal().hex()
