"""Does the log still hold what was written? Recomputed from the stored bytes, and compared with what others kept."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic_core import from_json, to_json

from talent_mcp.audit.growing import Evidence, GrowingTree, Problem, in_order
from talent_mcp.store.protocol import Head, Record, Store

PAGE = 4_096
COMMIT_MARK, COMMIT_START = b',"commit":"', -66
"""An envelope that commits to a body ends with the mark, 64 hexadecimal digits, and `"}`."""
OPENS, ENDS = (
    b'{"v":2,"type":"intent",',
    tuple(b'{"v":2,"type":"%b",' % kind for kind in (b"outcome", b"resolved", b"denied")),
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `problem` is None where all is well, else names the first entry that is wrong."""

    head: Head
    payloads_removed: int
    problem: str | None = None


@dataclass(slots=True)
class Pass:
    """One reading of a log: what it came to so far."""

    tenant: str
    growing: GrowingTree
    removed: int = 0
    doubtful: set[str] = field(default_factory=set[str])

    def take(self, records: Sequence[Record]) -> None:
        """Look at the next entries.

        Raises:
            Problem: one is not what was written.
        """
        named = b'"tenant":' + to_json(self.tenant)
        leaves: list[bytes] = []
        for place, (index, envelope, leaf, body) in enumerate(records, self.growing.tree.size):
            if index != place:
                raise Problem(f"entry {place} is missing")
            computed = sha256(b"\x00" + envelope).digest()
            if computed != leaf:
                raise Problem(f"entry {index} is not the one that was written")
            if named not in envelope:
                raise Problem(f"entry {index} is filed under another tenant than it names")
            self._look_at_body(index, envelope, body)
            self._follow(envelope)
            leaves.append(computed)
        self.growing.take(leaves)

    def _look_at_body(self, index: int, envelope: bytes, body: bytes | None) -> None:
        commits = envelope[COMMIT_START - len(COMMIT_MARK) : COMMIT_START] == COMMIT_MARK
        if body is None:
            self.removed += commits
        elif not commits or sha256(body).hexdigest().encode() != envelope[COMMIT_START:-2]:
            raise Problem(f"the payload of entry {index} is not the one that was written")

    def _follow(self, envelope: bytes) -> None:
        """Keep in mind which calls are in doubt, as the entries go by."""
        if envelope.startswith(OPENS):
            self.doubtful.add(from_json(envelope)["call"])
        elif envelope.startswith(ENDS):
            fields = from_json(envelope)
            if fields.get("outcome") != "unknown":
                self.doubtful.discard(fields["call"])


async def verify(store: Store, tenant: str, evidence: Iterable[Evidence] = ()) -> Verification:
    """Read every entry, compare it with its hash, its body with its commitment, the Merkle root with the recorded
    head, and the root at each size that there is evidence of with that.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    recorded = await store.head(tenant)
    reading = Pass(tenant, GrowingTree(in_order(evidence)))
    try:
        async for records in pages(store, tenant, recorded.size):
            reading.take(records)
        await require_end(store, tenant, recorded, reading)
    except Problem as problem:
        return Verification(recorded, reading.removed, str(problem))
    return Verification(recorded, reading.removed)


async def pages(store: Store, tenant: str, size: int) -> AsyncGenerator[list[Record]]:
    for start in range(0, size, PAGE):
        yield await store.records(tenant, start, min(start + PAGE, size))


async def require_end(store: Store, tenant: str, recorded: Head, reading: Pass) -> None:
    if reading.growing.tree.size != recorded.size:
        raise Problem(f"entry {reading.growing.tree.size} is missing")
    if reading.growing.tree.root != recorded.root:
        raise Problem("the entries do not give the recorded root: one was changed, with its hash")
    beyond = await store.records(tenant, recorded.size, recorded.size + 1)
    if beyond and (await store.head(tenant)).size <= recorded.size:
        raise Problem(f"entry {recorded.size} lies beyond the recorded end")
    reading.growing.end()
    listed = set(await store.calls_in_doubt(tenant))
    if listed != reading.doubtful and await store.head(tenant) == recorded:
        raise Problem("the list of calls in doubt is not the one that the entries give")
