"""The RFC 6962 Merkle tree, kept incrementally: pure functions over hashes."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves, remembered by the roots of its perfect subtrees, largest first.

    Appending costs O(log size) in the worst case and O(1) on average.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def append(self, leaves: Iterable[bytes]) -> "Tree":
        """The tree with these leaf hashes added at its end."""
        size, frontier = self.size, list(self.frontier)
        for leaf in leaves:
            merged, carry = leaf, size
            while carry & 1:
                merged = node_hash(frontier.pop(), merged)
                carry >>= 1
            frontier.append(merged)
            size += 1
        return Tree(size, tuple(frontier))

    @property
    def root(self) -> bytes:
        """RFC 6962 section 2.1: the Merkle tree hash."""
        if not self.frontier:
            return EMPTY_ROOT
        root, *larger = reversed(self.frontier)
        for left in larger:
            root = node_hash(left, root)
        return root

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
