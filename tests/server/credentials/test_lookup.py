"""What is remembered of credentials, for whom and how long, and what the store has to say."""

import anyio
import pytest

from talent_mcp.credentials.lookup import STORED_SECONDS, Credentials
from talent_mcp.credentials.references import Reference
from talent_mcp.credentials.sources import Sources
from talent_mcp.credentials.stored import Holder
from talent_mcp.errors import CredentialError
from talent_mcp.identity import Caller
from tests.keyrings import Kept, keyring_in_memory, without_keyring
from tests.server.credentials.stores import MemoryStore
from tests.server.keys.stores import Clock

pytestmark = pytest.mark.anyio

FIRMS = Holder(tenant="firm", vendor="ocean")
ADAS = Holder(tenant="firm", principal="ada", vendor="ocean")


def caller(principal: str = "ada", tenant: str = "firm") -> Caller:
    return Caller(principal=principal, tenant=tenant, transport="test")


def credentials(
    store: MemoryStore,
    configured: str | None = None,
    *,
    clock: Clock | None = None,
    kept: Kept | None = None,
    with_store: bool = True,
    **environment: str,
) -> Credentials:
    keyring = without_keyring() if kept is None else keyring_in_memory(kept)
    sources = Sources(environment, keyring, store)
    return Credentials({"ocean": configured}, sources, with_store=with_store, clock=clock or Clock())


async def served(known: Credentials, by: Caller) -> tuple[str, str, str | None, int | None] | None:
    found = await known.find("ocean", by)
    return None if found is None else (str(found.reference), found.secret.reveal(), found.scope, found.version)


async def test_the_store_comes_after_the_environment_and_before_the_keyring() -> None:
    kept: Kept = {("talent-mcp", "ocean"): "from-the-keyring"}
    store = MemoryStore({FIRMS: "from-the-store"})
    assert await served(credentials(store, kept=kept, OCEAN_API_TOKEN="from-a-variable"), caller()) == (
        "env:OCEAN_API_TOKEN",
        "from-a-variable",
        None,
        None,
    )
    assert store.asked == 0
    assert await served(credentials(store, kept=kept), caller()) == ("store:", "from-the-store", "tenant", 1)
    assert await served(credentials(MemoryStore(), kept=kept), caller()) == ("keyring:", "from-the-keyring", None, None)


async def test_without_a_chosen_master_key_the_store_is_not_asked() -> None:
    store = MemoryStore({FIRMS: "from-the-store"})
    assert await served(credentials(store, with_store=False), caller()) is None
    assert store.asked == 0


async def test_a_store_that_is_named_is_asked_for_that_name() -> None:
    second = Holder(tenant="firm", vendor="ocean", name="second")
    store = MemoryStore({FIRMS: "the-first", second: "the-second"})
    for text, expected in (("store:", "the-first"), ("store:second", "the-second"), ("store:default", "the-first")):
        found = await served(credentials(store, text, with_store=False), caller())
        assert found == (text, expected, "tenant", 1)
    assert await served(credentials(store, "store:third"), caller()) is None


async def test_each_caller_gets_their_own_and_nobody_anothers() -> None:
    known = credentials(MemoryStore({FIRMS: "the-firms", ADAS: "adas-own"}))
    for _ in range(2):
        assert await served(known, caller("ada")) == ("store:", "adas-own", "principal", 1)
        assert await served(known, caller("bob")) == ("store:", "the-firms", "tenant", 1)
        assert await served(known, caller("ada", "other")) is None


async def test_what_everybody_shares_is_looked_up_once_for_all() -> None:
    known = credentials(MemoryStore(), "env:SHARED", SHARED="k-1")
    assert await known.find("ocean", caller("ada")) is await known.find("ocean", caller("bob", "other"))


async def test_a_store_that_cannot_be_used_does_not_give_way_to_the_keyring() -> None:
    store = MemoryStore(problem=CredentialError("the credential store cannot be used: it is locked"))
    with pytest.raises(CredentialError, match="it is locked"):
        await credentials(store, kept={("talent-mcp", "ocean"): "k"}).find("ocean", caller())


async def test_what_another_process_rotated_is_noticed_in_30_seconds() -> None:
    store, clock = MemoryStore({FIRMS: "old"}), Clock()
    known = credentials(store, clock=clock)
    assert await served(known, caller()) == ("store:", "old", "tenant", 1)
    store.values[FIRMS], store.version = "new", 2
    clock.now += STORED_SECONDS
    assert await served(known, caller()) == ("store:", "old", "tenant", 1)
    clock.now += 1
    assert await served(known, caller()) == ("store:", "new", "tenant", 2)
    assert STORED_SECONDS == 30


async def test_what_was_removed_serves_no_longer_than_that() -> None:
    store, clock = MemoryStore({FIRMS: "old"}), Clock()
    known = credentials(store, clock=clock)
    await known.find("ocean", caller())
    store.values.clear()
    clock.now += STORED_SECONDS + 1
    assert await known.find("ocean", caller()) is None


async def test_what_does_not_come_from_the_store_is_not_looked_up_again() -> None:
    kept: Kept = {("talent-mcp", "ocean"): "old"}
    clock = Clock()
    known = credentials(MemoryStore(), "keyring:", kept=kept, clock=clock)
    await known.find("ocean", caller())
    kept["talent-mcp", "ocean"] = "new"
    clock.now += 10_000
    assert await served(known, caller()) == ("keyring:", "old", None, None)


async def test_a_refused_credential_is_forgotten_for_its_caller_and_only_once() -> None:
    store = MemoryStore({FIRMS: "old", ADAS: "adas"})
    known = credentials(store)
    old, adas = await known.find("ocean", caller("bob")), await known.find("ocean", caller("ada"))
    assert old is not None
    store.values[FIRMS] = "new"
    known.forget("ocean", caller("bob"), old)
    assert await served(known, caller("bob")) == ("store:", "new", "tenant", 1)
    known.forget("ocean", caller("bob"), old)
    assert await known.find("ocean", caller("bob")) is await known.find("ocean", caller("bob"))
    assert store.asked == 3
    assert await known.find("ocean", caller("ada")) is adas


async def test_calls_at_once_ask_the_store_once_a_caller() -> None:
    store = MemoryStore({FIRMS: "k"})
    known = credentials(store)
    async with anyio.create_task_group() as group:
        for number in range(64):
            group.start_soon(known.find, "ocean", caller(f"p{number % 2}"))
    assert store.asked == 2


async def test_what_is_stored_and_can_be_no_key_is_refused() -> None:
    with pytest.raises(CredentialError, match="what store: holds is not a key") as failure:
        await credentials(MemoryStore({FIRMS: "canary key"})).find("ocean", caller())
    assert "canary" not in str(failure.value)


async def test_what_is_found_does_not_show_its_value() -> None:
    found = await credentials(MemoryStore({ADAS: "canary-1"})).find("ocean", caller())
    assert found is not None
    assert repr(found) == (
        "FoundCredential(reference=Reference(scheme='store', place=''), secret=Secret(...), "
        "scope='principal', version=1)"
    )
    assert found.reference == Reference("store", "")
