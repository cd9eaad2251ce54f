"""The watch, in virtual time: when it looks, whom it tells, and that it rests when nobody waits."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mcp import MCPError

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.audit.lineage import Lineage, unsettled
from talent_mcp.audit.log import CallRecord
from talent_mcp.background import background_work
from talent_mcp.errors import StoreUnavailable
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Head, Store
from talent_mcp.subscriptions.watch import MOST, MOST_OF_ONE, TELL_SECONDS, Subscriber, Watch
from tests.server.audit.calls import ADA, BEN, Calls
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

SECONDS = 3.0
HOUR = 3_600.0
URI = "talent://calls/c"


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


class Log:
    """A log in memory, for one tenant.

    `looks` is when it was looked at; `failure` is what comes of that, `failures` of the next readings of a call.
    """

    def __init__(self) -> None:
        self.stored: list[StoredEntry] = []
        self.looks: list[float] = []
        self.failure: StoreUnavailable | None = None
        self.failures: list[StoreUnavailable] = []

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        assert limits is None
        self.stored.append(StoredEntry(len(self.stored), entry))
        return Head(len(self.stored), b"")

    async def head(self, _: str) -> Head:
        self.looks.append(anyio.current_time())
        if self.failure is not None:
            raise self.failure
        return Head(len(self.stored), b"")

    async def call(self, _: str, call_id: str) -> list[StoredEntry]:
        if self.failures:
            raise self.failures.pop()
        return [stored for stored in self.stored if stored.entry.call_id == call_id]

    async def calls_with_request(self, _: str, principal: str, request: str, *, start: int, stop: int) -> list[str]:
        return [
            stored.entry.call_id
            for stored in self.stored[start:stop]
            if stored.entry.type == "intent"
            and (stored.envelope["principal"], stored.envelope["request"]) == (principal, request)
        ]


class Watching:
    """A watch with one subscriber, and what that was told, when."""

    def __init__(self, watch: Watch, log: Log, calls: Calls) -> None:
        self.watch, self.log, self.calls = watch, log, calls
        self.told: list[tuple[str, float]] = []
        self.subscriber = watch.subscriber(self.tell)

    async def tell(self, uri: str) -> None:
        self.told.append((uri, anyio.current_time()))

    async def lineage(self, call: CallRecord) -> Lineage | None:
        return unsettled(await self.calls.entries(call))

    async def wait_for(self, call: CallRecord, uri: str = URI) -> None:
        self.subscriber.add(uri, await self.lineage(call))


@asynccontextmanager
async def watching(home: Path) -> AsyncGenerator[Watching]:
    log = Log()
    store = cast("Store", log)  # what of a store a watch uses
    async with background_work() as background:
        yield Watching(Watch(store, background, seconds=SECONDS), log, Calls(store, home))


async def test_the_log_is_looked_into_at_once_and_again_and_again_while_somebody_waits(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        await on.wait_for(await on.calls.whole("pending"))
        await anyio.sleep(10)
        assert on.log.looks == [0, 3, 6, 9]
        await on.calls.whole("found")
        await anyio.sleep(HOUR)
    assert on.told == [(URI, 12)]
    assert on.log.looks == [0, 3, 6, 9, 12]


async def test_nothing_is_looked_into_before_anybody_waits_and_after_the_last_one_left(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        pending = await on.calls.whole("pending")
        other = on.watch.subscriber(on.tell)
        await anyio.sleep(HOUR)
        assert on.log.looks == []
        await on.wait_for(pending)
        other.add(URI, await on.lineage(pending))
        await anyio.sleep(1)
        on.subscriber.remove(URI)
        other.close()
        before = len(on.log.looks)
        await anyio.sleep(HOUR)
        assert len(on.log.looks) == before
        await on.wait_for(pending)
        await anyio.sleep(1)
        assert len(on.log.looks) == before + 1, "and it begins anew"
    assert on.told == []


async def test_a_call_of_this_process_that_may_be_the_answer_is_noticed_at_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        await on.wait_for(await on.calls.whole("pending"))
        await anyio.sleep(1)
        for caller in (BEN, ADA):
            on.watch.call_ended(await on.calls.whole("found", caller))
            await anyio.sleep(0.5)
    assert on.told == [(URI, 1.5)]
    assert on.log.looks == [0, 1.5]


async def test_who_was_told_once_is_not_told_again(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        first, second = await on.calls.whole("pending"), await on.calls.whole("pending", ADA, "another")
        await on.wait_for(first)
        await on.wait_for(second, "talent://calls/other")
        await on.calls.whole("found")
        await anyio.sleep(SECONDS)
        await on.calls.whole("found")
        await on.calls.whole("found", ADA, "another")
        await anyio.sleep(HOUR)
    assert [uri for uri, _ in on.told] == [URI, "talent://calls/other"]


async def test_what_has_already_been_answered_is_told_at_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        pending, found = await on.calls.whole("pending"), await on.calls.whole("found")
        await on.wait_for(pending, "talent://calls/pending")
        await on.wait_for(found, "talent://calls/found")
        await anyio.sleep(1)
    assert sorted(on.told) == [("talent://calls/found", 0), ("talent://calls/pending", 0)]
    assert on.subscriber.waiting == {}


async def test_who_asks_anew_is_told_anew(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        pending = await on.calls.whole("pending")
        await on.calls.whole("found")
        for _ in range(2):
            await on.wait_for(pending)
            await anyio.sleep(1)
    assert on.told == [(URI, 0), (URI, 1)]


async def test_who_leaves_while_the_log_is_looked_into_is_not_told(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        pending = await on.calls.whole("pending")
        await on.calls.whole("found")
        lineage = await on.lineage(pending)
        assert lineage is not None
        on.subscriber.add(URI, lineage)
        on.subscriber.remove(URI)
        on.subscriber.settle(URI, lineage)
        await anyio.sleep(HOUR)
    assert on.told == []


async def test_a_log_that_cannot_be_read_is_complained_of_once_and_looked_into_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(tmp_path) as on:
        await on.wait_for(await on.calls.whole("pending"))
        on.log.failure = StoreUnavailable("the disk is full")
        await anyio.sleep(10)
        on.log.failure = None
        await on.calls.whole("found")
        await anyio.sleep(10)
    assert on.told == [(URI, 12)]
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "subscribers cannot be told what changes: the disk is full"
    ]


async def test_a_look_that_failed_midway_is_made_again_though_the_log_stays_as_it_is(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        await on.wait_for(await on.calls.whole("pending"))
        await on.calls.whole("found")
        on.log.failures = [StoreUnavailable("its file is locked by another program")]
        await anyio.sleep(10)
    assert on.told == [(URI, SECONDS)]


async def test_a_client_that_does_not_read_holds_nobody_up_and_is_given_up(tmp_path: Path) -> None:
    given_up: list[float] = []

    async def stuck(_: str) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            given_up.append(anyio.current_time())

    async with watching(tmp_path) as on:
        pending = await on.calls.whole("pending")
        on.watch.subscriber(stuck).add(URI, await on.lineage(pending))
        await on.wait_for(pending)
        await on.calls.whole("found")
        await anyio.sleep(HOUR)
    assert on.told == [(URI, 0)]
    assert given_up == [TELL_SECONDS]


async def fill(on: Watching, subscriber: Subscriber, number: int) -> None:
    lineage = await on.lineage(await on.calls.whole("pending"))
    for each in range(number):
        subscriber.add(f"talent://calls/{each}", lineage)


async def test_one_subscriber_may_not_wait_for_too_much(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        await fill(on, on.subscriber, MOST_OF_ONE)
        await fill(on, on.subscriber, MOST_OF_ONE)  # the same again is no more
        with pytest.raises(MCPError, match=f"{MOST_OF_ONE} at most"):
            await on.wait_for(await on.calls.whole("pending"), "talent://calls/more")
        on.subscriber.remove("talent://calls/0")
        await on.wait_for(await on.calls.whole("pending"), "talent://calls/more")
        assert len(on.subscriber.waiting) == MOST_OF_ONE


async def test_all_together_may_not_wait_for_too_much(tmp_path: Path) -> None:
    async with watching(tmp_path) as on:
        on.subscriber.close()
        full = [on.watch.subscriber(on.tell) for _ in range(MOST // MOST_OF_ONE - 1)]
        for subscriber in full:
            await fill(on, subscriber, MOST_OF_ONE)
        idle = [on.watch.subscriber(on.tell) for _ in range(MOST_OF_ONE)]
        with pytest.raises(MCPError, match="1,000 for this server"):
            on.watch.subscriber(on.tell)
        with pytest.raises(MCPError, match="1,000 for this server"):
            await fill(on, idle[0], 2)
        full[0].close()
        await fill(on, idle[0], 2)
