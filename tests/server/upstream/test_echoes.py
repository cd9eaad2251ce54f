"""A vendor or a proxy that repeats the key: whatever it wrote it as, nothing behind the exchange sees it."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.upstream.echoes import MARKER, SHORTEST, without
from talent_tools.errors import UnreadableAnswer
from tests.server.upstream.vendors import KEY, way

pytestmark = pytest.mark.anyio

ODD = 'k+/y="<a&b>\\c%41~.end'
REMOVED = MARKER.decode()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WRITERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded with slashes": quote,
    "JSON": json.dumps,
    "JSON of PHP": lambda key: json.dumps(key).replace("/", "\\/"),
    "HTML": html.escape,
    "base64": base64_of,
    "base64 within a URL": lambda key: quote(base64_of(key), safe=""),
    "base64 for URLs": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "base64 of a header": lambda key: base64_of(f"Authorization: Bearer {key}\r\nAccept: */*"),
    "base64 of a user": lambda key: base64_of(f"me:{key}"),
    "base64 of a pair": lambda key: base64_of(f"user:{key}"),
}


@pytest.mark.parametrize("key", [KEY, ODD])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_key_is_found_however_it_is_written(write: Callable[[str], str], key: str) -> None:
    found = without(key, f"before {write(key)} between {write(key)} after".encode())
    assert found.count(MARKER) == 2
    assert write(key).encode() not in found
    assert found.startswith(b"before ")
    assert found.endswith(b" after")


def test_a_key_is_found_in_hexadecimal_of_either_case() -> None:
    key = "key//of/slashes"
    for written in ("key%2F%2Fof%2Fslashes", "key%2f%2fof%2fslashes"):
        assert without(key, written.encode()) == MARKER


@pytest.mark.parametrize("key", ["/begins-with-a-slash", "\\begins-with-a-backslash"])
@pytest.mark.parametrize("write", [WRITERS["JSON"], WRITERS["JSON of PHP"]], ids=["JSON", "JSON of PHP"])
def test_nothing_is_left_of_the_way_in_which_a_key_was_written(write: Callable[[str], str], key: str) -> None:
    assert json.loads(without(key, write(f"the key: {key}").encode())) == f"the key: {REMOVED}"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=SHORTEST), st.binary(), st.binary())
def test_no_key_is_left_in_base64_wherever_it_stood(key: str, before: bytes, after: bytes) -> None:
    assert MARKER in without(key, base64.b64encode(before + key.encode() + after))
    assert MARKER in without(key, base64.urlsafe_b64encode(before + key.encode() + after))


def test_what_is_too_short_to_be_a_key_does_not_spoil_an_answer() -> None:
    assert without("a", b'{"name": "Ada"}') == b'{"name": "Ada"}'


def test_an_answer_without_the_key_is_left_as_it_is() -> None:
    assert without(KEY, b"\x00\xff" + KEY[:-1].encode()) == b"\x00\xff" + KEY[:-1].encode()


async def test_json_that_repeats_the_key_stays_json() -> None:
    answer = await way(httpx2.Response(200, json={"debug": {KEY: [f"Bearer {KEY}"]}})).send()
    assert answer.body == {"debug": {REMOVED: [f"Bearer {REMOVED}"]}}


@pytest.mark.parametrize("status", [400, 500])
async def test_an_error_that_repeats_the_key_is_passed_on_without_it(status: int) -> None:
    answer = await way(httpx2.Response(status, json={"detail": f"unknown key {KEY}"})).send("write")
    assert answer.body == {"detail": f"unknown key {REMOVED}"}


async def test_what_is_kept_of_an_unreadable_answer_holds_no_key() -> None:
    with pytest.raises(UnreadableAnswer) as page:
        await way(httpx2.Response(200, html=f"<pre>x-api-token: {KEY}</pre>")).send()
    assert page.value.raw == f"<pre>x-api-token: {REMOVED}</pre>"
    headers = {"Location": f"https://sso.example/?token={KEY}"}
    with pytest.raises(UnreadableAnswer) as redirect:
        await way(httpx2.Response(302, headers=headers, text=KEY)).send()
    assert redirect.value.raw == {"location": f"https://sso.example/?token={REMOVED}", "body": REMOVED}
