"""Does the log still hold what was written? Recomputed from the stored bytes, and compared with what others kept."""

import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from pydantic_core import from_json, to_json

from talent_mcp.audit.entries import Entry
from talent_mcp.audit.growing import Evidence, GrowingTree, Problem, in_order
from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.store.protocol import Head, Record, Store

Match = re.Match[bytes] | None

PAGE = 1_024
FIRST_PAGE = 64
PAGE_BYTES = 1 << 23
"""About so much is read at once: where bodies are large, fewer entries."""
COMMIT_MARK, COMMIT_AT, COMMIT_START = b',"commit":"', -77, -66
"""An envelope that commits to a body ends with the mark, 64 hexadecimal digits, and `"}`."""
UNKNOWN = b'"outcome":"unknown"'
HEAD = rb'\{"v":2,"type":"(?:(intent)|(outcome|resolved|denied|checkpoint)|[a-z.]+)"(?:,"call":"([^"\\]*)")?,%b,'
"""How an envelope begins that names this tenant: whether it opens a call or ends it (or tells of a checkpoint), and
which call."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `problem` is None where all is well, else names the first entry that is wrong."""

    head: Head
    payloads_removed: int
    problem: str | None = None


class Pass:
    """One reading of a log: what it came to so far.

    `growing` is the tree over the entries, `removed` how many bodies are not there any more, `doubtful` the calls
    without a known outcome, `late` the recorded checkpoints of trees that are too small by now to be compared.
    """

    def __init__(self, tenant: str, growing: GrowingTree) -> None:
        self.growing = growing
        self.removed = 0
        self.doubtful: set[bytes | None] = set()
        self.late: list[Evidence] = []
        self._named = b'"tenant":' + to_json(tenant)
        self._head = re.compile(HEAD % re.escape(self._named)).match

    def take(self, records: Sequence[Record]) -> None:
        """Look at the next entries.

        Raises:
            Problem: one is not what was written.
        """
        # A loop for each question: whatever else is done for each entry is felt over millions.
        envelopes = [record[1] for record in records]
        leaves = [sha256(b"\x00" + envelope).digest() for envelope in envelopes]
        heads = [self._head(envelope) for envelope in envelopes]
        sound = self._in_place(records, leaves) and self._are_named(heads, envelopes) and are_committed_to(records)
        if not sound:
            self._name(records)
        self._follow(heads, envelopes)
        committing = [envelope[COMMIT_AT:COMMIT_START] for envelope in envelopes].count(COMMIT_MARK)
        self.removed += committing - sum(record[3] is not None for record in records)
        self.growing.take(leaves)

    def _in_place(self, records: Sequence[Record], leaves: list[bytes]) -> bool:
        """Whether these are the next entries, with the hashes that were stored with them."""
        start = self.growing.tree.size
        indices = [record[0] for record in records]
        return indices == [*range(start, start + len(records))] and leaves == [record[2] for record in records]

    def _are_named(self, heads: Sequence[Match], envelopes: Sequence[bytes]) -> bool:
        """Whether all are of this tenant."""
        return None not in heads or all(
            head is not None or self._named in envelope for head, envelope in zip(heads, envelopes, strict=True)
        )

    def _follow(self, heads: Sequence[Match], envelopes: Sequence[bytes]) -> None:
        """Keep in mind which calls are in doubt, as the entries go by."""
        for place, (head, envelope) in enumerate(zip(heads, envelopes, strict=True)):
            opens, ends, call = head.groups() if head else self._parts(place, envelope)
            if opens:
                self.doubtful.add(call)
            elif ends == b"checkpoint":
                self._compare(self.growing.tree.size + place, envelope)
            elif ends and (UNKNOWN not in envelope or self._parts(place, envelope)[1]):
                self.doubtful.discard(call)

    def _parts(self, place: int, envelope: bytes) -> tuple[bool, bool, bytes]:
        """What HEAD finds, of an envelope that is not like most."""
        entry = Entry("", envelope)
        try:
            return entry.type == "intent", entry.settles, str(entry.fields.get("call")).encode()
        except (ValueError, TypeError, KeyError, OverflowError):
            raise Problem(f"entry {self.growing.tree.size + place} cannot be read") from None

    def _compare(self, index: int, envelope: bytes) -> None:
        """Hold the tree against the checkpoint that an entry says was signed."""
        try:
            fields = from_json(envelope)
            signed = Head(int(fields["size"]), bytes.fromhex(fields["root"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            raise Problem(f"entry {index} cannot be read") from None
        evidence = Evidence(signed, f"the checkpoint that entry {index} tells of")
        if signed.size < self.growing.tree.size:
            self.late.append(evidence)
        else:
            self.growing.expect(evidence)

    def _name(self, records: Sequence[Record]) -> NoReturn:
        """Raises Problem: it names the first entry that is wrong."""
        for place, (index, envelope, leaf, body) in enumerate(records, self.growing.tree.size):
            if index != place:
                raise Problem(f"entry {place} is missing")
            if leaf_hash(envelope) != leaf:
                raise Problem(f"entry {index} is not the one that was written")
            if self._named not in envelope:
                raise Problem(f"entry {index} is filed under another tenant than it names")
            if not is_committed_to(envelope, body):
                raise Problem(f"the payload of entry {index} is not the one that was written")
        raise AssertionError("one of them is wrong")


def are_committed_to(records: Sequence[Record]) -> bool:
    """Whether each body that is there is the one that its envelope commits to."""
    return all(is_committed_to(record[1], record[3]) for record in records if record[3] is not None)


def is_committed_to(envelope: bytes, body: bytes | None) -> bool:
    """Whether there is no body, or the one that the envelope commits to."""
    if body is None:
        return True
    commits = envelope[COMMIT_AT:COMMIT_START] == COMMIT_MARK
    return commits and sha256(body).hexdigest().encode() == envelope[COMMIT_START:-2]


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


async def compare_late(store: Store, tenant: str, late: Sequence[Evidence]) -> None:
    """Hold the leaf hashes, which are known to be right, against checkpoints of small trees once more."""
    growing, size = GrowingTree(in_order(late)), max((kept.head.size for kept in late), default=0)
    growing.take([])
    for start in range(0, size, PAGE):
        growing.take(await store.leaves(tenant, start, min(start + PAGE, size)))


async def pages(store: Store, tenant: str, size: int) -> AsyncGenerator[list[Record]]:
    start, page = 0, FIRST_PAGE
    while start < size:
        records = await store.records(tenant, start, min(start + page, size))
        yield records
        start += page
        held = sum(len(record[1]) + len(record[3] or b"") for record in records)
        # Twice as many at the most: what comes next may be larger.
        page = max(1, min(PAGE, 2 * page, page * PAGE_BYTES // max(1, held)))


async def require_end(store: Store, tenant: str, recorded: Head, reading: Pass) -> None:
    if reading.growing.tree.size != recorded.size:
        raise Problem(f"entry {reading.growing.tree.size} is missing")
    if reading.growing.tree.root != recorded.root:
        raise Problem("the entries do not give the recorded root: one was changed, with its hash")
    beyond = await store.records(tenant, recorded.size, recorded.size + 1)
    if beyond and (await store.head(tenant)).size <= recorded.size:
        raise Problem(f"entry {recorded.size} lies beyond the recorded end")
    reading.growing.end()
    await compare_late(store, tenant, reading.late)
    listed = {call_id.encode() for call_id in await store.calls_in_doubt(tenant)}
    if listed != reading.doubtful and await store.head(tenant) == recorded:
        raise Problem("the list of calls in doubt is not the one that the entries give")
