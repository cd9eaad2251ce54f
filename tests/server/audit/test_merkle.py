"""The tree against the vectors that Certificate Transparency implementations share, and RFC 6962's definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.merkle import EMPTY_ROOT, PAGE_LEAVES, Tree, leaf_hash, node_hash
from tests.server.audit.vectors import LEAVES, ROOTS


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_shared_vectors(size: int) -> None:
    tree = Tree().append(leaf_hash(leaf) for leaf in LEAVES[:size])
    assert tree.root.hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_a_root_does_not_depend_on_how_the_leaves_were_grouped(leaves: list[bytes], cut: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    tree = Tree().append(hashes[:cut]).append(hashes[cut:])
    assert (tree.size, tree.root) == (len(leaves), defined_root(leaves))


@pytest.mark.parametrize("before", [0, 1, 5, PAGE_LEAVES - 1])
def test_many_leaves_at_once_give_the_tree_that_they_give_one_by_one(before: int) -> None:
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(2 * PAGE_LEAVES + 3)]
    one_by_one = Tree()
    for leaf in leaves:
        one_by_one = one_by_one.append([leaf])
    assert Tree().append(leaves[:before]).append(iter(leaves[before:])) == one_by_one


def test_appending_leaves_the_given_leaves_and_the_smaller_tree_as_they_were() -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    smaller, given_leaves = Tree().append(leaves[:3]), leaves[3:]
    smaller.append(given_leaves)
    assert (smaller.root.hex(), given_leaves) == (ROOTS[2], leaves[3:])


@given(st.integers(0, 200))
def test_a_tree_survives_being_stored(size: int) -> None:
    tree = Tree().append(leaf_hash(bytes([n % 256])) for n in range(size))
    assert Tree.from_bytes(tree.size, tree.to_bytes()) == tree


@pytest.mark.parametrize(("size", "frontier"), [(1, b""), (0, b"x" * 32), (2, b"x" * 31), (3, b"x" * 65)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, frontier: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Tree.from_bytes(size, frontier)
