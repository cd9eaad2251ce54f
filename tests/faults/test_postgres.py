"""PostgreSQL that is stopped, hangs, crashes under load or is set up wrongly: no acknowledged entry is lost, nobody
waits for long, and what is said is what to put right."""

from collections.abc import Generator
from itertools import count

import anyio
import pytest

from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.audit.verify import verify
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.postgres.failures import WrongDatabase
from talent_mcp.store.postgres.keys import PostgresKeys
from talent_mcp.store.postgres.store import PostgresStore
from tests.faults.rounds import ROUNDS
from tests.postgres import Cluster, own_cluster
from tests.server.store.test_keys import known
from tests.server.store.test_store import entry

pytestmark = pytest.mark.anyio

CALLERS = 16
RESTARTS = max(2, ROUNDS // 3)
SECONDS = 1.0
PATIENT = 30.0
NUMBERS = count()


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with own_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.fresh(f"fault_{next(NUMBERS)}")


async def test_a_stopped_database_is_named_and_works_again_once_it_is_there(cluster: Cluster, url: str) -> None:
    store = PostgresStore(url, seconds=SECONDS)
    await store.append(entry("c1"))
    with cluster.stopped():
        for _ in range(2):
            with anyio.fail_after(SECONDS + 2), pytest.raises(StoreUnavailable, match="is not running, or not there"):
                await store.append(entry("c2"))
        with pytest.raises(StoreUnavailable, match="is not running, or not there"):
            await store.head("default")
    assert (await store.append(entry("c3"))).size == 2
    assert (await store.head("default")).size == 2
    await store.close()


async def test_a_database_that_hangs_is_waited_for_no_longer_than_said(cluster: Cluster, url: str) -> None:
    store, keys = PostgresStore(url, seconds=SECONDS), PostgresKeys(url, seconds=SECONDS)
    await store.append(entry("c1"))
    await keys.tenants()
    with cluster.hung():
        for _ in range(2):
            with anyio.fail_after(SECONDS + 2), pytest.raises(StoreUnavailable, match="does not answer in time"):
                await store.append(entry("c2"))
        with anyio.fail_after(SECONDS + 2), pytest.raises(StoreUnavailable, match="does not answer in time"):
            await keys.join("firm", [known("ada", b"email")])
    await store.append(entry("c3"))
    assert [one.entry.call_id async for one in store.entries("default")] in (["c1", "c3"], ["c1", "c2", "c3"])
    assert (await verify(store, "default")).problem is None
    await store.close()
    await keys.close()


async def test_a_store_closes_while_its_database_hangs(cluster: Cluster, url: str) -> None:
    store = PostgresStore(url, seconds=SECONDS)
    await store.append(entry("c1"))
    with cluster.hung(), anyio.fail_after(3 * SECONDS + 2):
        store.enqueue(entry("c1", "outcome"))
        await store.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_restarts_under_load_lose_nothing_that_was_acknowledged(cluster: Cluster, url: str, mode: str) -> None:
    """With the usual patience no append fails either, as each restart is over within a few seconds."""
    store, acknowledged, over = PostgresStore(url, seconds=PATIENT), dict[int, bytes](), anyio.Event()

    async def call(caller: int) -> None:
        for number in count():
            if over.is_set():
                return
            one = entry(f"c{caller}-{number}", "denied", principal=f"p{caller}")
            size = (await store.append(one)).size
            acknowledged[number * CALLERS + caller] = leaf_hash(one.envelope)
            assert size > 0

    async with anyio.create_task_group() as tasks:
        for caller in range(CALLERS):
            tasks.start_soon(call, caller)
        for _ in range(RESTARTS):
            before = len(acknowledged)
            while len(acknowledged) < before + 5 * CALLERS:
                await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(cluster.stop, mode)
            await anyio.to_thread.run_sync(cluster.start)
        over.set()
    await store.close()
    reader = PostgresStore(url)
    leaves = await reader.leaves("default", 0, 10**9)
    assert len(leaves) == len(set(leaves)) == (await reader.head("default")).size
    assert set(acknowledged.values()) == set(leaves)
    assert (await verify(reader, "default")).problem is None
    await reader.close()


async def test_a_standby_is_not_written_to(cluster: Cluster, url: str) -> None:
    standby, store = cluster.data / "standby.signal", PostgresStore(url, seconds=SECONDS)
    await store.append(entry("c1"))
    cluster.stop()
    standby.touch(mode=0o666)
    cluster.start()
    with pytest.raises(StoreUnavailable, match="is a standby; name the primary in the URL"):
        await store.append(entry("c2"))
    cluster.stop()
    standby.unlink()
    cluster.start()
    assert (await store.append(entry("c3"))).size == 2
    await store.close()


async def test_a_database_that_does_not_sync_is_refused() -> None:
    with own_cluster(fsync="off") as careless:
        store = PostgresStore(careless.fresh("talent"))
        for attempt in (store.require_usable(), store.append(entry("c1"))):
            with pytest.raises(WrongDatabase, match="fsync=off, so a power cut would lose entries; set it to on"):
                await attempt
        await store.close()


async def test_a_setting_of_the_user_does_not_make_commits_less_durable(cluster: Cluster, url: str) -> None:
    cluster.sql("ALTER ROLE talent_server SET synchronous_commit = off")
    store = PostgresStore(url)
    await store.require_usable()
    assert (await store.append(entry("c1"))).size == 1
    await store.close()
    cluster.sql("ALTER ROLE talent_server RESET synchronous_commit")
