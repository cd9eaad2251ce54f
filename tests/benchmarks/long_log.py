"""The durable append to a log of ten million entries, against one to a log of ten thousand.

The logs are made by the quick way: raw statements into the real schema, with real leaf hashes and the real head,
without bodies, as those of old entries are removed.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import apsw

from talent_mcp.audit.merkle import Tree, leaf_hash
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore

from .appends import append_all, some_entry
from .table import Row

SHORT, LONG = 10_000, 10_000_000
LONG_LOG_COLUMNS = (f"log of {LONG:,} entries", f"log of {SHORT:,}")
ROUNDS, APPENDS = 100, 64
"""Short rounds, so that what else the machine does falls on both alike; all together, the write-ahead log is folded
into the file some ten times, which counts too."""
LIMIT = 1.2
PAGE = 100_000
UNSAFE = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;"
ZEROS = b"0" * 20
"""The call that the first entry belongs to, as some_entry writes it."""


async def measure_long_log(folder: Path) -> Row:
    """Both logs in turn, round by round."""
    stores = {size: await log_of(folder / f"{size}", size) for size in (SHORT, LONG)}
    took: dict[int, list[float]] = {size: [] for size in stores}
    for round_ in range(ROUNDS):
        for size, store in stores.items():
            first = LONG + round_ * APPENDS
            entries = [some_entry(number) for number in range(first, first + APPENDS)]
            took[size].append(await append_all(store.append, entries, 1))
    for store in stores.values():
        await store.close()
    return row(mean(took[LONG]), mean(took[SHORT]), (folder / f"{LONG}" / "audit.db").stat().st_size)


async def log_of(folder: Path, size: int) -> SqliteStore:
    store = SqliteStore(folder / "audit.db")
    await store.head("default")
    await store.close()
    db = apsw.Connection(str(folder / "audit.db"))
    rows_of(db, UNSAFE)
    tree = Tree()
    for start in range(0, size, PAGE):
        tree = written(db, tree, envelopes(start, min(start + PAGE, size)))
    rows_of(db, "PRAGMA journal_mode = WAL")
    db.close()
    return store


def envelopes(start: int, stop: int) -> Iterator[bytes]:
    """Those of intents and outcomes, of the size that calls leave, in the order of their calls."""
    intent, outcome = some_entry(0).envelope, some_entry(1).envelope
    for number in range(start, stop):
        yield (outcome if number % 2 else intent).replace(ZEROS, b"%020d" % (number // 2), 1)


def written(db: apsw.Connection, tree: Tree, new: Iterator[bytes]) -> Tree:
    """The tree after these were added to the file."""
    added = [(envelope.decode(), leaf_hash(envelope)) for envelope in new]
    rows = ((tree.size + place, envelope, leaf) for place, (envelope, leaf) in enumerate(added))
    rows_of(db, "BEGIN")
    db.executemany("INSERT INTO entries VALUES ('default', ?, ?, ?)", rows)  # pyright: ignore[reportUnknownMemberType]  # apsw names a type that Python has since 3.12
    grown = tree.append(leaf for _, leaf in added)
    rows_of(db, "INSERT OR REPLACE INTO heads VALUES ('default', ?, ?)", grown.size, grown.to_bytes())
    rows_of(db, "COMMIT")
    return grown


def row(long: float, short: float, size: int) -> Row:
    return Row(
        measure=f"durable append, one caller (the long log: {size / 1e9:.1f} GB)",
        values=(f"{long:.3f} ms", f"{short:.3f} ms"),
        ratio=long / short,
        target=f"<= {LIMIT:.2f}",
        met=long <= LIMIT * short,
    )
