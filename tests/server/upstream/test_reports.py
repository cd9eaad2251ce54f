"""What a client that asked for progress hears of waits, in virtual time: that there is one, and no value."""

from typing import Any

import anyio
import httpx2
import pytest

from talent_mcp.upstream.trip import Trip
from talent_tools.errors import VendorUnavailable
from tests.server.upstream.vendors import Way, way
from tests.server.upstream.virtual_time import EPOCH, VIRTUAL_TIME

pytestmark = pytest.mark.anyio

AGAIN = "Ocean.io is asked again after a pause."
LIMIT = "The request limit of Ocean.io is used up; waiting for the next turn."


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


def listening(sent: Way, heard: list[tuple[float, str]], seconds: float = 34.0) -> Trip:
    async def report(message: str) -> None:
        heard.append((anyio.current_time(), message))

    trip = sent.trip(seconds)
    trip.report = report
    return trip


async def test_a_wait_for_the_rate_limit_is_told_when_it_begins() -> None:
    sent, heard = way(per_minute=1, earlier=[EPOCH - 50]), list[tuple[float, str]]()
    await sent.send("write", listening(sent, heard))
    assert heard == [(0, LIMIT)]
    assert sent.vendor.seen[0].at == pytest.approx(10)


async def test_a_request_that_leaves_at_once_is_no_news() -> None:
    sent, heard = way(per_minute=1), list[tuple[float, str]]()
    await sent.send("write", listening(sent, heard))
    assert heard == []


async def test_a_wait_that_would_end_too_late_is_not_announced() -> None:
    sent, heard = way(per_minute=1, earlier=[EPOCH - 5]), list[tuple[float, str]]()
    with pytest.raises(VendorUnavailable):
        await sent.send("read", listening(sent, heard))
    assert heard == []


async def test_each_repeat_is_told_before_its_pause_and_the_last_failure_is_not() -> None:
    sent, heard = way(httpx2.ConnectError("no")), list[tuple[float, str]]()
    with pytest.raises(VendorUnavailable):
        await sent.send("read", listening(sent, heard))
    assert [message for _, message in heard] == [AGAIN] * 3
    assert [at for at, _ in heard] == [seen.at for seen in sent.vendor.seen[:3]]


async def test_a_repeat_that_there_is_no_time_for_is_not_announced() -> None:
    sent, heard = way(httpx2.Response(429, headers={"Retry-After": "30"})), list[tuple[float, str]]()
    with pytest.raises(VendorUnavailable):
        await sent.send("read", listening(sent, heard, seconds=20))
    assert heard == []
