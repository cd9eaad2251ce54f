"""The RFC 6962 Merkle tree, kept incrementally: pure functions over hashes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
PAGE_LEAVES = 1 << 12


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def node_hashes(nodes: list[bytes]) -> list[bytes]:
    """The hashes over each two neighbours, which are even in number."""
    each = iter(nodes)
    # Not through `node_hash`: a call for each is felt over millions.
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(each, each, strict=True)]


def fold(roots: Sequence[bytes]) -> bytes:
    """The Merkle tree hash over perfect subtrees that stand side by side, largest first."""
    if not roots:
        return EMPTY_ROOT
    root, *larger = reversed(roots)
    for left in larger:
        root = node_hash(left, root)
    return root


def append_page(leaves: list[bytes], size: int, frontier: list[bytes]) -> None:
    """Move the frontier of a tree of `size` leaves past these, level by level from the leaves up.

    On each level a left neighbour comes from the frontier, a last node without a right neighbour stays there, and
    the others are hashed to the level above.
    """
    level, smaller = leaves.copy(), list[bytes]()
    while level:
        if size & 1:
            level.insert(0, frontier.pop())
        if len(level) & 1:
            smaller.append(level.pop())
        level = node_hashes(level)
        size >>= 1
    frontier += reversed(smaller)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves, remembered by the roots of its perfect subtrees, largest first.

    Appending costs O(log size) in the worst case and O(1) on average. Many leaves are taken a page at a time and
    hashed level by level, so that an iterable of any length is held in memory by the page.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def append(self, leaves: Iterable[bytes]) -> "Tree":
        """The tree with these leaf hashes added at its end."""
        rest, size, frontier = iter(leaves), self.size, list(self.frontier)
        while page := list(islice(rest, PAGE_LEAVES)):
            append_page(page, size, frontier)
            size += len(page)
        return Tree(size, tuple(frontier))

    @property
    def root(self) -> bytes:
        """RFC 6962 section 2.1: the Merkle tree hash."""
        return fold(self.frontier)

    def to_bytes(self) -> bytes:
        """The frontier's hashes, one after another."""
        return b"".join(self.frontier)

    @classmethod
    def from_bytes(cls, size: int, frontier: bytes) -> "Tree":
        """Read back what `to_bytes` wrote.

        Raises:
            ValueError: the number of hashes is not that of a tree of this size.
        """
        hashes = tuple(frontier[i : i + HASH_BYTES] for i in range(0, len(frontier), HASH_BYTES))
        if len(hashes) != size.bit_count() or len(frontier) % HASH_BYTES:
            raise ValueError("the frontier does not fit the size of the tree")
        return cls(size, hashes)
