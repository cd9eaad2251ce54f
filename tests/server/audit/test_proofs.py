"""Proofs against the shared vectors, against an implementation by others, and against everything that is no proof."""

from collections.abc import Sequence

import pytest
import tamperlog  # pyright: ignore[reportMissingTypeStubs]  # its annotations are not marked as such
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.merkle import EMPTY_ROOT, Tree, fold, leaf_hash
from talent_mcp.audit.proofs import (
    Range,
    consistency_proof,
    consistency_ranges,
    inclusion_proof,
    inclusion_ranges,
    perfect_ranges,
    subtrees_of,
    verify_consistency,
    verify_inclusion,
)
from tests.server.audit.vectors import CONSISTENCY, INCLUSION, LEAVES, ROOTS

MOST = 300
HASHES = [leaf_hash(n.to_bytes(2, "big")) for n in range(MOST)]
SUBTREE = subtrees_of(HASHES)

sizes = st.integers(1, MOST)
hashes = st.binary(min_size=32, max_size=32)
places = sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
"""An index and a size."""
growths = sizes.flatmap(lambda new: st.tuples(st.integers(1, new), st.just(new)))
"""An old size and a new one."""


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


@st.composite
def changes(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    """The proof with a hash added, or one dropped, exchanged with another, cut, prolonged or of another bit."""
    at = draw(st.integers(0, len(proof)))
    if at == len(proof) or draw(st.booleans()):
        return [*proof[:at], draw(hashes | st.sampled_from([*HASHES, *proof])), *proof[at:]]
    other = draw(st.integers(0, len(proof) - 1).filter(lambda other: other != at)) if len(proof) > 1 else None
    one = proof[at]
    ways = [[], [flipped(one, draw(st.integers(0, 255)))], [one[:-1]], [one + b"\x00"], [b""]]
    changed = [[*proof[:at], *way, *proof[at + 1 :]] for way in ways]
    return draw(st.sampled_from(changed if other is None else [*changed, exchanged(proof, at, other)]))


def exchanged(proof: list[bytes], one: int, other: int) -> list[bytes]:
    result = proof.copy()
    result[one], result[other] = proof[other], proof[one]
    return result


def hexed(proof: Sequence[bytes]) -> list[str]:
    return [part.hex() for part in proof]


def largest_power_below(size: int) -> int:
    return max(1 << bit for bit in range(size.bit_length()) if 1 << bit < size)


def way_up(index: int, size: int) -> str:
    """On which side the siblings of RFC 6962 section 2.1.1 stand, from a leaf up."""
    if size == 1:
        return ""
    k = largest_power_below(size)
    return way_up(index, k) + "r" if index < k else way_up(index - k, size - k) + "l"


def way_up_from(old: int, new: int) -> str:
    """On which side the siblings of RFC 6962 section 2.1.2 stand, from the old tree's last perfect subtree up."""
    if old == new:
        return ""
    k = largest_power_below(new)
    return way_up_from(old, k) + "r" if old <= k else way_up_from(old - k, new - k) + "l"


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_shared_vectors_and_verify(index: int, size: int) -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    proof = inclusion_proof(index, size, subtrees_of(leaves))
    assert hexed(proof) == INCLUSION[index, size]
    assert verify_inclusion(leaves[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_shared_vectors_and_verify(old: int, new: int) -> None:
    proof = consistency_proof(old, new, subtrees_of([leaf_hash(leaf) for leaf in LEAVES]))
    assert hexed(proof) == CONSISTENCY[old, new]
    assert verify_consistency(old, new, proof, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))


def test_the_judge_hashes_as_the_shared_vectors_do() -> None:
    assert [tamperlog.hash_leaf(leaf) for leaf in LEAVES] == [leaf_hash(leaf) for leaf in LEAVES]
    leaves = [tamperlog.hash_leaf(leaf) for leaf in LEAVES]
    assert [tamperlog.merkle_root(leaves[: size + 1]).hex() for size in range(8)] == ROOTS
    assert tamperlog.empty_root() == EMPTY_ROOT


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, MOST])
def test_the_judge_agrees_about_every_leaf_of_a_tree(size: int) -> None:
    root = SUBTREE(0, size)
    assert tamperlog.merkle_root(HASHES[:size]) == root
    for index in range(size):
        proof = inclusion_proof(index, size, SUBTREE)
        assert proof == tamperlog.inclusion_proof(index, HASHES[:size])
        tamperlog.verify_inclusion(index, size, HASHES[index], proof, root)
        assert verify_inclusion(HASHES[index], index, size, proof, root)


@pytest.mark.parametrize("new", [*range(1, 34), 63, 64, 65, MOST])
def test_the_judge_agrees_about_every_smaller_tree(new: int) -> None:
    for old in range(new + 1):
        proof = consistency_proof(old, new, SUBTREE)
        assert proof == tamperlog.consistency_proof(old, HASHES[:new])
        tamperlog.verify_consistency(old, SUBTREE(0, old), new, SUBTREE(0, new), proof)
        assert verify_consistency(old, new, proof, SUBTREE(0, old), SUBTREE(0, new))


@given(places, st.data())
def test_a_changed_inclusion_proof_is_refused(place: Range, data: st.DataObject) -> None:
    index, size = place
    changed = data.draw(changes(inclusion_proof(index, size, SUBTREE)))
    assert not verify_inclusion(HASHES[index], index, size, changed, SUBTREE(0, size))


@given(places, st.integers(0, 255))
def test_an_inclusion_proof_is_of_one_leaf_and_one_root(place: Range, bit: int) -> None:
    index, size = place
    proof, root = inclusion_proof(index, size, SUBTREE), SUBTREE(0, size)
    assert not verify_inclusion(flipped(HASHES[index], bit), index, size, proof, root)
    assert not verify_inclusion(HASHES[index], index, size, proof, flipped(root, bit))
    assert not verify_inclusion(HASHES[index][:-1], index, size, proof, root)
    assert not verify_inclusion(HASHES[index], index, size, proof, root + b"\x00")


@given(places, st.integers(-2, MOST + 2))
def test_an_inclusion_proof_is_of_one_index(place: Range, other: int) -> None:
    index, size = place
    proof, root = inclusion_proof(index, size, SUBTREE), SUBTREE(0, size)
    assert verify_inclusion(HASHES[index], other, size, proof, root) == (other == index)


@given(places, st.integers(-2, MOST + 2))
def test_an_inclusion_proof_is_of_the_sizes_in_which_the_way_up_is_the_same(place: Range, other: int) -> None:
    """A root does not commit to its size: what tells such sizes apart is the checkpoint that has both."""
    index, size = place
    proof, root = inclusion_proof(index, size, SUBTREE), SUBTREE(0, size)
    same = index < other and way_up(index, other) == way_up(index, size)
    assert verify_inclusion(HASHES[index], index, other, proof, root) == same


@given(growths, st.data())
def test_a_changed_consistency_proof_is_refused(growth: Range, data: st.DataObject) -> None:
    old, new = growth
    changed = data.draw(changes(consistency_proof(old, new, SUBTREE)))
    assert not verify_consistency(old, new, changed, SUBTREE(0, old), SUBTREE(0, new))


@given(growths, st.integers(0, 255))
def test_a_consistency_proof_is_of_two_roots(growth: Range, bit: int) -> None:
    old, new = growth
    proof, before, after = consistency_proof(old, new, SUBTREE), SUBTREE(0, old), SUBTREE(0, new)
    assert not verify_consistency(old, new, proof, flipped(before, bit), after)
    assert not verify_consistency(old, new, proof, before, flipped(after, bit))
    assert not verify_consistency(old, new, proof, before[:-1], after)
    assert not verify_consistency(old, new, proof, before, after + b"\x00")
    assert verify_consistency(old, new, proof, after, before) == (old == new)


@given(growths, st.integers(-2, MOST + 2))
def test_a_consistency_proof_is_of_one_old_size(growth: Range, other: int) -> None:
    old, new = growth
    proof = consistency_proof(old, new, SUBTREE)
    assert verify_consistency(other, new, proof, SUBTREE(0, old), SUBTREE(0, new)) == (other == old)


@given(growths, st.integers(-2, MOST + 2))
def test_a_consistency_proof_is_of_the_new_sizes_in_which_the_way_up_is_the_same(growth: Range, other: int) -> None:
    old, new = growth
    proof = consistency_proof(old, new, SUBTREE)
    same = old <= other and way_up_from(old, other) == way_up_from(old, new)
    assert verify_consistency(old, other, proof, SUBTREE(0, old), SUBTREE(0, new)) == same


@given(growths, st.integers(0, MOST - 1))
def test_a_log_that_was_rewritten_has_no_proof_that_it_continues_the_old_one(growth: Range, at: int) -> None:
    old, new = growth
    at %= old
    rewritten = subtrees_of([*HASHES[:at], leaf_hash(b"rewritten"), *HASHES[at + 1 :]])
    proof = consistency_proof(old, new, rewritten)
    assert not verify_consistency(old, new, proof, SUBTREE(0, old), rewritten(0, new))


@given(sizes, st.lists(hashes, min_size=1, max_size=3))
def test_every_log_continues_the_empty_one_and_needs_no_proof_of_it(new: int, garbage: list[bytes]) -> None:
    root = SUBTREE(0, new)
    assert consistency_proof(0, new, SUBTREE) == []
    assert verify_consistency(0, new, [], EMPTY_ROOT, root)
    assert not verify_consistency(0, new, garbage, EMPTY_ROOT, root)
    assert not verify_consistency(0, new, [], root, root)


def test_the_empty_tree_has_one_root_and_no_leaves() -> None:
    assert verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    assert not verify_consistency(0, 0, [], HASHES[0], HASHES[0])
    assert not verify_consistency(0, 0, [HASHES[0]], EMPTY_ROOT, EMPTY_ROOT)
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)


def test_what_is_no_hash_proves_nothing() -> None:
    assert not verify_inclusion(b"x", 0, 1, [], b"x")
    assert not verify_consistency(1, 1, [], b"x", b"x")
    assert not verify_consistency(0, 1, [], EMPTY_ROOT, b"x")


def test_bytes_cannot_move_from_one_hash_to_its_neighbour() -> None:
    left, right, root = HASHES[0], HASHES[1], SUBTREE(0, 2)
    assert not verify_inclusion(left + right[:1], 0, 2, [right[1:]], root)
    assert not verify_consistency(1, 2, [right[1:]], left + right[:1], root)


@pytest.mark.parametrize(("index", "size"), [(-1, 2), (2, 2), (0, 0), (0, -1), (-1, -1)])
def test_no_proof_speaks_of_a_leaf_that_a_tree_has_not(index: int, size: int) -> None:
    assert not verify_inclusion(HASHES[0], index, size, [HASHES[1]], SUBTREE(0, 2))


@pytest.mark.parametrize(("old", "new"), [(-1, 2), (2, 1), (0, -1), (-2, -1), (-1, -1)])
def test_no_proof_speaks_of_sizes_that_are_none(old: int, new: int) -> None:
    for proof in ([], [HASHES[1]]):
        assert not verify_consistency(old, new, proof, HASHES[0], SUBTREE(0, 2))
        assert not verify_consistency(old, new, proof, EMPTY_ROOT, EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (8, 5), (0, -1)])
def test_no_proof_is_made_for_a_leaf_that_a_tree_has_not(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(index, size, SUBTREE)


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (0, -1)])
def test_no_proof_is_made_for_a_log_that_became_smaller(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="larger"):
        consistency_proof(old, new, SUBTREE)


def is_perfect(start: int, stop: int) -> bool:
    width = stop - start
    return width.bit_count() == 1 and start % width == 0


@given(places, growths)
def test_a_proof_asks_for_perfect_subtrees_and_at_most_one_that_ends_with_the_tree(place: Range, growth: Range) -> None:
    for ranges, size in ((inclusion_ranges(*place), place[1]), (consistency_ranges(*growth), growth[1])):
        assert all(stop == size for start, stop in ranges if not is_perfect(start, stop))
        assert len([stop for _, stop in ranges if stop == size]) <= 1


@given(places, growths)
def test_a_store_of_perfect_subtrees_alone_can_answer(place: Range, growth: Range) -> None:
    def stored(start: int, stop: int) -> bytes:
        assert is_perfect(start, stop)
        return SUBTREE(start, stop)

    def subtree(start: int, stop: int) -> bytes:
        return fold([stored(*perfect) for perfect in perfect_ranges(start, stop)])

    assert inclusion_proof(*place, subtree) == inclusion_proof(*place, SUBTREE)
    assert consistency_proof(*growth, subtree) == consistency_proof(*growth, SUBTREE)


@given(sizes)
def test_the_frontier_of_a_tree_is_its_perfect_subtrees(size: int) -> None:
    frontier = Tree().append(HASHES[:size]).frontier
    assert frontier == tuple(SUBTREE(*perfect) for perfect in perfect_ranges(0, size))
