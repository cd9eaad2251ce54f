"""The second verifier: it agrees with the server on what is right, finds what is wrong, and shares no code with it."""

import ast
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.checkpoints import Checkpoint, sign_checkpoint
from talent_mcp.audit.exports.lines import DIGEST, Opening, checkpoint_line
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.audit.notes import VerifierKey, sign_note
from talent_mcp.audit.proofs import inclusion_proof, subtrees_of
from talent_mcp.store.protocol import Head
from tests import second_verifier
from tests.second_verifier import disagreement, export_disagreement
from tests.server.audit.calls import calls_in
from tests.server.audit.exports.pieces import KEY as EXPORT_KEY
from tests.server.audit.exports.pieces import LOG_KEY, exported
from tests.server.audit.vectors import LEAVES

ORIGIN = "talent.example/default"
PRIVATE_KEY = bytes(range(32))
KEY = str(VerifierKey.of(ORIGIN, PRIVATE_KEY))


def checkpoint_of(leaves: list[bytes]) -> bytes:
    tree = Tree().append(leaf_hash(leaf) for leaf in leaves)
    return sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root), PRIVATE_KEY)


@given(st.lists(st.binary(max_size=20), max_size=70))
def test_it_agrees_with_what_the_server_signs(leaves: list[bytes]) -> None:
    assert disagreement(checkpoint_of(leaves), KEY, leaves) is None


@pytest.mark.parametrize(
    ("leaves", "problem"),
    [
        ([*LEAVES, b"more"], "is of 8 leaves, here are 9"),
        (LEAVES[:-1], "is of 8 leaves, here are 7"),
        ([*LEAVES[:2], b"other", *LEAVES[3:]], "do not give the checkpoint's root"),
        ([LEAVES[1], LEAVES[0], *LEAVES[2:]], "do not give the checkpoint's root"),
    ],
)
def test_it_finds_leaves_that_are_not_those_of_the_checkpoint(leaves: list[bytes], problem: str) -> None:
    assert problem in str(disagreement(checkpoint_of(LEAVES), KEY, leaves))


def test_it_finds_a_note_that_the_key_did_not_sign() -> None:
    signed, other = checkpoint_of(LEAVES), str(VerifierKey.of(ORIGIN, bytes(32)))
    assert disagreement(signed, other, LEAVES) == "the key did not sign this note"
    assert disagreement(signed.replace(b"\n8\n", b"\n9\n"), KEY, LEAVES) == "the key did not sign this note"


def test_it_finds_a_checkpoint_of_another_log() -> None:
    other = Checkpoint("talent.example/other", 0, Tree().root)
    assert disagreement(sign_checkpoint(other, PRIVATE_KEY), KEY, []) == "the key did not sign this note"
    signed = sign_note(str(other), ORIGIN, PRIVATE_KEY)
    assert disagreement(signed, KEY, []) == "the checkpoint is of another log"


@pytest.mark.parametrize(
    ("note", "key"),
    [
        (b"", KEY),
        (b"\xff", KEY),
        (b"a\n\nb\n", KEY),
        (sign_note("hello\n", ORIGIN, PRIVATE_KEY), KEY),
        (checkpoint_of(LEAVES), ""),
        (checkpoint_of(LEAVES), KEY[:-4]),
    ],
)
def test_it_says_so_where_there_is_nothing_to_read(note: bytes, key: str) -> None:
    assert disagreement(note, key, LEAVES) == "the note or the key cannot be read"


@pytest.mark.parametrize(("leaves", "code", "said"), [(b"a\nb\n", 0, "they agree\n"), (b"b\na\n", 1, "root\n")])
def test_as_a_program_it_says_whether_they_agree(tmp_path: Path, leaves: bytes, code: int, said: str) -> None:
    (tmp_path / "checkpoint").write_bytes(checkpoint_of([b"a", b"b"]))
    (tmp_path / "leaves").write_bytes(leaves)
    arguments = [str(tmp_path / "checkpoint"), KEY, str(tmp_path / "leaves")]
    done = subprocess.run(  # noqa: S603  # this Python, and files of this test
        [sys.executable, second_verifier.__file__, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.endswith(said)


@pytest.mark.anyio
async def test_as_a_program_it_takes_an_export_too(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        export = await exported(calls.store)
    path = tmp_path / "export"
    for content, code, said in (
        (export, 0, "they agree\n"),
        (export[:-1], 1, "the last line is not as it was written\n"),
    ):
        path.write_bytes(content)
        done = subprocess.run(  # noqa: ASYNC221, S603  # nothing else runs here; this Python, and a file of this test
            [sys.executable, second_verifier.__file__, str(path), str(EXPORT_KEY)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (code, said, "")


@pytest.mark.parametrize("size", range(1, 20))
def test_it_agrees_with_the_server_on_proofs(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    root = Tree().append(leaves).root
    for index, leaf in enumerate(leaves):
        proof = [node.hex() for node in inclusion_proof(index, size, subtrees_of(leaves))]
        assert second_verifier.proved_root(index, size, leaf, proof) == root
        with pytest.raises(ValueError, match="too long"):
            second_verifier.proved_root(index, size, leaf, [*proof, root.hex()])
        if proof:
            with pytest.raises(ValueError, match="too short"):
                second_verifier.proved_root(index, size, leaf, proof[:-1])


def test_it_finds_a_piece_that_is_missing_and_a_stranger_s_key() -> None:
    pieces = [
        Opening(EXPORT_KEY.name, start, start, frontier=Tree().append([bytes(32)] * start).frontier).line
        for start in (0, 1)
    ]
    heads = [Head(start, Tree().append([bytes(32)] * start).root) for start in (0, 1)]
    first, second = (
        piece + checkpoint_line(LOG_KEY.sign(head, DIGEST + sha256(piece).hexdigest()))
        for piece, head in zip(pieces, heads, strict=True)
    )
    assert export_disagreement(first, str(EXPORT_KEY)) is export_disagreement(second, str(EXPORT_KEY)) is None
    assert export_disagreement(first + second, str(EXPORT_KEY)) == "a piece of the export is missing"
    stranger = str(VerifierKey.of(EXPORT_KEY.name, bytes(32)))
    assert export_disagreement(first, stranger) == "the key did not sign this export"


def test_it_imports_nothing_of_the_server() -> None:
    tree = ast.parse(Path(second_verifier.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(str(name).startswith(("talent", "tests")) for name in imported)
    assert [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names] == [
        "json",
        "sys",
    ]
