"""`appender.py HOME NAME COUNT PAGES`: appends entries to a log, and says on standard output what became of each.

A line is `ack CALL` once the entry is durable, or `refused CALL REASON`. It goes on for ever where COUNT is 0. PAGES
is after how many pages the write-ahead log is folded into the file.
"""

import itertools
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import anyio

from talent_mcp.audit.entries import write_entry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.sqlite.file import Durability
from talent_mcp.store.sqlite.store import SqliteStore


def say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())


async def append(store: SqliteStore, call_id: str) -> None:
    entry = write_entry(
        tenant="default", call_id=call_id, type_="denied", at=1.0, fields={"reason": "x"}, seal=lambda _: b"b" * 500
    )
    try:
        await store.append(entry)
    except StoreUnavailable as failure:
        say("refused", call_id, str(failure))
    else:
        say("ack", call_id)


async def run(home: str, name: str, count: int, pages: int) -> None:
    durability = Durability(checkpoint_pages=pages)
    appended = 0
    # Between two entries this clock goes on by ten seconds: a file that failed is mended at the next one.
    store = SqliteStore(Path(home) / "audit.db", clock=lambda: time.monotonic() + 10 * appended, durability=durability)
    numbers: Iterable[int] = range(count) if count else itertools.count()
    for number in numbers:
        appended = number
        await append(store, f"{name}-{number}")
    await store.close()


if __name__ == "__main__":
    anyio.run(run, sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
