"""Whatever is wrong with PostgreSQL: no vendor is asked anything without a durable intent."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from talent_mcp.app import House, open_house
from talent_mcp.store.postgres.store import PostgresStore
from tests.faults.test_fail_closed import CALLS, Vendors, told
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient
from tests.postgres import PASSWORD, Cluster, own_cluster

pytestmark = pytest.mark.anyio

SECONDS = 0.5
NUMBERS = count()
CANARY = "canary-person@ledgerloop.example"


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with own_cluster() as running:
        yield running


@asynccontextmanager
async def serving(home: Path, url: str, vendors: Vendors) -> AsyncGenerator[tuple[JudgedClient, House]]:
    settings = settings_in(home, database_url=SecretStr(url))
    store = PostgresStore(url, seconds=SECONDS)
    async with (
        open_house(settings, KEYS, transport=httpx2.MockTransport(vendors), store=store) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield client, house


@contextmanager
def restarting(cluster: Cluster) -> Generator[None]:
    """Connections that are there are cut, and the next ones are refused."""
    cluster.stop("immediate")
    try:
        yield
    finally:
        cluster.start()


GONE, SLOW = "is not running, or not there", "does not answer in time"
TROUBLES: dict[str, tuple[Callable[[Cluster], AbstractContextManager[None]], tuple[str, ...]]] = {
    "stopped": (Cluster.stopped, (GONE,)),
    "hung": (Cluster.hung, (SLOW,)),
    # On a busy machine the time may be over before it is noticed that a connection was cut.
    "crashed": (restarting, (GONE, SLOW)),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_nothing_leaves_without_a_durable_intent_and_the_same_call_works_again(
    tmp_path: Path, cluster: Cluster, trouble: str
) -> None:
    happens, words = TROUBLES[trouble]
    vendors = Vendors()
    async with serving(tmp_path, cluster.fresh(f"closed_{next(NUMBERS)}"), vendors) as (client, house):
        for number, tool in enumerate(CALLS, 1):
            await told(client, tool)
            assert len(vendors.requests) == number
        vendors.requests.clear()
        with happens(cluster):
            texts = [await told(client, tool) for tool in CALLS]
        assert vendors.requests == []
        for text in texts:
            assert any(one in text for one in words)
            assert "nothing was sent" in text
            assert PASSWORD not in text
        await told(client, "search_people")
        assert len(vendors.requests) == 1
        recorded = [one.envelope async for one in house.store.entries("default")]
    assert [entry["tool"] for entry in recorded if entry["type"] == "denied"] == [*CALLS]


async def test_the_files_of_the_database_hold_nobody_and_no_key(tmp_path: Path, cluster: Cluster) -> None:
    async with serving(tmp_path, cluster.fresh(f"closed_{next(NUMBERS)}"), Vendors()) as (client, _):
        result = await client.call_tool("enrich_person", {"person": {"email": CANARY}})
        assert result.is_error
    cluster.sql("CHECKPOINT")
    content = [path.read_bytes() for path in cluster.data.rglob("*") if path.is_file()]
    assert any(b"enrich_person" in each for each in content)
    for secret in (CANARY, *KEYS.values()):
        assert not any(secret.encode() in each for each in content)
