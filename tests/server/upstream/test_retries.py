"""When a request may leave again, and what is recorded of each that left; in virtual time."""

from collections.abc import AsyncGenerator
from typing import Any, get_args

import anyio
import httpx2
import pytest

from talent_mcp.upstream.attempts import Attempt
from talent_tools.errors import OutcomeUnknown, ToolFailure, UnreadableAnswer, VendorUnavailable
from talent_tools.vendor import Effect
from tests.server.upstream.vendors import Answer, Way, way
from tests.server.upstream.virtual_time import EPOCH, VIRTUAL_TIME

pytestmark = pytest.mark.anyio

EFFECTS: tuple[Effect, ...] = get_args(Effect)
RISKY: tuple[Effect, ...] = ("spend", "write")
NEVER_SENT = (httpx2.ConnectError("no"), httpx2.ConnectTimeout("no"), httpx2.PoolTimeout("no"))
LOST = (
    httpx2.ReadTimeout("slow"),
    httpx2.ReadError("reset"),
    httpx2.WriteError("reset"),
    httpx2.WriteTimeout("slow"),
    httpx2.RemoteProtocolError("gone"),
)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


def too_many(**headers: str) -> httpx2.Response:
    return httpx2.Response(429, headers={name.replace("_", "-"): value for name, value in headers.items()})


def fine() -> httpx2.Response:
    return httpx2.Response(200, json={"ok": True})


async def failure_of(sent: Way, effect: Effect, seconds: float = 34.0) -> tuple[ToolFailure, bool]:
    trip = sent.trip(seconds)
    with pytest.raises(ToolFailure) as failure:
        await sent.send(effect, trip)
    return failure.value, trip.risked


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("error", NEVER_SENT, ids=lambda error: type(error).__name__)
async def test_what_never_left_is_sent_again_whatever_it_does(effect: Effect, error: Exception) -> None:
    sent = way(error, error, fine())
    trip = sent.trip()
    assert (await sent.send(effect, trip)).body == {"ok": True}
    assert len(sent.vendor.seen) == 3
    assert trip.risked is (effect != "read")


@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_vendor_that_cannot_be_reached_is_unavailable_and_nothing_was_risked(effect: Effect) -> None:
    sent = way(httpx2.ConnectError("no"))
    failure, risked = await failure_of(sent, effect)
    assert isinstance(failure, VendorUnavailable)
    assert "nothing was sent" in str(failure)
    assert (len(sent.vendor.seen), risked) == (4, False)


@pytest.mark.parametrize("effect", RISKY)
@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
async def test_what_may_have_taken_effect_is_sent_once_and_its_outcome_is_unknown(
    effect: Effect, error: Exception
) -> None:
    sent = way(error, fine())
    failure, risked = await failure_of(sent, effect)
    assert isinstance(failure, OutcomeUnknown)
    assert (len(sent.vendor.seen), risked) == (1, True)


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
async def test_a_read_is_repeated_after_a_failure_that_passes(error: Exception) -> None:
    sent = way(error, error, fine())
    trip = sent.trip()
    assert (await sent.send("read", trip)).body == {"ok": True}
    assert (len(sent.vendor.seen), trip.risked) == (3, False)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_read_is_repeated_while_the_vendor_has_trouble(status: int) -> None:
    sent = way(httpx2.Response(status, html="<h1>Bad Gateway</h1>"), fine())
    assert (await sent.send("read")).body == {"ok": True}
    sent = way(httpx2.Response(status))
    failure, _ = await failure_of(sent, "read")
    assert isinstance(failure, VendorUnavailable)
    assert len(sent.vendor.seen) == 4


@pytest.mark.parametrize("effect", RISKY)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_trouble_with_what_spends_or_writes_is_answered_to_the_typed_client(effect: Effect, status: int) -> None:
    sent = way(httpx2.Response(status, html="<h1>Bad Gateway</h1>"), fine())
    trip = sent.trip()
    answer = await sent.send(effect, trip)
    assert (answer.status, answer.body) == (status, None)
    assert (len(sent.vendor.seen), trip.risked) == (1, True)


@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_429_is_repeated_after_the_time_that_it_names(effect: Effect) -> None:
    sent = way(too_many(Retry_After="7"), fine())
    trip = sent.trip()
    assert (await sent.send(effect, trip)).body == {"ok": True}
    first, second = sent.vendor.seen
    assert second.at - first.at == pytest.approx(7)
    assert [attempt.status for attempt in sent.attempts] == [429, 200]


async def test_a_429_may_name_a_date() -> None:
    sent = way(too_many(Retry_After="Fri, 15 Jan 2027 08:00:12 GMT"), fine())
    assert EPOCH == 1_800_000_000
    await sent.send()
    first, second = sent.vendor.seen
    assert second.at - first.at == pytest.approx(12)


async def test_a_429_without_a_time_waits_for_the_reset_or_a_minute() -> None:
    reset = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(EPOCH) + 9)}
    sent = way(too_many(**reset), fine())
    await sent.send()
    assert sent.vendor.seen[1].at - sent.vendor.seen[0].at == pytest.approx(9)
    sent = way(too_many(), fine())
    failure, _ = await failure_of(sent, "read")
    assert isinstance(failure, VendorUnavailable)
    assert failure.retry_after == 61


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("said", ["35", "9" * 400, "Fri, 15 Jan 2100 08:00:12 GMT"])
async def test_a_429_past_the_deadline_is_answered_at_once_with_how_long_to_wait(effect: Effect, said: str) -> None:
    sent = way(too_many(Retry_After=said), fine())
    failure, risked = await failure_of(sent, effect)
    assert isinstance(failure, VendorUnavailable)
    assert failure.retry_after is not None
    assert 35 <= failure.retry_after <= 86_401
    assert (len(sent.vendor.seen), anyio.current_time(), risked) == (1, 0.0, False)


async def test_an_endless_429_ends_after_four_requests_and_risked_nothing() -> None:
    sent = way(too_many(Retry_After="1"))
    failure, risked = await failure_of(sent, "write")
    assert isinstance(failure, VendorUnavailable)
    assert (len(sent.vendor.seen), risked) == (4, False)


async def test_a_pause_that_one_call_was_asked_for_holds_for_the_others() -> None:
    sent = way(too_many(Retry_After="10"), fine())
    async with anyio.create_task_group() as group:
        group.start_soon(sent.send)
        await anyio.sleep(1)
        group.start_soon(sent.send)
    assert [round(seen.at) for seen in sent.vendor.seen] == [0, 10, 10]


async def test_a_503_that_names_a_time_is_asked_again_then() -> None:
    sent = way(httpx2.Response(503, headers={"Retry-After": "20"}), fine())
    await sent.send()
    assert sent.vendor.seen[1].at == pytest.approx(20)
    sent = way(httpx2.Response(503, headers={"Retry-After": "50"}), fine())
    failure, _ = await failure_of(sent, "read")
    assert isinstance(failure, VendorUnavailable)
    assert (failure.retry_after, len(sent.vendor.seen)) == (50, 1)


async def test_a_call_is_over_at_its_deadline() -> None:
    sent = way(fine(), seconds=100)
    failure, risked = await failure_of(sent, "write", seconds=10)
    assert isinstance(failure, OutcomeUnknown)
    assert (anyio.current_time(), risked, len(sent.vendor.seen)) == (10, True, 1)
    started = anyio.current_time()
    failure, _ = await failure_of(sent, "read", seconds=10)
    assert isinstance(failure, VendorUnavailable)
    assert anyio.current_time() - started == 10


@pytest.mark.parametrize("effect", EFFECTS)
async def test_no_wait_outlasts_the_deadline_and_makes_a_request_that_never_left_look_risky(effect: Effect) -> None:
    sent = way(httpx2.ConnectError("no"))
    failure, risked = await failure_of(sent, effect, seconds=1.5)
    assert isinstance(failure, VendorUnavailable)
    assert anyio.current_time() <= 1.5
    assert risked is False


async def test_a_call_without_time_left_sends_nothing() -> None:
    sent = way(fine())
    failure, risked = await failure_of(sent, "write", seconds=0)
    assert isinstance(failure, VendorUnavailable)
    assert "Nothing was sent" in str(failure)
    assert (sent.vendor.seen, sent.attempts, risked) == ([], [], False)


async def test_cancelling_a_write_that_left_is_recorded_and_leaves_it_at_risk() -> None:
    sent = way(fine(), seconds=100)
    trip = sent.trip()
    with anyio.move_on_after(5):
        await sent.send("write", trip)
    assert anyio.current_time() == 5
    assert [(attempt.status, attempt.error) for attempt in sent.attempts] == [(None, "cancelled")]
    assert trip.risked is True


async def test_cancelling_a_wait_between_attempts_ends_it_and_risks_nothing() -> None:
    sent = way(too_many(Retry_After="30"), fine())
    trip = sent.trip()
    with anyio.move_on_after(5):
        await sent.send("write", trip)
    assert (anyio.current_time(), len(sent.vendor.seen), trip.risked) == (5, 1, False)


async def test_an_attempt_says_how_it_went_and_names_the_path_by_its_template() -> None:
    sent = way(httpx2.ReadError("canary-in-the-text"), httpx2.Response(503), fine())
    await sent.send()
    assert [(attempt.number, attempt.status, attempt.error) for attempt in sent.attempts] == [
        (1, None, "ReadError"),
        (2, 503, None),
        (3, 200, None),
    ]
    first = sent.attempts[0]
    assert first == Attempt("ocean", "api.ocean.io", "POST", "/v1/things/{id}", 1, None, "ReadError", 0)


async def test_an_unexpected_failure_is_recorded_under_its_name() -> None:
    sent = way(ZeroDivisionError("canary-in-the-text"))
    trip = sent.trip()
    with pytest.raises(ZeroDivisionError):
        await sent.send("write", trip)
    assert [(attempt.status, attempt.error) for attempt in sent.attempts] == [(None, "ZeroDivisionError")]
    assert trip.risked is True


async def test_requests_of_one_call_that_run_at_once_do_not_hide_each_others_risk() -> None:
    refused = way(httpx2.ConnectError("no"), seconds=1)
    sent = way(fine(), seconds=3)
    trip = sent.trip()
    async with anyio.create_task_group() as group:
        group.start_soon(sent.send, "write", trip)
        with pytest.raises(VendorUnavailable):
            await refused.send("write", trip)
    assert trip.risked is True


async def broken_off() -> AsyncGenerator[bytes]:
    yield b'{"half": '
    raise httpx2.ReadError("reset")


async def test_an_answer_that_breaks_off_is_an_unknown_outcome_and_its_status_is_recorded() -> None:
    sent = way(httpx2.Response(200, content=broken_off()))
    failure, risked = await failure_of(sent, "spend")
    assert isinstance(failure, OutcomeUnknown)
    assert [(attempt.status, attempt.error) for attempt in sent.attempts] == [(200, "ReadError")]
    assert risked is True


async def test_a_refusal_that_breaks_off_is_still_a_refusal() -> None:
    answer = await way(httpx2.Response(422, content=broken_off())).send("write")
    assert (answer.status, answer.body) == (422, None)


async def dripping() -> AsyncGenerator[bytes]:
    while True:
        yield b" "
        await anyio.sleep(1)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("status", [401, 402, 404, 422, 499])
async def test_a_refusal_whose_body_outlasts_the_call_is_still_a_refusal(effect: Effect, status: int) -> None:
    sent = way(httpx2.Response(status, content=dripping()))
    answer = await sent.send(effect, sent.trip(10))
    assert (answer.status, answer.body, anyio.current_time()) == (status, None, 10)
    assert [(attempt.status, attempt.error) for attempt in sent.attempts] == [(status, None)]
    assert bool(sent.credentials.forgotten) is (status == 401)


@pytest.mark.parametrize("status", [200, 302, 500])
async def test_any_other_answer_whose_body_outlasts_the_call_is_an_unknown_outcome(status: int) -> None:
    sent = way(httpx2.Response(status, content=dripping()))
    failure, risked = await failure_of(sent, "write", seconds=10)
    assert isinstance(failure, OutcomeUnknown)
    assert [(attempt.status, attempt.error) for attempt in sent.attempts] == [(status, "TimeoutError")]
    assert (risked, anyio.current_time()) == (True, 10)


@pytest.mark.parametrize(("status", "forgotten"), [(401, True), (403, True), (402, False), (200, False)])
async def test_a_key_that_is_refused_is_forgotten(status: int, *, forgotten: bool) -> None:
    sent = way(httpx2.Response(status, json={}))
    await sent.send("spend")
    assert bool(sent.credentials.forgotten) is forgotten


async def test_without_a_key_nothing_is_sent() -> None:
    sent = way(fine(), keys=(None,))
    failure, risked = await failure_of(sent, "write")
    assert "talent-mcp login ocean" in str(failure)
    assert (sent.vendor.seen, risked) == ([], False)


async def test_a_connection_that_is_told_to_be_gone_leaves_no_chain_of_errors_behind() -> None:
    """The frames of a transport hold the request with its key; a log with local variables would show it."""
    answers: tuple[Answer, ...] = (httpx2.ReadTimeout("slow"), httpx2.ConnectError("no"), too_many(Retry_After="99"))
    for answer in answers:
        failure, _ = await failure_of(way(answer), "write")
        assert failure.__cause__ is None
        assert failure.__context__ is None


async def test_a_redirect_is_not_followed_and_says_so() -> None:
    for effect in EFFECTS:
        sent = way(httpx2.Response(302, headers={"Location": "https://evil.example/"}, content=b"moved"))
        failure, risked = await failure_of(sent, effect)
        assert isinstance(failure, UnreadableAnswer)
        assert "redirect" in str(failure)
        assert failure.raw == {"location": "https://evil.example/", "body": "moved"}
        assert (len(sent.vendor.seen), risked) == (1, effect != "read")
