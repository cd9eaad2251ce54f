"""Whatever an identifier is, exactly one segment of the URL that leaves holds it."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.upstream.paths import LONGEST, fill
from talent_tools.errors import InvalidArguments
from talent_tools.vendor import VendorRequest
from tests.server.upstream.vendors import way

pytestmark = pytest.mark.anyio

PERSON = "/v1/persons/{id}"
HOSTILE = (
    "../credits",
    "..%2f..%2fadmin",
    "%2e%2e",
    "a/b",
    "a\\b",
    "a?admin=1",
    "a#fragment",
    "a;b=c",
    "//evil.example/x",
    "https://evil.example/",
    "@evil.example",
    ":80@evil.example",
    "{id}",
    "{other}",
    "a b",
    " ",
    "a+b&c=d",
    "é",
    "李",
    "...",
    "%",
    "%00",
)
REFUSED = ("", ".", "..", "a\0b", "a\r\nX-Evil: 1", "\t", "\x7f", "\u202e", "\ud800", "\u2028", "x" * (LONGEST + 1))


async def url_that_left(value: str) -> str:
    sent = way(vendor="stardex")
    request = VendorRequest(method="GET", path=PERSON, effect="read", path_values={"id": value})
    await sent.http.send(request, sent.trip())
    return sent.vendor.seen[0].url


def assert_one_segment(url: str, value: str) -> None:
    prefix = "https://api.stardex.ai/v1/persons/"
    assert url.startswith(prefix)
    segment = url.removeprefix(prefix)
    assert not set(segment) & set("/?#\\@;&=+ ")
    assert unquote(segment) == value


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_identifier_stays_in_its_segment(value: str) -> None:
    assert_one_segment(await url_that_left(value), value)


@given(st.text(max_size=30))
async def test_any_identifier_stays_in_its_segment_or_is_refused(value: str) -> None:
    try:
        url = await url_that_left(value)
    except InvalidArguments:
        assert value in ("", ".", "..") or not value.isprintable()
    else:
        assert_one_segment(url, value)


@pytest.mark.parametrize("value", REFUSED)
async def test_what_identifies_nothing_is_refused_before_anything_is_sent(value: str) -> None:
    sent = way(vendor="stardex")
    request = VendorRequest(method="GET", path=PERSON, effect="read", path_values={"id": value})
    with pytest.raises(InvalidArguments) as refusal:
        await sent.http.send(request, sent.trip())
    assert "The id given is not an identifier" in str(refusal.value)
    assert sent.vendor.seen == []


def test_a_value_cannot_fill_the_place_of_another() -> None:
    assert fill("/{a}/{b}", {"a": "{b}", "b": "x"}) == "/%7Bb%7D/x"


def test_a_place_without_a_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        fill("/{a}", {})
