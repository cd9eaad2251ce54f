"""What is sealed opens at its place, whole, with its key, and in no other way."""

import traceback
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.keys.sealing import DoesNotOpen, Part, canonical, new_key, opened, seal

CANARY = b"canary-0c8d41"
PLACE: tuple[Part, ...] = ("credential", "firm", "ada", 3)

parts = st.lists(st.one_of(st.text(st.characters()), st.integers()), max_size=5)


@given(st.binary(), parts)
def test_what_was_sealed_opens_at_its_place(plain: bytes, place: list[Part]) -> None:
    key = new_key()
    assert opened(key, seal(key, SecretKey(plain), *place), *place).reveal() == plain


@given(parts, parts)
def test_different_places_are_different_bytes(one: list[Part], other: list[Part]) -> None:
    assert (canonical(*one) == canonical(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("ab", "c"), ("a", "bc")), (("a", ""), ("a",)), ((1,), ("1",)), ((-1,), (1,)), (("\0",), ("",))],
)
def test_places_that_read_alike_are_told_apart(one: tuple[Part, ...], other: tuple[Part, ...]) -> None:
    assert canonical(*one) != canonical(*other)


@pytest.mark.parametrize(
    "place", [("credential", "firm", "ada", 4), ("credential", "firm", "ad", "a", 3), (), ("subject", "firm", "ada", 3)]
)
def test_it_opens_at_no_other_place(place: tuple[Part, ...]) -> None:
    key = new_key()
    with pytest.raises(DoesNotOpen, match="changed, or moved"):
        opened(key, seal(key, SecretKey(CANARY), *PLACE), *place)


def test_it_opens_with_no_other_key() -> None:
    with pytest.raises(DoesNotOpen):
        opened(new_key(), seal(new_key(), SecretKey(CANARY), *PLACE), *PLACE)


def flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda sealed: sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "the nonce": flipped(1),
    "the text": flipped(13),
    "the tag": flipped(41),
    "shorter": lambda sealed: sealed[:-1],
    "longer": lambda sealed: sealed + b"x",
    "cut in the nonce": lambda sealed: sealed[:8],
    "only the format": lambda sealed: sealed[:1],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_byte_of_it_can_be_changed(change: Callable[[bytes], bytes]) -> None:
    key = new_key()
    with pytest.raises(DoesNotOpen, match="changed, or moved"):
        opened(key, change(seal(key, SecretKey(CANARY), *PLACE)), *PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\x02" + bytes(40), b"plain text"])
def test_what_has_another_format_is_told_apart_from_a_wrong_key(sealed: bytes) -> None:
    with pytest.raises(DoesNotOpen, match="a newer version"):
        opened(new_key(), sealed, *PLACE)


def test_the_format_is_a_byte_then_the_nonce_then_aes_256_gcm() -> None:
    key = SecretKey(bytes(range(32)))
    sealed = seal(key, SecretKey(CANARY), "a", 7)
    bound_to = b"i" + (1).to_bytes(8, "big") + b"1" + b"s" + (1).to_bytes(8, "big") + b"a"
    bound_to += b"i" + (1).to_bytes(8, "big") + b"7"
    assert sealed[:1] == b"\x01"
    assert AESGCM(bytes(range(32))).decrypt(sealed[1:13], sealed[13:], bound_to) == CANARY


def test_the_same_twice_is_sealed_differently() -> None:
    key = new_key()
    assert len({seal(key, SecretKey(CANARY), *PLACE) for _ in range(100)}) == 100
    assert len({new_key().reveal() for _ in range(100)}) == 100


def test_a_failure_shows_nothing_even_with_all_its_variables() -> None:
    key = SecretKey(b"canary-0c8d41-is-a-key-of-256-b.")
    with pytest.raises(DoesNotOpen) as failure:
        opened(key, seal(key, SecretKey(CANARY), *PLACE), "elsewhere")
    shown = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert "SecretKey(...)" in shown
    assert failure.value.__cause__ is None
    assert CANARY.decode() not in shown.replace("CANARY", "")
