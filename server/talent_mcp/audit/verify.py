"""Does the log still hold what was written? Recomputed from the stored bytes, and compared with what others kept."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic_core import from_json, to_json

from talent_mcp.audit.merkle import Tree
from talent_mcp.store.protocol import Head, Record, Store

PAGE = 4_096
COMMIT_MARK, COMMIT_START = b',"commit":"', -66
"""An envelope that commits to a body ends with the mark, 64 hexadecimal digits, and `"}`."""
OPENS, ENDS = (
    b'{"v":2,"type":"intent",',
    tuple(b'{"v":2,"type":"%b",' % kind for kind in (b"outcome", b"resolved", b"denied")),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What somebody kept of an earlier state of the log; `source` says in words where it is from."""

    head: Head
    source: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `problem` is None where all is well, else names the first entry that is wrong."""

    head: Head
    payloads_removed: int
    problem: str | None = None


class Problem(Exception):
    """Something is wrong; the text says what and where."""


@dataclass(slots=True)
class Pass:
    """One reading of a log from its beginning: what it came to so far, and which evidence it still has to meet."""

    tenant: str
    evidence: list[Evidence]
    tree: Tree = field(default_factory=Tree)
    removed: int = 0
    doubtful: set[str] = field(default_factory=set[str])

    def take(self, records: Sequence[Record]) -> None:
        """Look at the next entries.

        Raises:
            Problem: one is not what was written.
        """
        named = b'"tenant":' + to_json(self.tenant)
        leaves: list[bytes] = []
        for place, (index, envelope, leaf, body) in enumerate(records, self.tree.size):
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
        self._grow(leaves)

    def end(self) -> None:
        """Raises Problem: there is evidence of more entries than there are."""
        for kept in self.evidence:
            raise Problem(f"entry {self.tree.size} is missing: {kept.source} has {kept.head.size} entries")

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

    def _grow(self, leaves: list[bytes]) -> None:
        """Add leaves up to each size that there is evidence of, and compare."""
        before, start = self.tree.size, 0
        while self.evidence and self.evidence[0].head.size <= before + len(leaves):
            kept = self.evidence.pop(0)
            stop = kept.head.size - before
            self.tree = self.tree.append(leaves[start:stop])
            start = stop
            if self.tree.root != kept.head.root:
                raise Problem(f"the first {kept.head.size} entries are not those of {kept.source}: one was changed")
        self.tree = self.tree.append(leaves[start:])


async def verify(store: Store, tenant: str, evidence: Iterable[Evidence] = ()) -> Verification:
    """Read every entry, compare it with its hash, its body with its commitment, the Merkle root with the recorded
    head, and the root at each size that there is evidence of with that.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    recorded = await store.head(tenant)
    reading = Pass(tenant, in_order(evidence))
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
    if reading.tree.size != recorded.size:
        raise Problem(f"entry {reading.tree.size} is missing")
    if reading.tree.root != recorded.root:
        raise Problem("the entries do not give the recorded root: one was changed, with its hash")
    beyond = await store.records(tenant, recorded.size, recorded.size + 1)
    if beyond and (await store.head(tenant)).size <= recorded.size:
        raise Problem(f"entry {recorded.size} lies beyond the recorded end")
    reading.end()
    listed = set(await store.calls_in_doubt(tenant))
    if listed != reading.doubtful and await store.head(tenant) == recorded:
        raise Problem("the list of calls in doubt is not the one that the entries give")


def in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    size: Callable[[Evidence], int] = lambda kept: kept.head.size  # noqa: E731  # it is too small for a function
    return sorted(evidence, key=size)
