"""Bodies of entries: sealed part by part, for one envelope, and unreadable without their keys."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.sealing import PartKey, Unreadable, open_parts, parts_of, seal

ADA, BOB = PartKey(("a" * 32,)), PartKey(("b" * 32,))
BOTH, NOBODY = PartKey(("a" * 32, "b" * 32)), PartKey(version=7)
MATERIAL = {ADA: b"A" * 32, BOB: b"B" * 32, BOTH: b"A" * 32 + b"B" * 32, NOBODY: b"N" * 32}
ENVELOPE = b'{"v":2}'


def body(*texts: tuple[PartKey, bytes]) -> bytes:
    return seal([(key, MATERIAL[key], text) for key, text in texts], ENVELOPE)


@given(st.lists(st.tuples(st.sampled_from([ADA, BOB, BOTH, NOBODY]), st.binary(max_size=200)), max_size=6))
def test_what_was_sealed_opens_with_its_keys(texts: list[tuple[PartKey, bytes]]) -> None:
    assert open_parts(body(*texts), ENVELOPE, MATERIAL.get) == [text for _, text in texts]
    assert [part.key for part in parts_of(body(*texts))] == [key for key, _ in texts]


def test_a_text_is_sealed_differently_each_time_and_stands_nowhere_in_the_body() -> None:
    text = b"ada@example.com"
    assert body((ADA, text)) != body((ADA, text))
    assert text not in body((ADA, text))


def test_without_the_key_of_one_person_the_parts_about_others_stay_readable() -> None:
    sealed = body((ADA, b"of ada"), (BOB, b"of bob"), (BOTH, b"of both"), (NOBODY, b"of nobody"))
    without_ada = {BOB: MATERIAL[BOB], NOBODY: MATERIAL[NOBODY]}
    assert open_parts(sealed, ENVELOPE, without_ada.get) == [None, b"of bob", None, b"of nobody"]


def test_a_body_opens_for_its_own_envelope_only() -> None:
    with pytest.raises(Unreadable, match="not sealed for this entry"):
        open_parts(body((ADA, b"text")), b'{"v":3}', MATERIAL.get)


def test_a_key_that_is_not_the_one_is_named() -> None:
    with pytest.raises(Unreadable, match="another key"):
        open_parts(body((ADA, b"text")), ENVELOPE, {ADA: b"X" * 32}.get)


def test_parts_cannot_change_places() -> None:
    first, second = (seal([(ADA, MATERIAL[ADA], text)], ENVELOPE) for text in (b"one", b"two"))
    both = body((ADA, b"one"), (ADA, b"two"))
    parts = parts_of(both)
    assert len(parts) == 2
    cut = len(both) // 2
    swapped = both[:1] + both[cut + 1 :] + both[1 : cut + 1]
    assert len(first) == len(second)
    with pytest.raises(Unreadable, match="not sealed for this entry"):
        open_parts(swapped, ENVELOPE, MATERIAL.get)


@given(st.data())
def test_any_change_of_a_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(body((ADA, b"of ada"), (NOBODY, b"of nobody")))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    try:
        opened = open_parts(bytes(sealed), ENVELOPE, MATERIAL.get)
    except Unreadable:
        return
    assert opened != [b"of ada", b"of nobody"]
    assert None in opened


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(text: bytes) -> None:
    for candidate in (text, b"\x01" + text):
        with suppress(Unreadable):
            open_parts(candidate, ENVELOPE, MATERIAL.get)


@given(st.integers(1, 400))
def test_a_body_that_is_cut_off_is_no_body(cut: int) -> None:
    sealed = body((ADA, b"of ada" * 20), (NOBODY, b"of nobody" * 10))
    whole = body((ADA, b"of ada" * 20))
    if len(sealed) - cut in (1, len(whole)):
        return
    with pytest.raises(Unreadable):
        parts_of(sealed[:-cut] if cut < len(sealed) else b"")
