"""The durable append, against writing the same bytes to a file and fdatasync."""

import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from io import FileIO
from itertools import count
from pathlib import Path
from statistics import median

import anyio
from anyio.from_thread import start_blocking_portal
from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.store.sqlite import SqliteStore

from .table import Row

COLUMNS = ("audit log", "the bytes alone")
CALLERS = (1, 8, 64)
IN_TURN = 4
Sync = Callable[[int], None]
# macOS and Windows have no fdatasync.
DATA_SYNC: Sync = getattr(os, "fdatasync", os.fsync)
NUMBERS = count()


async def measure_appends(folder: Path, rounds: int, appends: int) -> list[Row]:
    ours: dict[int, list[float]] = {callers: [] for callers in CALLERS}
    bare: dict[int, list[float]] = {callers: [] for callers in CALLERS}
    store = await opened(folder / "appends")
    with (folder / "bare.jsonl").open("ab", buffering=0) as file:
        for _ in range(rounds):
            for callers in CALLERS:
                entries = some_entries(appends if callers > 1 else appends // 4)
                ours[callers].append(await append_all(store, entries, callers))
                bare[callers].append(write_all(file, entries, callers))
    await store.close()
    return [row(callers, median(ours[callers]), median(bare[callers])) for callers in CALLERS]


@contextmanager
def appending(folder: Path) -> Generator[Callable[[], float]]:
    """The milliseconds that one append takes at this moment: what a call's target allows for is measured in turn
    with the call."""
    with start_blocking_portal() as portal:
        store = portal.call(opened, folder / "in-turn")
        yield lambda: portal.call(append_all, store, some_entries(IN_TURN), 1)
        portal.call(store.close)


async def opened(folder: Path) -> SqliteStore:
    store = SqliteStore(folder / "audit.db")
    await append_all(store, some_entries(CALLERS[-1]), CALLERS[-1])
    return store


def some_entries(number: int) -> list[Entry]:
    """Intents and outcomes of the size that calls leave."""
    return [some_entry(next(NUMBERS)) for _ in range(number)]


def some_entry(number: int) -> Entry:
    fields: dict[str, JsonValue] = {
        "vendor": "ocean",
        "principal": "local",
        "transport": "stdio",
        "client": "benchmark 1",
        "tool": "search_people",
        "decision": "read-only",
        "subjects": ["0" * 32],
    }
    return write_entry(
        tenant="default",
        call_id=f"{number // 2:020}",
        type_="intent" if number % 2 == 0 else "outcome",
        at=time.time(),
        fields=fields,
        seal=lambda _: bytes(400),
    )


async def append_all(store: SqliteStore, entries: Sequence[Entry], callers: int) -> float:
    """Milliseconds an append, with so many callers that each wait for their own."""

    async def caller(own: Sequence[Entry]) -> None:
        for entry in own:
            await store.append(entry)

    started = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for first in range(callers):
            tasks.start_soon(caller, entries[first::callers])
    return (time.perf_counter() - started) * 1000 / len(entries)


def write_all(file: FileIO, entries: Sequence[Entry], group: int) -> float:
    """Milliseconds an append, with one write and one fdatasync for a group of lines."""
    lines = [entry.envelope + (entry.body or b"") + b"\n" for entry in entries]
    started = time.perf_counter()
    for first in range(0, len(lines), group):
        file.write(b"".join(lines[first : first + group]))
        DATA_SYNC(file.fileno())
    return (time.perf_counter() - started) * 1000 / len(entries)


def row(callers: int, ours: float, bare: float) -> Row:
    reference = "write + fdatasync" if callers == 1 else f"groups of {callers}, one fdatasync"
    return Row(
        measure=f"durable append, {callers} {'caller' if callers == 1 else 'callers'}",
        values=(f"{ours:.3f} ms ({1000 / ours:,.0f}/s)", f"{bare:.3f} ms ({1000 / bare:,.0f}/s), {reference}"),
        ratio=ours / bare,
    )
