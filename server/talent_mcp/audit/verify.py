"""Does the log still hold what was written? Recomputed from the stored bytes."""

from dataclasses import dataclass

from talent_mcp.audit.entries import Entry, StoredEntry, commitment, committed
from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.store.protocol import Head, Store


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `problem` is None where all is well, else names the first entry that is wrong."""

    head: Head
    payloads_removed: int
    problem: str | None = None


async def verify(store: Store, tenant: str) -> Verification:
    """Read every entry, compare payloads with their commitments and the Merkle root with the recorded head.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    recorded = await store.head(tenant)
    tree, removed, doubtful = Tree(), 0, set[str]()
    async for stored in store.entries(tenant, stop=recorded.size):
        if stored.index != tree.size:
            return Verification(recorded, removed, f"entry {tree.size} is missing")
        if problem := entry_problem(stored):
            return Verification(recorded, removed, problem)
        removed += stored.entry.body is None and committed(stored.entry.envelope) is not None
        tree = tree.append([leaf_hash(stored.entry.envelope)])
        follow(doubtful, stored.entry)
    if tree.size != recorded.size:
        return Verification(recorded, removed, f"entry {tree.size} is missing")
    if tree.root != recorded.root:
        return Verification(recorded, removed, "the entries do not give the recorded root: one was changed or replaced")
    if await entry_beyond(store, tenant, recorded):
        return Verification(recorded, removed, f"entry {recorded.size} lies beyond the recorded end")
    listed = set(await store.calls_in_doubt(tenant))
    if listed != doubtful and await store.head(tenant) == recorded:
        return Verification(recorded, removed, "the list of calls in doubt is not the one that the entries give")
    return Verification(recorded, removed)


def follow(doubtful: set[str], entry: Entry) -> None:
    """Keep in mind which calls are in doubt, as the entries go by."""
    if entry.type == "intent":
        doubtful.add(entry.call_id)
    elif entry.settles:
        doubtful.discard(entry.call_id)


async def entry_beyond(store: Store, tenant: str, recorded: Head) -> bool:
    """Whether an entry follows the recorded end that no process has appended since."""
    async for extra in store.entries(tenant, start=recorded.size, stop=recorded.size + 1):
        return extra.index >= (await store.head(tenant)).size
    return False


def entry_problem(stored: StoredEntry) -> str | None:
    """What is wrong within one entry."""
    try:
        envelope = stored.envelope
    except ValueError:
        return f"entry {stored.index} is not readable"
    entry = stored.entry
    if envelope.get("tenant") != entry.tenant:
        return f"entry {stored.index} is filed under another tenant than it names"
    if entry.body is not None and commitment(entry.body) != committed(entry.envelope):
        return f"the payload of entry {stored.index} is not the one that was written"
    return None
