"""The pieces that an export consists of, as they are read: of all entries, or of some with their proofs."""

from dataclasses import dataclass, field

from talent_mcp.audit.exports.lines import EntryLine, Opening
from talent_mcp.audit.growing import GrowingTree, Problem
from talent_mcp.audit.merkle import PAGE_LEAVES
from talent_mcp.audit.proofs import verify_inclusion


@dataclass(slots=True)
class WholePiece:
    """All entries from the start on: their leaf hashes give the root."""

    opening: Opening
    growing: GrowingTree
    leaves: list[bytes] = field(default_factory=list[bytes])

    def take(self, entry: EntryLine) -> None:
        """Raises Problem: this is not the next entry."""
        expected = self.growing.tree.size + len(self.leaves)
        if entry.index != expected or expected >= self.opening.stop:
            raise Problem(f"entry {expected} is missing, or another one stands in its place")
        if entry.proof is not None:
            raise Problem(f"entry {entry.index} carries a proof among entries that need none")
        self.leaves.append(entry.leaf)
        if len(self.leaves) == PAGE_LEAVES:
            self._grow()

    def end(self, root: bytes) -> None:
        """Raises Problem: there should be more, or they do not give the root that was signed."""
        self._grow()
        if self.growing.tree.size != self.opening.stop:
            raise Problem(f"entry {self.growing.tree.size} is missing")
        if self.growing.tree.root != root:
            raise Problem("the entries do not give the root that was signed: one was changed, with its hash")

    def _grow(self) -> None:
        leaves, self.leaves = self.leaves, []
        self.growing.take(leaves)


@dataclass(slots=True)
class SelectedPiece:
    """Some entries, each with the proof that it is in the log of this root."""

    opening: Opening
    root: bytes
    next: int

    def take(self, entry: EntryLine) -> None:
        """Raises Problem: the entry is not in the log, or not after those before."""
        if not self.next <= entry.index < self.opening.stop:
            raise Problem(f"entry {entry.index} is not in its place")
        if not verify_inclusion(entry.leaf, entry.index, self.opening.stop, entry.proof or (), self.root):
            raise Problem(f"entry {entry.index} is not in the log whose root the export names")
        self.next = entry.index + 1

    def end(self, root: bytes) -> None:
        """Raises Problem: the root is not the one that was signed."""
        if self.root != root:
            raise Problem("the root that the export names is not the one that was signed")


Piece = WholePiece | SelectedPiece
