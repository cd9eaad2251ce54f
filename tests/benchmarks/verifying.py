"""`audit verify` on one core, beside the hashes that it cannot do without: one a leaf, and one a node of the tree.

Measured in seconds of the processor, as it runs on one core and may be alone with it or not.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import apsw

from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore

from .long_log import log_of
from .processes import NotMeasured
from .table import Row

VERIFY_COLUMNS = ("audit verify", "the hashes alone")
TARGET = 300_000
PAGE = 4_096
CONTENTS = "INSERT INTO payloads SELECT tenant, idx, zeroblob(400) FROM entries"
"""What the entries of the long log commit to."""


async def measure_verify(folder: Path, rounds: int, entries: int) -> list[Row]:
    """A log whose contents were removed, and the same with them.

    Raises:
        NotMeasured: a log is not whole.
    """
    store = await log_of(folder / "verified", entries)
    removed = await in_turn(store, rounds, entries)
    await store.close()
    db = apsw.Connection(str(folder / "verified" / "audit.db"))
    rows_of(db, CONTENTS)
    db.close()
    kept = await in_turn(store, rounds, entries)
    await store.close()
    return [
        verify_row("audit verify, contents removed", median(removed[0]), median(removed[1]), target=TARGET),
        verify_row("audit verify, contents of 400 bytes", median(kept[0]), median(kept[1])),
    ]


async def in_turn(store: SqliteStore, rounds: int, entries: int) -> tuple[list[float], list[float]]:
    """Entries a second of the processor, of each round: verified, and only hashed."""
    envelopes = [record[1] for record in await store.records("default", 0, PAGE)]
    verified, hashed = list[float](), list[float]()
    for _ in range(rounds):
        start = time.process_time()
        found = await verify(store, "default")
        verified.append(entries / (time.process_time() - start))
        if found.problem is not None or found.head.size != entries:
            raise NotMeasured(f"the log of the benchmark is not whole: {found.problem}")
        hashed.append(hashes_alone(envelopes, entries))
    return verified, hashed


def hashes_alone(envelopes: Sequence[bytes], entries: int) -> float:
    start = time.process_time()
    for _ in range(0, entries, len(envelopes)):
        Tree().append([leaf_hash(envelope) for envelope in envelopes])
    return entries / (time.process_time() - start)


def verify_row(measure: str, verified: float, hashed: float, target: int | None = None) -> Row:
    return Row(
        measure=measure,
        values=(f"{verified:,.0f}/s", f"{hashed:,.0f}/s"),
        ratio=verified / hashed,
        target="" if target is None else f">= {target:,}/s",
        met=None if target is None else verified >= target,
    )
