"""Signed notes against the published ones of Go's note package, and against everything that is no note.

The keys and notes of PeterNeumann and EnochRoot, and what is done to them, are from golang.org/x/mod/sumdb/note.
"""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.notes import (
    MOST_NOTE_BYTES,
    MOST_SIGNATURES,
    NoteError,
    VerifierKey,
    open_note,
    sign_note,
)

TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_PRIVATE = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
PETER, ENOCH = VerifierKey.parse(PETER_KEY), VerifierKey.parse(ENOCH_KEY)

anything = st.text(st.characters(), max_size=60)
"""Halves of surrogate pairs and control characters included."""
any_text = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"))
names = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Z"], exclude_characters="+\x85"), min_size=1)
private_keys = st.binary(min_size=32, max_size=32)


def note(*lines: str, text: str = TEXT) -> bytes:
    return f"{text}\n{''.join(lines)}".encode()


def line_of(name: str, data: bytes) -> str:
    return f"— {name} {b64encode(data).decode()}\n"


def key_text(name: str, data: bytes) -> str:
    """A verifier key whose identifier is right, whatever its data."""
    key_id = sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    return f"{name}+{key_id}+{b64encode(data).decode()}"


def test_the_published_note_is_what_its_key_signs() -> None:
    assert sign_note(TEXT, "PeterNeumann", PETER_PRIVATE) == note(PETER_LINE)


def test_the_published_verifier_key_is_that_of_the_private_key() -> None:
    key = VerifierKey.of("PeterNeumann", PETER_PRIVATE)
    assert (str(key), key) == (PETER_KEY, PETER)


@pytest.mark.parametrize("key", [PETER, ENOCH])
def test_a_note_of_two_opens_with_the_key_of_either(key: VerifierKey) -> None:
    assert open_note(note(PETER_LINE, ENOCH_LINE), key) == TEXT


def test_the_same_line_twice_is_as_good_as_once() -> None:
    assert open_note(note(PETER_LINE, PETER_LINE, ENOCH_LINE, ENOCH_LINE), PETER) == TEXT


def test_a_note_that_only_others_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="not signed by this key"):
        open_note(note(ENOCH_LINE), PETER)


@pytest.mark.parametrize(
    "line",
    [
        PETER_LINE.replace("PeterNeumann", "CarmenSandiego"),
        PETER_LINE.replace("x08g", "xxxx"),
        line_of("witness.example/w1", b"\x01\x02\x03\x04" + bytes(72)),
        line_of("PeterNeumann", b"\x01\x02\x03\x04" + bytes(2420)),
        line_of("x", b"\x01\x02\x03\x04\x05"),
    ],
)
def test_a_signature_of_an_unknown_key_is_ignored_even_with_the_name_or_the_identifier_of_a_known_one(
    line: str,
) -> None:
    assert open_note(note(line, PETER_LINE), PETER) == TEXT
    with pytest.raises(NoteError, match="not signed by this key"):
        open_note(note(line), PETER)


@pytest.mark.parametrize(
    "line",
    [
        PETER_LINE.replace("SffcvIAQ", "SffcvIAR"),
        line_of("PeterNeumann", PETER.key_id + bytes(64)),
        line_of("PeterNeumann", PETER.key_id + b"\x00"),
        line_of("PeterNeumann", PETER.key_id + bytes(65)),
    ],
)
def test_a_wrong_signature_of_the_key_spoils_the_note_even_beside_a_good_one(line: str) -> None:
    for signed in (note(line), note(PETER_LINE, line), note(line, PETER_LINE)):
        with pytest.raises(NoteError, match="is wrong"):
            open_note(signed, PETER)


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        note(PETER_LINE)[:-1],
        note(PETER_LINE, ENOCH_LINE)[:-1],
        sign_note("\n", "PeterNeumann", PETER_PRIVATE)[2:],
        note(PETER_LINE).replace(b"\n", b"\r\n"),
        b"\x01" + note(PETER_LINE),
        b"\xff" + note(PETER_LINE),
        b"\xed\xa0\x80" + note(PETER_LINE),
        note(PETER_LINE).replace(b"\n\n", b"\n"),
        note(PETER_LINE, "\n"),
        note(PETER_LINE, "Unexpected line.\n"),
        note(PETER_LINE.replace("— ", "- ")),
        note(PETER_LINE.replace("— ", "—")),
        note(PETER_LINE.replace("PeterNeumann", "Peter Neumann")),
        note(PETER_LINE.replace("PeterNeumann", "Peter\u2003Neumann")),
        note(PETER_LINE.replace("PeterNeumann", "Peter+Neumann")),
        note(PETER_LINE.replace("PeterNeumann ", "")),
        note(PETER_LINE.replace("\n", " \n")),
        note(PETER_LINE.replace("=", "")),
        note(PETER_LINE.replace("M=", "N=")),
        note(PETER_LINE.replace("x08g", "x0_g")),
        note(PETER_LINE.replace("x08g", "x0é8g")),
        note(PETER_LINE, "— x \n"),
        note(PETER_LINE, "— x AAAAAA==\n"),
        note(PETER_LINE * (MOST_SIGNATURES + 1)),
        note(PETER_LINE, text="a" * MOST_NOTE_BYTES + "\n"),
    ],
)
def test_what_is_not_a_note_is_refused_as_that(malformed: bytes) -> None:
    with pytest.raises(NoteError, match=r"^(a note|a signature line|this is not base 64)"):
        open_note(malformed, PETER)


def test_sixteen_signatures_of_post_quantum_size_beside_ours_are_no_obstacle() -> None:
    others = [line_of(f"witness.example/{n}", bytes(5000)) for n in range(16)]
    assert open_note(note(*others, PETER_LINE), PETER) == TEXT


def test_a_text_may_have_empty_lines_and_what_looks_like_a_signature() -> None:
    text = f"\n\na\n\n{ENOCH_LINE}\n\n"
    assert open_note(sign_note(text, "PeterNeumann", PETER_PRIVATE), PETER) == text


def test_no_bit_of_a_note_can_change() -> None:
    signed = note(PETER_LINE)
    for at in range(len(signed)):
        for bit in range(8):
            changed = bytearray(signed)
            changed[at] ^= 1 << bit
            with pytest.raises(NoteError):
                open_note(bytes(changed), PETER)


def test_no_part_of_a_verifier_key_is_one() -> None:
    whole = len(PETER_KEY)
    for start in range(whole):
        for stop in range(start, whole + 1):
            if (start, stop) != (0, whole):
                with pytest.raises(NoteError):
                    VerifierKey.parse(PETER_KEY[start:stop])


def test_no_character_of_a_verifier_key_can_change() -> None:
    for at, character in enumerate(PETER_KEY):
        with pytest.raises(NoteError):
            VerifierKey.parse(PETER_KEY[:at] + chr(ord(character) + 1) + PETER_KEY[at + 1 :])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (key_text("PeterNeumann", b"\x01" + PETER.public_key + b"\x00"), "has 32 bytes"),
        (key_text("PeterNeumann", b"\x01" + PETER.public_key[:-1]), "has 32 bytes"),
        (key_text("PeterNeumann", b"\x04" + PETER.public_key), "not a verifier key for Ed25519"),
        (key_text("PeterNeumann", b""), "not a verifier key for Ed25519"),
        (key_text("", b"\x01" + PETER.public_key), "name"),
        (key_text("Peter Neumann", b"\x01" + PETER.public_key), "name"),
        (key_text("Peter\x07Neumann", b"\x01" + PETER.public_key), "name"),
        (PETER_KEY.replace("c74f20a3", "C74F20A3"), "identifier"),
        (PETER_KEY.replace("c74f20a3", "c74f20a4"), "identifier"),
        (PETER_KEY + "\n", "base 64"),
        (" " + PETER_KEY, "name"),
        (PETER_KEY.replace("+ARpc", "++ARpc"), "base 64"),
    ],
)
def test_what_is_not_a_verifier_key_for_ed25519_is_refused(text: str, why: str) -> None:
    with pytest.raises(NoteError, match=why):
        VerifierKey.parse(text)


def test_a_refusal_repeats_nothing_of_what_it_refuses() -> None:
    with pytest.raises(NoteError) as refused:
        VerifierKey.parse("ada@demo.example+c74f20a3+AAAA")
    assert "ada" not in str(refused.value)


@pytest.mark.parametrize("private_key", [b"", bytes(31), bytes(33), bytes(64)])
def test_a_private_key_has_32_bytes(private_key: bytes) -> None:
    with pytest.raises(NoteError, match="32 bytes"):
        sign_note(TEXT, "PeterNeumann", private_key)


@pytest.mark.parametrize("text", ["", "abc", "a\tb\n", "a\r\n", "\ud800\n", "a" * MOST_NOTE_BYTES + "\n"])
def test_what_could_not_be_opened_again_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError, match="a note"):
        sign_note(text, "PeterNeumann", PETER_PRIVATE)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2028b", "a\x1fb", "\udc00"])
def test_a_name_that_could_not_be_read_again_is_none(name: str) -> None:
    with pytest.raises(NoteError, match="name"):
        sign_note(TEXT, name, PETER_PRIVATE)


@given(any_text, names, private_keys)
def test_what_is_signed_opens_with_the_key_and_with_no_other(text: str, name: str, private_key: bytes) -> None:
    signed = sign_note(f"{text}\n", name, private_key)
    assert open_note(signed, VerifierKey.of(name, private_key)) == f"{text}\n"
    with pytest.raises(NoteError, match="not signed"):
        open_note(signed, VerifierKey.of(name, sha256(private_key).digest()))


@given(names, st.binary(min_size=32, max_size=32))
def test_a_verifier_key_survives_being_written_down(name: str, public_key: bytes) -> None:
    key = VerifierKey(name, public_key)
    assert VerifierKey.parse(str(key)) == key


@given(anything, anything)
def test_text_and_name_at_random_are_signed_or_refused_and_nothing_worse(text: str, name: str) -> None:
    try:
        signed = sign_note(text, name, PETER_PRIVATE)
    except NoteError:
        return
    assert open_note(signed, VerifierKey.of(name, PETER_PRIVATE)) == text


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=70))
def test_no_key_and_no_signature_is_so_odd_that_it_gets_no_answer(public_key: bytes, signature: bytes) -> None:
    """There are keys of small order under which odd signatures are good; that is why the key has to be trusted."""
    assert VerifierKey("x", public_key).verifies(TEXT, signature) in (True, False)


@given(st.binary(max_size=300))
def test_bytes_at_random_are_refused_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(data, PETER)


@given(anything)
def test_text_at_random_is_refused_as_a_verifier_key_and_nothing_worse(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


@given(st.data())
def test_a_note_with_a_piece_exchanged_is_refused_and_nothing_worse(data: st.DataObject) -> None:
    signed = note(PETER_LINE)
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(signed))] * 2)))
    piece = data.draw(st.sampled_from([b"", b"\n", b"\n\n", "— ".encode(), b"=", b" "]) | st.binary(max_size=8))
    changed = signed[:start] + piece + signed[stop:]
    if changed == signed:
        return
    with pytest.raises(NoteError):
        open_note(changed, PETER)
