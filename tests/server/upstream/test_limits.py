"""The limits of each vendor: how long calls wait, in which order, and when they are told to come back."""

from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.upstream.auth import MisdirectedCredential
from talent_mcp.upstream.limits import DAY, MINUTE, RateLimit
from talent_tools.errors import VendorUnavailable
from talent_tools.vendor import VendorRequest
from tests.server.upstream.vendors import Way, way
from tests.server.upstream.virtual_time import EPOCH, VIRTUAL_TIME

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


class Clock:
    """Tells the time that it is set to."""

    def __init__(self, now: float = EPOCH) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def most_in(window: float, times: list[float]) -> int:
    """The most requests in any window (half-open, as a request leaves it after exactly its length)."""
    return max((sum(start <= at < start + window for at in times) for start in times), default=0)


@given(st.lists(st.floats(0, 40), max_size=60), st.integers(1, 5), st.integers(0, 12))
def test_no_window_ever_holds_more_than_the_limit(gaps: list[float], per_minute: int, per_day: int) -> None:
    clock = Clock()
    limit = RateLimit(per_minute=per_minute, per_day=per_day, clock=clock)
    sent: list[float] = []
    for gap in gaps:
        clock.now += gap
        if limit.wait() == 0:
            sent.append(clock.now)
    assert most_in(MINUTE, sent) <= per_minute
    assert not per_day or len(sent) <= per_day


@given(st.lists(st.floats(0, 30), max_size=30), st.integers(1, 4), st.integers(0, 9), st.integers(0, 9))
def test_what_is_foretold_behind_others_is_when_a_place_comes_up(
    gaps: list[float], per_minute: int, per_day: int, ahead: int
) -> None:
    clock = Clock()
    limit = RateLimit(per_minute=per_minute, per_day=per_day, clock=clock)
    for gap in gaps:
        clock.now += gap
        limit.wait()
    asked, foretold = clock.now, limit.wait_behind(ahead)
    for _ in range(ahead + 1):
        clock.now += limit.wait_behind(0)
        # Adding the wait to a large time may round to just before the place comes up.
        while seconds := limit.wait():
            clock.now += max(seconds, 1e-6)
    assert clock.now - asked == pytest.approx(foretold, abs=1e-3)


def test_a_limit_of_zero_is_none() -> None:
    limit = RateLimit(per_minute=0, per_day=0, clock=Clock())
    assert {limit.wait() for _ in range(1000)} == {0.0}


def test_requests_before_this_process_count_in_any_order() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=2, per_day=3, clock=clock)
    limit.remember([EPOCH - 10, EPOCH - 50_000, EPOCH - 20])
    assert limit.wait() == pytest.approx(DAY - 50_000)
    clock.now += DAY - 50_000
    assert limit.wait() == 0


def test_requests_that_were_sent_meanwhile_are_not_forgotten_by_remembering() -> None:
    limit = RateLimit(per_minute=2, per_day=0, clock=Clock())
    assert limit.wait() == 0
    limit.remember([EPOCH - 5])
    assert limit.wait() == pytest.approx(55)


def test_a_clock_that_is_put_back_does_not_stop_a_vendor_for_as_long() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=1, per_day=0, clock=clock)
    assert limit.wait() == 0
    clock.now -= 3600
    assert limit.wait() == pytest.approx(MINUTE)
    clock.now += MINUTE
    assert limit.wait() == 0


def test_a_place_that_is_given_back_is_the_one_that_was_taken() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=2, per_day=0, clock=clock)
    assert limit.wait() == 0
    first = limit.newest()
    clock.now += 10
    assert limit.wait() == 0
    limit.give_back(first)
    assert limit.wait() == 0
    assert limit.wait() == pytest.approx(MINUTE)


def test_a_pause_lasts_no_longer_though_the_clock_is_put_back() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=9, per_day=0, clock=clock)
    limit.pause(30)
    clock.now += 10
    assert limit.wait() == 20
    clock.now -= 365 * DAY
    assert limit.wait() == 20
    clock.now += 20
    assert limit.wait() == 0


def test_a_place_from_before_the_clock_was_put_back_stays_taken() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=1, per_day=0, clock=clock)
    assert limit.wait() == 0
    place = limit.newest()
    clock.now -= 3600
    assert limit.wait() == pytest.approx(MINUTE)
    limit.give_back(place)
    assert limit.wait() == pytest.approx(MINUTE)


@pytest.mark.parametrize("error", [httpx2.ConnectError("no"), httpx2.ConnectTimeout("no"), httpx2.PoolTimeout("no")])
async def test_requests_that_never_left_use_up_nothing(error: Exception) -> None:
    sent = way(*[error] * 4, httpx2.Response(200, json={"ok": True}), per_minute=4, per_day=4)
    with pytest.raises(VendorUnavailable):
        await sent.send()
    for _ in range(4):
        await sent.send()
    with pytest.raises(VendorUnavailable, match="request limit"):
        await sent.send()


async def test_a_request_for_another_host_uses_up_nothing() -> None:
    sent = way(per_day=1)
    with pytest.raises(MisdirectedCredential):
        await sent.http.send(VendorRequest(method="GET", path="https://evil.example/", effect="read"), sent.trip())
    await sent.send()


async def test_requests_that_left_use_up_their_places_however_they_ended() -> None:
    sent = way(httpx2.ReadError("reset"), per_day=2)
    with pytest.raises(VendorUnavailable, match="request limit"):
        await sent.send()
    assert len(sent.vendor.seen) == 2


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=0, per_day=0, clock=clock)
    limit.pause(30)
    limit.pause(5)
    assert limit.wait() == pytest.approx(30)


async def test_sixty_four_calls_at_once_never_exceed_the_minute_and_the_rest_are_told_when_to_come() -> None:
    sent = way(per_minute=60)
    refused: list[VendorUnavailable] = []

    async def call() -> None:
        try:
            await sent.send("spend")
        except VendorUnavailable as failure:
            refused.append(failure)

    async with anyio.create_task_group() as group:
        for _ in range(64):
            group.start_soon(call)
    assert len(sent.vendor.seen) == 60
    assert [failure.retry_after for failure in refused] == [61] * 4
    assert anyio.current_time() == 0


async def test_waiting_calls_leave_in_the_order_in_which_they_came_and_within_the_limit() -> None:
    earlier = [EPOCH - 60 + second / 4 for second in range(60)]
    sent = way(per_minute=60, earlier=earlier)
    order: list[int] = []

    async def call(number: int) -> None:
        await sent.send("read", sent.trip(100))
        order.append(number)

    async with anyio.create_task_group() as group:
        for number in range(64):
            group.start_soon(call, number)
            await anyio.sleep(0.1)
    assert order == list(range(64))
    times = [*earlier, *(EPOCH + seen.at for seen in sent.vendor.seen)]
    assert most_in(MINUTE - 0.001, times) <= 60


async def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    sent = way(per_minute=1, earlier=[EPOCH - 50])
    done: list[str] = []

    async def call(name: str, seconds: float) -> None:
        try:
            await sent.http.send(asking_as(name), sent.trip(seconds))
        except VendorUnavailable as failure:
            done.append(f"{name} in {failure.retry_after:.0f}")
        else:
            done.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(call, "early", 34)
        await anyio.sleep(9.5)
        group.start_soon(call, "late", 34)
    assert done == ["late in 61", "early"]


def asking_as(name: str) -> VendorRequest:
    return VendorRequest(method="GET", path="/who", effect="read", query={"name": name})


async def test_a_call_behind_one_that_is_paused_ends_at_its_own_deadline() -> None:
    sent = way(per_minute=60, earlier=[EPOCH - 50] * 60)
    failures: list[tuple[float, float | None]] = []

    async def call(seconds: float) -> None:
        try:
            await sent.send("read", sent.trip(seconds))
        except VendorUnavailable as failure:
            failures.append((anyio.current_time(), failure.retry_after))

    async with anyio.create_task_group() as group:
        group.start_soon(call, 40)
        group.start_soon(call, 12)
        await anyio.sleep(1)
        sent.limit.pause(25)
    assert failures == [(12, 15)]
    assert len(sent.vendor.seen) == 1


async def test_a_pause_past_the_deadline_of_the_first_in_line_ends_its_wait() -> None:
    sent = way(per_minute=1, earlier=[EPOCH - 50])
    async with anyio.create_task_group() as group:
        group.start_soon(paused, sent)
        with pytest.raises(VendorUnavailable) as failure:
            await sent.send("read", sent.trip(20))
        assert failure.value.retry_after == 92
        assert anyio.current_time() == 10


async def paused(sent: Way) -> None:
    await anyio.sleep(1)
    sent.limit.pause(100)


async def test_a_call_that_is_cancelled_in_line_leaves_its_place_to_the_next() -> None:
    sent = way(per_minute=1, earlier=[EPOCH - 50])
    async with anyio.create_task_group() as group:
        with anyio.move_on_after(3):
            await sent.send()
        group.start_soon(sent.send)
    assert [seen.at for seen in sent.vendor.seen] == [pytest.approx(10)]


async def test_the_daily_limit_is_answered_with_how_long_to_wait() -> None:
    sent = way(per_minute=60, per_day=1000, earlier=[EPOCH - 80_000 - n for n in range(1000)])
    with pytest.raises(VendorUnavailable) as failure:
        await sent.send("spend")
    assert failure.value.retry_after == DAY - 80_999 + 1
    assert "nothing was changed or spent" in str(failure.value)


async def test_stardex_is_not_asked_again_before_the_reset_that_it_named() -> None:
    used_up = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(EPOCH) + 8)}
    sent = way(httpx2.Response(200, headers=used_up, json={}), vendor="stardex")
    await sent.send()
    await sent.send()
    assert [seen.at for seen in sent.vendor.seen] == [0, pytest.approx(8)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": str(int(EPOCH) + 8)},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "tomorrow"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(EPOCH) - 8)},
        {"X-RateLimit-Remaining": "none"},
    ],
)
async def test_headers_that_ask_for_no_pause_make_none(headers: dict[str, str]) -> None:
    sent = way(httpx2.Response(200, headers=headers, json={}), vendor="stardex")
    await sent.send()
    await sent.send()
    assert [seen.at for seen in sent.vendor.seen] == [0, 0]


async def test_an_absurd_reset_is_taken_for_a_minute() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 5000}
    sent = way(httpx2.Response(200, headers=headers, json={}), vendor="stardex")
    await sent.send()
    with pytest.raises(VendorUnavailable) as failure:
        await sent.send()
    assert failure.value.retry_after == 61
