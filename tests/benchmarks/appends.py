"""The durable append, beside a plain file that is written in groups too, and beside the bytes alone."""

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from io import FileIO
from itertools import count
from pathlib import Path
from statistics import median
from typing import TypeVar

import anyio
from anyio.from_thread import start_blocking_portal
from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.store.sqlite.store import SqliteStore

from .jsonl_log import DATA_SYNC, JsonlLog
from .table import Row

T = TypeVar("T")

COLUMNS = ("audit log", "JSONL log", "the bytes alone")
CALLERS = (1, 8, 64)
IN_TURN = 4
RATE_LIMIT = 0.7
LIMITED_CALLERS = 64
NUMBERS = count()


async def measure_appends(folder: Path, rounds: int, appends: int) -> list[Row]:
    taken: dict[int, tuple[list[float], ...]] = {callers: ([], [], []) for callers in CALLERS}
    store, log = await opened(folder / "appends"), JsonlLog(folder / "log.jsonl")
    with (folder / "bare.jsonl").open("ab", buffering=0) as file:
        for _ in range(rounds):
            for callers, (ours, jsonl, bare) in taken.items():
                entries = some_entries(appends if callers > 1 else appends // 4)
                lines = [entry.envelope + (entry.body or b"") + b"\n" for entry in entries]
                ours.append(await append_all(store.append, entries, callers))
                jsonl.append(await append_all(log.append, lines, callers))
                bare.append(write_all(file, lines, callers))
    await store.close()
    log.close()
    return [row(callers, *map(median, measured)) for callers, measured in taken.items()]


@contextmanager
def appending(folder: Path) -> Generator[Callable[[], float]]:
    """The milliseconds that one append takes at this moment: what a call's target allows for is measured in turn
    with the call."""
    with start_blocking_portal() as portal:
        store = portal.call(opened, folder / "in-turn")
        yield lambda: portal.call(append_all, store.append, some_entries(IN_TURN), 1)
        portal.call(store.close)


async def opened(folder: Path) -> SqliteStore:
    store = SqliteStore(folder / "audit.db")
    await append_all(store.append, some_entries(CALLERS[-1]), CALLERS[-1])
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


async def append_all(append: Callable[[T], Awaitable[object]], entries: Sequence[T], callers: int) -> float:
    """Milliseconds an append, with so many callers that each wait for their own."""

    async def caller(own: Sequence[T]) -> None:
        for entry in own:
            await append(entry)

    started = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for first in range(callers):
            tasks.start_soon(caller, entries[first::callers])
    return (time.perf_counter() - started) * 1000 / len(entries)


def write_all(file: FileIO, lines: Sequence[bytes], group: int) -> float:
    """Milliseconds an append, with one write and one fdatasync for a group of lines."""
    started = time.perf_counter()
    for first in range(0, len(lines), group):
        file.write(b"".join(lines[first : first + group]))
        DATA_SYNC(file.fileno())
    return (time.perf_counter() - started) * 1000 / len(lines)


def row(callers: int, ours: float, jsonl: float, bare: float) -> Row:
    """Rates, and the ratio of the log's to that of the plain file."""
    ratio = jsonl / ours
    limited = callers == LIMITED_CALLERS
    return Row(
        measure=f"durable append, {callers} {'caller' if callers == 1 else 'callers'}",
        values=tuple(f"{1000 / taken:,.0f}/s ({taken:.3f} ms)" for taken in (ours, jsonl, bare)),
        ratio=ratio,
        target=f">= {RATE_LIMIT:.2f}" if limited else "",
        met=ratio >= RATE_LIMIT if limited else None,
    )
