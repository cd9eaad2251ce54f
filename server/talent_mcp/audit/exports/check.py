"""Is an export what the log's key vouches for? It takes the file and the public key, and no log.

It reads line by line, so that an export of any length takes the same memory.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from talent_mcp.audit.evidence import NoEvidence, opened_checkpoint
from talent_mcp.audit.exports.lines import (
    CHECKPOINT,
    DIGEST,
    PAYLOAD,
    EntryLine,
    Malformed,
    Opening,
    checkpoint_of,
)
from talent_mcp.audit.exports.pieces import Piece, SelectedPiece, WholePiece
from talent_mcp.audit.growing import Evidence, GrowingTree, Problem, in_order
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.audit.notes import VerifierKey, split_note
from talent_mcp.audit.proofs import verify_consistency
from talent_mcp.store.protocol import Head

MOST_LINE_BYTES = 1 << 28
NOTHING = Head(-1, b"")
"""The end of an export of which no piece was read yet."""


@dataclass(frozen=True, slots=True)
class ExportVerification:
    """What was found: how many entries of those with start <= index the export holds, and the log's head at its end.

    It holds the `whole` of them, or some. `problem` is None where all is well, else names the first bad entry.
    """

    start: int
    head: Head
    entries: int
    whole: bool
    problem: str | None = None


@dataclass(slots=True)
class Check:
    """The reading of one export."""

    file: IO[bytes]
    key: VerifierKey
    evidence: list[Evidence]
    line: int = 0
    start: int = 0
    entries: int = 0
    whole: bool = True
    head: Head = NOTHING
    tree: Tree | None = None
    """Over all entries up to here, where that is known."""
    payload_of: int | None = None
    """The entry whose payload may come next."""

    def run(self) -> None:
        """Read all pieces.

        Raises:
            Problem: the export is not what the key vouches for, or not of the log that there is evidence of.
            NoEvidence: there is evidence that this export cannot be compared with.
        """
        while line := self._next():
            self._piece(line)
        if self.head is NOTHING:
            raise Problem("it is empty")
        for kept in self.evidence:
            if kept.head.size > self.head.size:
                raise Problem(f"entry {self.head.size} is missing: {kept.source} has {kept.head.size} entries")
            raise NoEvidence(
                f"{kept.source} has {kept.head.size} entries, and this export does not hold all of them, nor what "
                "proves that it is of the same log; export once more with --checkpoint"
            )

    def _next(self) -> bytes:
        line = self.file.readline(MOST_LINE_BYTES)
        self.line += 1
        if line and not line.endswith(b"\n"):
            raise Problem(f"line {self.line} is cut off")
        return line

    def _piece(self, line: bytes) -> None:
        with self._named():
            opening = Opening.parse(line)
        if opening.origin != self.key.name:
            raise Problem(f"line {self.line} says that it is of another log than the key")
        if self.head is NOTHING:
            self.start = opening.start
        elif opening.start != self.head.size:
            raise Problem(f"entry {self.head.size} is missing: the next piece does not go on where this one ends")
        piece = self._whole(opening) if opening.root is None else self._selected(opening, opening.root)
        digest, self.payload_of = sha256(line), None
        while not (line := self._next()).startswith(CHECKPOINT):
            if not line:
                raise Problem("it is cut off: the checkpoint at its end is missing")
            digest.update(line)
            self._entry(line, piece)
        self._close(line, piece, digest.hexdigest())

    def _whole(self, opening: Opening) -> WholePiece:
        try:
            tree = Tree.from_bytes(opening.start, b"".join(opening.frontier or ()))
        except ValueError:
            raise Problem(f"line {self.line} does not stand for {opening.start} entries") from None
        if self.tree is not None and self.tree != tree:
            raise Problem(f"line {self.line} goes on after other entries than those before it")
        return WholePiece(opening, GrowingTree(self._evidence(opening.start, opening.stop), tree))

    def _selected(self, opening: Opening, root: bytes) -> SelectedPiece:
        self.whole = False
        for kept in self._evidence(opening.stop, opening.stop):
            if kept.head.root != root:
                raise Problem(f"the first {opening.stop} entries are not those of {kept.source}: one was changed")
        return SelectedPiece(opening, root, opening.start)

    def _evidence(self, least: int, most: int) -> list[Evidence]:
        """Take out what there is evidence of from this size to that one."""
        taken = [kept for kept in self.evidence if least <= kept.head.size <= most]
        self.evidence = [kept for kept in self.evidence if kept not in taken]
        return taken

    def _entry(self, line: bytes, piece: Piece) -> None:
        if self.payload_of is not None and line.startswith(PAYLOAD % self.payload_of):
            self.payload_of = None
            return
        with self._named():
            entry = EntryLine.parse(line)
        if leaf_hash(entry.envelope) != entry.leaf:
            raise Problem(f"entry {entry.index} is not the one that was written")
        piece.take(entry)
        self.entries += 1
        self.payload_of = entry.index

    def _compare(self, opening: Opening, root: bytes) -> None:
        """Hold the log against evidence that the piece proves to be of the same, by what it brings along."""
        for size, proof in opening.earlier:
            for kept in self._evidence(size, size):
                if not verify_consistency(size, opening.stop, proof, kept.head.root, root):
                    raise Problem(f"the log is not the one of {kept.source}, continued")

    def _close(self, line: bytes, piece: Piece, digest: str) -> None:
        with self._named():
            note = checkpoint_of(line)
        try:
            checkpoint = opened_checkpoint(note, self.key, f"line {self.line}")
        except NoEvidence as error:
            raise Problem(str(error)) from None
        if checkpoint.size != piece.opening.stop or len(split_note(note)[1]) != 1:
            raise Problem(f"line {self.line} is not the checkpoint that this export was written with")
        piece.end(checkpoint.root)
        self._compare(piece.opening, checkpoint.root)
        if checkpoint.extensions != (DIGEST + digest,):
            raise Problem(f"a line up to line {self.line} was changed, outside of the entries")
        self.head = Head(checkpoint.size, checkpoint.root)
        self.tree = piece.growing.tree if isinstance(piece, WholePiece) else None

    @contextmanager
    def _named(self) -> Generator[None]:
        try:
            yield
        except Malformed as error:
            raise Problem(f"line {self.line} cannot be read: {error}") from None


def verify_export(file: IO[bytes], key: VerifierKey, evidence: Iterable[Evidence] = ()) -> ExportVerification:
    """Read an export, and compare its entries with their hashes, these with what was signed, that with the key, and
    the log at each size that there is evidence of with that.

    Raises:
        NoEvidence: there is evidence that this export cannot be compared with.
        OSError: the file cannot be read.
    """
    check, problem = Check(file, key, in_order(evidence)), None
    try:
        check.run()
    except Problem as found:
        problem = str(found)
    return ExportVerification(check.start, check.head, check.entries, check.whole, problem)
