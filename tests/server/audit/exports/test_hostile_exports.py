"""Exports that nobody wrote: whatever the file holds, the verifier says that it is none, and never more than that."""

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.exports.check import verify_export
from talent_mcp.audit.exports.lines import EntryLine, Malformed, Opening, checkpoint_of
from tests.second_verifier import export_disagreement
from tests.server.audit.exports.pieces import KEY, checked

NO_HASHES: list[str] = []
ONE_PROOF: list[dict[str, object]] = [{"size": 1, "proof": NO_HASHES}]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["0" * 64, KEY.name]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
OPENINGS = st.fixed_dictionaries(
    {"format": st.just("talent-mcp audit 1"), "log": st.just(KEY.name) | VALUES, "start": VALUES, "stop": VALUES},
    optional={
        "earlier": VALUES | st.just(ONE_PROOF),
        "frontier": VALUES | st.just(NO_HASHES),
        "root": VALUES,
        "selection": VALUES,
    },
)


def line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


LINES = st.builds(
    line,
    OPENINGS
    | st.fixed_dictionaries({"index": VALUES, "leaf": VALUES, "envelope": VALUES})
    | st.fixed_dictionaries({"checkpoint": VALUES})
    | VALUES,
)


@given(st.binary() | st.lists(LINES, max_size=5).map(b"".join))
def test_a_file_that_is_no_export_is_said_to_be_none(export: bytes) -> None:
    assert checked(export).problem is not None
    assert export_disagreement(export, str(KEY)) is not None


@given(st.binary() | LINES)
def test_a_line_is_read_as_it_is_written_or_not_at_all(read: bytes) -> None:
    with suppress(Malformed):
        assert Opening.parse(read).line == read
    with pytest.raises(Malformed):
        EntryLine.parse(read.replace(b"envelope", b"Envelope"))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b"[" * 100_000 + b"\n",
        b'{"format":"talent-mcp audit 1","log":"x","start":1e999,"stop":1,"frontier":[]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":2,"stop":1,"frontier":[]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":-1,"stop":1,"frontier":[]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":1}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":1,"frontier":[],"root":"00","selection":{}}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":01,"frontier":[]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":"1","frontier":[]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":1,"frontier":["0A"]}\n',
        b'{"format":"talent-mcp audit 1","log":"x","start":0,"stop":1,"frontier":[],"more":1}\n',
        b'{"checkpoint":["x"]}\n',
        b'{"checkpoint":"\\ud800"}\n',
        b'{"checkpoint":"x"} \n',
    ],
)
def test_what_is_nearly_a_line_is_none(said: bytes) -> None:
    with pytest.raises(Malformed):
        Opening.parse(said)
    with pytest.raises(Malformed):
        EntryLine.parse(said)
    with pytest.raises(Malformed):
        checkpoint_of(said)


class Endless(io.BytesIO):
    """A line that has no end; it gives at most so much at once."""

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        return b"x" * min(size, 1000)


def test_a_line_without_an_end_is_not_read_for_ever() -> None:
    assert verify_export(Endless(), KEY).problem == "line 1 is cut off"
