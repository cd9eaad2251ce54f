"""Answers that surprise: too large, packed badly, not JSON; and what the headers of an answer say."""

import gzip
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.upstream.answers import (
    KEPT_CHARACTERS,
    MAX_BODY_BYTES,
    json_body,
    kept,
    number,
    reset_in,
    retry_after,
)
from talent_tools.errors import InvalidArguments, UnreadableAnswer
from talent_tools.vendor import VendorRequest
from tests.server.upstream.vendors import way
from tests.server.upstream.virtual_time import EPOCH, VIRTUAL_TIME

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return VIRTUAL_TIME


BAD_JSON = {
    "html": b"<html>Maintenance</html>",
    "not a number": b'{"people": NaN}',
    "infinity": b'{"people": [-Infinity]}',
    "out of range": b'{"people": [{"credits": 1e999}]}',
    "nested too deep": b"[" * 5_000 + b"]" * 5_000,
    "half a pair": rb'{"name": "\ud800"}',
    "latin-1": '{"name": "é"}'.encode("latin-1"),
    "utf-16": '{"name": "x"}'.encode("utf-16"),
    "cut off": b'{"people": [',
    "two documents": b"{}{}",
    "control character": b'"\x01"',
    "endless number": b"9" * 10_000,
}


async def unreadable(content: bytes, encoding: str = "identity") -> tuple[UnreadableAnswer, bool]:
    sent = way(httpx2.Response(200, content=streamed(content), headers={"Content-Encoding": encoding}))
    trip = sent.trip()
    with pytest.raises(UnreadableAnswer) as failure:
        await sent.send("spend", trip)
    assert len(sent.vendor.seen) == 1
    return failure.value, trip.risked


async def streamed(*chunks: bytes) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("content", BAD_JSON.values(), ids=BAD_JSON)
async def test_a_success_that_is_no_json_is_a_clear_failure_that_keeps_what_came(content: bytes) -> None:
    failure, risked = await unreadable(content)
    assert "The answer of Ocean.io is not JSON. It may have taken effect" in str(failure)
    assert failure.raw == content.decode(errors="backslashreplace")
    assert risked is True


@pytest.mark.parametrize("content", BAD_JSON.values(), ids=BAD_JSON)
@pytest.mark.parametrize("status", [400, 404, 422, 502])
async def test_an_error_that_is_no_json_is_known_by_its_status(status: int, content: bytes) -> None:
    answer = await way(httpx2.Response(status, content=content)).send("write")
    assert (answer.status, answer.body) == (status, None)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf"])
async def test_an_empty_body_is_nothing(content: bytes) -> None:
    answer = await way(httpx2.Response(200, content=content)).send("write")
    assert (answer.status, answer.body) == (200, None)


async def test_a_byte_order_mark_is_no_part_of_the_answer() -> None:
    assert (await way(httpx2.Response(200, content=b'\xef\xbb\xbf{"a": 1}')).send()).body == {"a": 1}


async def test_an_answer_of_ten_megabytes_is_read() -> None:
    content = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'
    assert (await way(httpx2.Response(200, content=streamed(content))).send()).body == "x" * (MAX_BODY_BYTES - 2)


@pytest.mark.parametrize(
    "declared", [{}, {"Content-Length": str(2 * MAX_BODY_BYTES)}], ids=["not declared", "declared"]
)
async def test_a_larger_answer_is_refused_and_its_beginning_is_kept(declared: dict[str, str]) -> None:
    taken: list[int] = []

    async def endless() -> AsyncGenerator[bytes]:
        while True:
            taken.append(1_000_000)
            yield b"x" * 1_000_000

    sent = way(httpx2.Response(200, content=endless(), headers=declared))
    with pytest.raises(UnreadableAnswer) as failure:
        await sent.send("spend")
    assert "larger than 10 MB" in str(failure.value)
    assert failure.value.raw == "x" * KEPT_CHARACTERS
    assert sum(taken) == MAX_BODY_BYTES + 1_000_000


async def test_a_compressed_bomb_is_not_unpacked_further_than_the_limit() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 300_000_000, 1), 1)
    assert len(bomb) < 100_000
    failure, _ = await unreadable(bomb, "gzip, gzip")
    assert "larger than 10 MB" in str(failure)


async def test_what_cannot_be_unpacked_is_a_clear_failure() -> None:
    failure, risked = await unreadable(b"this is no gzip", "gzip")
    assert "cannot be unpacked" in str(failure)
    assert risked is True


@pytest.mark.parametrize("content", [b"x" * (MAX_BODY_BYTES + 1), b"no gzip"])
async def test_an_error_with_such_a_body_is_known_by_its_status(content: bytes) -> None:
    headers = {"Content-Encoding": "gzip"} if content == b"no gzip" else {}
    answer = await way(httpx2.Response(422, content=streamed(content), headers=headers)).send("write")
    assert (answer.status, answer.body) == (422, None)


async def test_an_error_in_json_is_passed_on() -> None:
    answer = await way(httpx2.Response(422, json={"detail": "no"})).send("write")
    assert (answer.status, answer.body) == (422, {"detail": "no"})


@pytest.mark.parametrize("body", [float("nan"), float("inf"), {"name": "\ud800"}])
async def test_arguments_that_json_cannot_carry_are_refused_before_anything_is_sent(body: JsonValue) -> None:
    sent = way()
    with pytest.raises(InvalidArguments) as refusal:
        await sent.http.send(VendorRequest(method="POST", path="/x", effect="write", body=body), sent.trip())
    assert "Nothing was sent" in str(refusal.value)
    assert sent.vendor.seen == []


async def test_a_query_that_is_too_long_is_refused_before_anything_is_sent() -> None:
    sent = way()
    request = VendorRequest(method="GET", path="/x", effect="read", query={"where": "x" * 100_000})
    with pytest.raises(InvalidArguments):
        await sent.http.send(request, sent.trip())
    assert sent.vendor.seen == []


async def test_a_body_that_is_empty_is_still_sent() -> None:
    sent = way()
    await sent.http.send(VendorRequest(method="POST", path="/x", effect="read", body={}), sent.trip())
    await sent.http.send(VendorRequest(method="GET", path="/x", effect="read"), sent.trip())
    assert [seen.body for seen in sent.vendor.seen] == [b"{}", b""]


@given(st.binary(max_size=200))
def test_no_body_makes_the_reader_crash(content: bytes) -> None:
    try:
        json_body(content)
    except ValueError:
        assert isinstance(kept(content), str)


@given(st.binary())
def test_what_is_kept_can_be_written_down(content: bytes) -> None:
    kept(content).encode()


def test_what_is_kept_is_bounded_however_it_is_written() -> None:
    assert len(kept(b"\xff" * 2 * KEPT_CHARACTERS)) == KEPT_CHARACTERS


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("0", 0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 08:00:30 -0000", 30),
        ("Fri, 15 Jan 2027 09:00:30 +0100", 30),
        ("Fri, 15 Jan 2017 08:00:30 GMT", 0),
        ("Fri, 15 Jan 9999 08:00:30 GMT", 86_400),
        ("99999999999999999999999", 86_400),
        ("-5", None),
        ("٣", None),
        ("", None),
        ("soon", None),
        ("1.2.3", None),
        ("Fri, 15 Jan 99999999999 08:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_a_number_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": said}, EPOCH) == seconds


def test_without_retry_after_nothing_is_said() -> None:
    assert retry_after({}, EPOCH) is None


@given(st.text())
def test_no_header_makes_its_readers_crash(text: str) -> None:
    headers = {"Retry-After": text, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": text}
    for seconds in (retry_after(headers, EPOCH), reset_in(headers, EPOCH)):
        assert seconds is None or 0 <= seconds <= 86_400


@given(st.text(alphabet="0123456789.- e", max_size=30))
def test_a_number_is_never_infinite(text: str) -> None:
    value = number(text)
    assert value is None or 0 <= value < 1e21
