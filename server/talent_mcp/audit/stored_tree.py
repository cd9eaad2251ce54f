"""Proofs about a log that is stored, out of its leaf hashes, which are read by the page.

Proofs of single entries are in `exports.proving`.
"""

from talent_mcp.audit.merkle import Tree
from talent_mcp.audit.proofs import consistency_ranges
from talent_mcp.store.protocol import Store

PAGE = 65_536


async def stored_consistency_proof(store: Store, tenant: str, old_size: int, new_size: int) -> list[bytes]:
    """RFC 6962 section 2.1.2: the proof that the log of the new size begins with that of the old one.

    Raises:
        ValueError: the old size is larger than the new one.
        StoreUnavailable: the log cannot be read.
    """
    return [await range_hash(store, tenant, start, stop) for start, stop in consistency_ranges(old_size, new_size)]


async def range_hash(store: Store, tenant: str, start: int, stop: int) -> bytes:
    """The Merkle tree hash over the entries with start <= index < stop."""
    tree = Tree()
    for page in range(start, stop, PAGE):
        tree = tree.append(await store.leaves(tenant, page, min(page + PAGE, stop)))
    return tree.root
