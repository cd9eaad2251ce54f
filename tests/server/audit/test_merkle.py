"""The tree against the vectors that Certificate Transparency implementations share, and RFC 6962's definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


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


@given(st.integers(0, 200))
def test_a_tree_survives_being_stored(size: int) -> None:
    tree = Tree().append(leaf_hash(bytes([n % 256])) for n in range(size))
    assert Tree.from_bytes(tree.size, tree.to_bytes()) == tree


@pytest.mark.parametrize(("size", "frontier"), [(1, b""), (0, b"x" * 32), (2, b"x" * 31), (3, b"x" * 65)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, frontier: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Tree.from_bytes(size, frontier)
