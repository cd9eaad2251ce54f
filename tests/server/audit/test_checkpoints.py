"""Checkpoints: those of a public log of others, our own, and everything that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.checkpoints import MOST_LEAVES, Checkpoint, open_checkpoint, sign_checkpoint
from talent_mcp.audit.merkle import EMPTY_ROOT
from talent_mcp.audit.notes import NoteError, VerifierKey, open_note, sign_note

ORIGIN = "talent.example/default"
PRIVATE_KEY = bytes(range(32))
KEY = VerifierKey.of(ORIGIN, PRIVATE_KEY)
ROOT = bytes(range(32, 64))
CHECKPOINT = Checkpoint(ORIGIN, 20852163, ROOT)

GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GO_CHECKPOINTS = [
    """go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
""",
    """go.sum database tree
15067302
gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=

— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=
— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=
""",
]
"""Of Go's checksum database, as it signed them; the second has a witness's signature too."""

lines = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(0, MOST_LEAVES),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)


@pytest.mark.parametrize("note", GO_CHECKPOINTS)
def test_a_checkpoint_of_a_public_log_is_read_and_written_as_it_is(note: str) -> None:
    text = open_note(note.encode(), VerifierKey.parse(GO_KEY))
    checkpoint = Checkpoint.parse(text)
    assert checkpoint.origin == "go.sum database tree"
    assert str(checkpoint) == text == note.partition("\n\n")[0] + "\n"


def test_a_checkpoint_is_three_lines() -> None:
    assert str(CHECKPOINT) == f"{ORIGIN}\n20852163\nICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"


@given(checkpoints)
def test_a_checkpoint_survives_being_written_down(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(str(checkpoint)) == checkpoint


@pytest.mark.parametrize("size", [0, 1, MOST_LEAVES])
def test_a_signed_checkpoint_opens_with_the_key_of_its_log(size: int) -> None:
    checkpoint = Checkpoint(ORIGIN, size, EMPTY_ROOT, ("an extension",))
    assert open_checkpoint(sign_checkpoint(checkpoint, PRIVATE_KEY), KEY) == checkpoint


def test_a_checkpoint_says_nothing_to_those_who_trust_another_key() -> None:
    with pytest.raises(NoteError, match="not signed by this key"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, PRIVATE_KEY), VerifierKey.of(ORIGIN, bytes(32)))


def test_a_checkpoint_of_another_log_with_the_same_private_key_is_refused() -> None:
    other = Checkpoint("talent.example/other", 1, ROOT)
    with pytest.raises(NoteError, match="not signed by this key"):
        open_checkpoint(sign_checkpoint(other, PRIVATE_KEY), KEY)
    with pytest.raises(NoteError, match="of another log"):
        open_checkpoint(sign_note(str(other), ORIGIN, PRIVATE_KEY), KEY)


def test_an_origin_that_cannot_name_a_key_is_not_signed() -> None:
    with pytest.raises(NoteError, match="name"):
        sign_checkpoint(Checkpoint("go.sum database tree", 1, ROOT), PRIVATE_KEY)


def test_no_bit_of_a_signed_checkpoint_can_change() -> None:
    signed = sign_checkpoint(CHECKPOINT, PRIVATE_KEY)
    for at in range(len(signed)):
        for bit in range(8):
            changed = bytearray(signed)
            changed[at] ^= 1 << bit
            with pytest.raises(NoteError):
                open_checkpoint(bytes(changed), KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        "o\n1\n",
        str(CHECKPOINT)[:-1],
        "\n" + str(CHECKPOINT),
        str(CHECKPOINT) + "\n",
        str(CHECKPOINT) + "an extension without its line feed",
        str(CHECKPOINT) + "\next\n",
        str(CHECKPOINT).replace(ORIGIN, ""),
        str(CHECKPOINT).replace(ORIGIN, "a\tb"),
        str(CHECKPOINT).replace("\n", "\r\n"),
        *(
            str(CHECKPOINT).replace("20852163", size)
            for size in (
                "",
                "00",
                "020852163",
                "+1",
                "-1",
                "1_0",
                " 1",
                "1 ",
                "1.0",
                "0x1",
                "²",
                "٣",
                str(MOST_LEAVES + 1),
                "1" * 5000,
            )
        ),
        *(
            str(CHECKPOINT).replace("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=", root)
            for root in (
                "",
                "ICEi",
                "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
                "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9=",
                "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8/",
                " ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
                "_CEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
                ROOT.hex(),
            )
        ),
    ],
)
def test_what_is_not_the_text_of_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("text", ["hello\n", f"{ORIGIN}\n1\n", str(CHECKPOINT).replace("2085", "+2085")])
def test_a_signed_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="a checkpoint has a line"):
        open_checkpoint(sign_note(text, ORIGIN, PRIVATE_KEY), KEY)


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, ROOT, ()),
        ("a\nb", 1, ROOT, ()),
        ("a\x00b", 1, ROOT, ()),
        ("\ud800", 1, ROOT, ()),
        ("a", -1, ROOT, ()),
        ("a", MOST_LEAVES + 1, ROOT, ()),
        ("a", 1, ROOT[:-1], ()),
        ("a", 1, ROOT, ("",)),
        ("a", 1, ROOT, ("a", "b\n")),
    ],
)
def test_what_could_not_be_read_again_is_no_checkpoint(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(NoteError):
        Checkpoint(origin, size, root, extensions)


@given(st.text(st.characters()) | st.lists(st.text(st.characters()), max_size=5).map("\n".join))
def test_text_at_random_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@given(st.data())
def test_a_text_with_a_piece_exchanged_is_read_as_it_stands_or_refused(data: st.DataObject) -> None:
    text = str(Checkpoint(ORIGIN, 20852163, ROOT, ("an extension",)))
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    changed = text[:start] + data.draw(st.sampled_from(["\n", "0", "="]) | st.text(max_size=5)) + text[stop:]
    try:
        checkpoint = Checkpoint.parse(changed)
    except NoteError:
        return
    assert str(checkpoint) == changed
