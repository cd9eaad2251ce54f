"""Inclusion proofs for many entries of one log, which is read twice and held in memory by the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from talent_mcp.audit.merkle import fold, node_hashes
from talent_mcp.audit.proofs import inclusion_ranges, perfect_ranges
from talent_mcp.audit.signing import NotWhole
from talent_mcp.store.protocol import Store

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS


def levels_of(nodes: Sequence[bytes]) -> list[list[bytes]]:
    """The hashes of all perfect subtrees over these: themselves, then over each two neighbours, and so on."""
    levels = [[*nodes]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(node_hashes(below[: len(below) & ~1]))
    return levels


@dataclass(slots=True)
class Prover:
    """Proves that entries are in the log of this size.

    It holds a hash for each 4,096 entries, the last of them, and those that were asked for before: asked for in
    order, all proofs together cost one reading of the log.
    """

    store: Store
    tenant: str
    size: int
    over_pages: list[list[bytes]]
    """The perfect subtrees over whole pages of leaves."""
    tail: list[list[bytes]]
    """The perfect subtrees over the leaves after the last whole page."""
    held: int = -1
    page: list[list[bytes]] = field(default_factory=list[list[bytes]])
    """The perfect subtrees within the page of this number."""

    async def proof(self, index: int) -> list[bytes]:
        """RFC 6962 section 2.1.1: the proof that an entry is in the log.

        Raises:
            ValueError: the log has no such entry.
            NotWhole: an entry is missing.
            StoreUnavailable: the log cannot be read.
        """
        return [await self._range(start, stop) for start, stop in inclusion_ranges(index, self.size)]

    async def root(self) -> bytes:
        """The Merkle root over the leaf hashes that were stored."""
        return await self._range(0, self.size)

    async def _range(self, start: int, stop: int) -> bytes:
        return fold([await self._perfect(first, last) for first, last in perfect_ranges(start, stop)])

    async def _perfect(self, start: int, stop: int) -> bytes:
        height = (stop - start).bit_length() - 1
        if height >= PAGE_BITS:
            return self.over_pages[height - PAGE_BITS][start >> height]
        return (await self._page(start >> PAGE_BITS))[height][(start & (PAGE - 1)) >> height]

    async def _page(self, number: int) -> list[list[bytes]]:
        if number == self.size >> PAGE_BITS:
            return self.tail
        if number != self.held:
            start = number << PAGE_BITS
            self.page = levels_of(await stored_leaves(self.store, self.tenant, start, start + PAGE))
            self.held = number
        return self.page


async def prover(store: Store, tenant: str, size: int) -> Prover:
    """Read the leaf hashes of a log once.

    Raises:
        NotWhole: an entry is missing.
        StoreUnavailable: the log cannot be read.
    """
    whole = size & ~(PAGE - 1)
    roots = [
        levels_of(await stored_leaves(store, tenant, start, start + PAGE))[-1][0] for start in range(0, whole, PAGE)
    ]
    tail = levels_of(await stored_leaves(store, tenant, whole, size))
    return Prover(store, tenant, size, levels_of(roots), tail)


async def stored_leaves(store: Store, tenant: str, start: int, stop: int) -> list[bytes]:
    """The leaf hashes of these entries, none of them missing.

    Raises:
        NotWhole: one is.
        StoreUnavailable: the log cannot be read.
    """
    leaves = await store.leaves(tenant, start, stop)
    if len(leaves) != stop - start:
        raise NotWhole
    return leaves
