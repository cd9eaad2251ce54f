"""Proofs after RFC 6962 section 2.1: that a log holds an entry, and that a larger log is the smaller one continued.

A proof is the hashes of a few ranges of leaves, which are known beforehand: `inclusion_ranges` and
`consistency_ranges` name them, so that a store can fetch what it needs and no more. A range is `(start, stop)`, with
start <= index < stop. All are perfect subtrees but at most one, which ends where the tree does; `perfect_ranges` takes
that one apart into perfect subtrees, whose hashes `merkle.fold` puts together.

A size is not part of what a root commits to: trees of two sizes can have the same shape around a leaf, and a proof
is then as good for the one as for the other. Root and size have to come from one checkpoint.
"""

from collections.abc import Callable, Sequence

from talent_mcp.audit.merkle import EMPTY_ROOT, HASH_BYTES, Tree, node_hash

Range = tuple[int, int]
SubtreeHash = Callable[[int, int], bytes]
"""The Merkle tree hash over the leaves with start <= index < stop."""


def subtrees_of(leaves: Sequence[bytes]) -> SubtreeHash:
    """Subtree hashes of a log whose leaf hashes are all in memory, worked out anew for each range."""
    return lambda start, stop: Tree().append(leaves[start:stop]).root


def perfect_ranges(start: int, stop: int) -> list[Range]:
    """The perfect subtrees, largest first, that a range of a proof consists of."""
    ranges: list[Range] = []
    while start < stop:
        middle = start + (1 << (stop - start).bit_length() - 1)
        ranges.append((start, middle))
        start = middle
    return ranges


def split(start: int, stop: int) -> int:
    """Where the left subtree ends: it has the largest power of two that is less than the leaves, of at least two."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """RFC 6962 section 2.1.1: the siblings on the way from a leaf up to the root of a tree.

    Raises:
        ValueError: a tree of this size has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    start, stop, ranges = 0, size, list[Range]()
    while stop - start > 1:
        middle = split(start, stop)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """RFC 6962 section 2.1.2: the last perfect subtree of the old tree, then the siblings on the way up in the new.

    That subtree is left out where it is the whole old tree, as its hash is then the old root.

    Raises:
        ValueError: the old tree is larger than the new one, or is no tree.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError("the old tree is larger than the new one")
    start, stop, ranges = 0, new_size, list[Range]()
    while old_size and old_size < stop:
        middle = split(start, stop)
        if old_size <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:
        ranges.append((start, stop))
    return ranges[::-1]


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """RFC 6962 section 2.1.1: the proof that the leaf of this index is in the tree of this size.

    Raises:
        ValueError: a tree of this size has no such leaf.
    """
    return [subtree(start, stop) for start, stop in inclusion_ranges(index, size)]


def consistency_proof(old_size: int, new_size: int, subtree: SubtreeHash) -> list[bytes]:
    """RFC 6962 section 2.1.2: the proof that the new tree begins with the leaves of the old one.

    It is empty where nothing is to be proved: both are of one size, or the old tree is empty.

    Raises:
        ValueError: the old tree is larger than the new one.
    """
    return [subtree(start, stop) for start, stop in consistency_ranges(old_size, new_size)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf hash to a root; a malformed one does not (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or not are_hashes(leaf, *proof, root):
        return False
    ranges = inclusion_ranges(index, size)
    if len(proof) != len(ranges):
        return False
    found = leaf
    for (start, _), sibling in zip(ranges, proof, strict=True):
        found = node_hash(found, sibling) if index < start else node_hash(sibling, found)
    return found == root


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether a proof leads from an old root to a new one; a malformed one does not (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= new_size or not are_hashes(*proof, old_root, new_root):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root and (old_size > 0 or old_root == EMPTY_ROOT)
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    ranges = consistency_ranges(old_size, new_size)
    if len(proof) != len(ranges):
        return False
    return roots_proved(old_size, ranges, proof, old_root) == (old_root, new_root)


def roots_proved(
    old_size: int, ranges: Sequence[Range], proof: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """The roots of the old and the new tree that follow from the hashes of these ranges."""
    nodes = [*zip(ranges, proof, strict=True)]
    # A whole old tree that is perfect is a subtree of the new one: its root is where the way up begins.
    first = old_root if old_size.bit_count() == 1 else nodes.pop(0)[1]
    old = new = first
    for (start, _), sibling in nodes:
        if start < old_size:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old, new


def are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
