"""An export as JSON lines that prove themselves; `lines` says how they look."""

from collections.abc import AsyncIterator
from hashlib import sha256

from talent_mcp.audit.exports.lines import DIGEST, Opening, checkpoint_line, entry_line, payload_line
from talent_mcp.audit.exports.proving import prover, stored_leaves
from talent_mcp.audit.exports.source import Exported, Source
from talent_mcp.audit.merkle import PAGE_LEAVES, Tree
from talent_mcp.audit.signing import LogKey, NotWhole
from talent_mcp.audit.stored_tree import stored_consistency_proof


async def jsonl(source: Source, key: LogKey) -> AsyncIterator[bytes]:
    """The lines of an export: all entries, or those that are wanted, each with its proof.

    Raises:
        NotWhole: the entries are not those that the log's root is of; what came so far proves nothing.
        StoreUnavailable: the log or its keys cannot be read.
    """
    digest = sha256()
    async for line in piece(source, key) if source.selection.is_all else selected_piece(source, key):
        digest.update(line)
        yield line
    yield checkpoint_line(key.sign(source.head, DIGEST + digest.hexdigest()))


async def piece(source: Source, key: LogKey) -> AsyncIterator[bytes]:
    """All entries from the start on, behind what stands for those before."""
    tree = await tree_before(source)
    yield Opening(
        key.verifier.name, source.start, source.head.size, frontier=tree.frontier, earlier=await earlier(source)
    ).line
    leaves: list[bytes] = []
    async for entry in source.entries():
        for line in lines_of(entry):
            yield line
        leaves.append(entry.leaf)
        if len(leaves) == PAGE_LEAVES:
            tree, leaves = tree.append(leaves), []
    require(tree.append(leaves).root == source.head.root)


async def selected_piece(source: Source, key: LogKey) -> AsyncIterator[bytes]:
    """The entries that are wanted, each with its proof."""
    proofs = await prover(source.store, source.tenant, source.head.size)
    require(await proofs.root() == source.head.root)
    yield Opening(
        key.verifier.name,
        source.start,
        source.head.size,
        root=source.head.root,
        selection=source.selection.in_words,
        earlier=await earlier(source),
    ).line
    async for entry in source.entries():
        for line in lines_of(entry, await proofs.proof(entry.stored.index)):
            yield line


async def earlier(source: Source) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
    """The proofs that the log is the one of these earlier sizes, continued."""
    sizes = sorted({size for size in source.earlier if size <= source.head.size})
    proofs = [await stored_consistency_proof(source.store, source.tenant, size, source.head.size) for size in sizes]
    return tuple((size, tuple(proof)) for size, proof in zip(sizes, proofs, strict=True))


async def tree_before(source: Source) -> Tree:
    """The tree over the entries before the first that is exported."""
    tree = Tree()
    for start in range(0, source.start, PAGE_LEAVES):
        stop = min(start + PAGE_LEAVES, source.start)
        tree = tree.append(await stored_leaves(source.store, source.tenant, start, stop))
    return tree


def lines_of(entry: Exported, proof: list[bytes] | None = None) -> list[bytes]:
    index = entry.stored.index
    lines = [entry_line(index, entry.leaf, entry.stored.entry.envelope, proof)]
    return lines if entry.payload is None else [*lines, payload_line(index, entry.payload)]


def require(holds: bool) -> None:
    if not holds:
        raise NotWhole
