"""A log that is read from its beginning, or from where its tree is known, and what it has to meet on the way."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from talent_mcp.audit.merkle import Tree
from talent_mcp.store.protocol import Head


@dataclass(frozen=True, slots=True)
class Evidence:
    """What somebody kept of an earlier state of the log; `source` says in words where it is from."""

    head: Head
    source: str


class Problem(Exception):
    """Something is wrong; the text says what and where."""


@dataclass(slots=True)
class GrowingTree:
    """A tree that grows, and the evidence that it still has to meet, smallest first."""

    evidence: list[Evidence]
    tree: Tree = field(default_factory=Tree)

    def expect(self, kept: Evidence) -> None:
        """Take further evidence, of a size that was not reached yet."""
        insort(self.evidence, kept, key=size_of)

    def take(self, leaves: list[bytes]) -> None:
        """Add leaves up to each size that there is evidence of, and compare.

        Raises:
            Problem: the entries so far are not those that somebody saw.
        """
        before, start = self.tree.size, 0
        while self.evidence and self.evidence[0].head.size <= before + len(leaves):
            kept = self.evidence.pop(0)
            stop = kept.head.size - before
            self.tree = self.tree.append(leaves[start:stop])
            start = stop
            if self.tree.root != kept.head.root:
                raise Problem(f"the first {kept.head.size} entries are not those of {kept.source}: one was changed")
        self.tree = self.tree.append(leaves[start:])

    def end(self) -> None:
        """Raises Problem: there is evidence of more entries than there are."""
        for kept in self.evidence:
            raise Problem(f"entry {self.tree.size} is missing: {kept.source} has {kept.head.size} entries")


def in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence of smaller logs first."""
    return sorted(evidence, key=size_of)


def size_of(kept: Evidence) -> int:
    return kept.head.size
