"""Verification finds what was changed behind the server's back, and says where."""

from pathlib import Path
from typing import Any

import apsw
import pytest
from pydantic import JsonValue

from talent_mcp.audit.entries import EntryType, write_entry
from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.audit.verify import PAGE, PAGE_BYTES, Verification, pages, verify
from talent_mcp.store.protocol import Record
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio

UNGUARDED = """
DROP TRIGGER entries_are_never_changed;
DROP TRIGGER entries_are_never_deleted;
DROP TRIGGER payloads_are_never_changed;
"""


async def log_of_nine(home: Path) -> Path:
    store = SqliteStore(home / "audit.db")
    for n in range(9):
        await store.append(
            write_entry(
                tenant="default",
                call_id=f"c{n}",
                type_="denied",
                at=n,
                fields={"reason": "x"},
                seal=lambda envelope: b"for " + envelope,
            )
        )
    await store.close()
    return home / "audit.db"


def tamper(path: Path, statement: str, *values: Any) -> None:
    db = apsw.Connection(str(path))
    db.execute(UNGUARDED)  # pyright: ignore[reportUnknownMemberType]
    db.execute(statement, values)  # pyright: ignore[reportUnknownMemberType]
    db.close()


def tamper_again(path: Path, statement: str, *values: Any) -> None:
    """Change a file that nothing guards any more."""
    db = apsw.Connection(str(path))
    db.execute(statement, values)  # pyright: ignore[reportUnknownMemberType]
    db.close()


async def verified(path: Path) -> Verification:
    store = SqliteStore(path)
    try:
        return await verify(store, "default")
    finally:
        await store.close()


async def test_an_untouched_log_verifies(tmp_path: Path) -> None:
    found = await verified(await log_of_nine(tmp_path))
    assert (found.problem, found.head.size, found.payloads_removed) == (None, 9, 0)


async def test_an_empty_log_verifies(tmp_path: Path) -> None:
    assert (await verified(tmp_path / "audit.db")).problem is None


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE entries SET envelope = replace(envelope, '\"x\"', '\"y\"') WHERE idx = 4", "entry 4 is not the one"),
        ("UPDATE entries SET envelope = '{}' WHERE idx = 4", "entry 4 is not the one"),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 4", "entry 4 is not the one"),
        ("INSERT INTO open_calls VALUES ('default', 'c4', 'p', 'unknown')", "list of calls in doubt"),
        ("UPDATE payloads SET body = x'00' WHERE idx = 4", "payload of entry 4"),
        ("DELETE FROM entries WHERE idx = 4", "entry 4 is missing"),
        ("DELETE FROM entries WHERE idx = 8", "entry 8 is missing"),
        ("UPDATE heads SET size = 8, frontier = substr(frontier, 1, 32)", "entry 8 lies beyond"),
    ],
)
async def test_a_change_is_found_and_named(tmp_path: Path, statement: str, problem: str) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, statement)
    found = await verified(path)
    assert found.problem is not None
    assert problem in found.problem


FORGED = (
    ("[]", "filed under another tenant"),
    ('{"v":2,"type":"denied","tenant":"other","call":"c4"}', "filed under another tenant"),
    ('{"tenant":"default"}', "entry 4 cannot be read"),
    ('{"tenant":"default","type":"denied","call":"c4"}', "one was changed, with its hash"),
    ('{"v":2,"type":"denied","call":"c4","tenant":"default","time":""}', "one was changed, with its hash"),
)


@pytest.mark.parametrize(("envelope", "problem"), FORGED)
async def test_an_entry_that_was_forged_with_its_hash_is_found(tmp_path: Path, envelope: str, problem: str) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "DELETE FROM payloads WHERE idx = 4")
    tamper_again(
        path, "UPDATE entries SET envelope = ?, leaf = ? WHERE idx = 4", envelope, leaf_hash(envelope.encode())
    )
    assert problem in str((await verified(path)).problem)


async def test_the_first_of_several_bad_entries_is_named(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "UPDATE payloads SET body = x'00' WHERE idx IN (2, 6)")
    tamper_again(path, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 4")
    assert (await verified(path)).problem == "the payload of entry 2 is not the one that was written"
    tamper_again(path, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 1")
    assert (await verified(path)).problem == "entry 1 is not the one that was written"


async def test_calls_in_doubt_are_followed_however_they_are_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for call_id in ("plain", 'quo"ted', "back\\slash", "名"):
        await append(store, call_id, "intent", {})
        await append(store, call_id, "outcome", {"outcome": "unknown"})
        await append(store, call_id, "attempt", {})
    assert (await verify(store, "default")).problem is None
    await append(store, 'quo"ted', "outcome", {"outcome": "success"})
    await append(store, "plain", "resolved", {"as": "happened", "note": '"outcome":"unknown"'})
    await append(store, "名", "outcome", {"outcome": "success", "before": {"outcome": "unknown"}})
    assert await store.calls_in_doubt("default") == ["back\\slash"]
    assert (await verify(store, "default")).problem is None
    await store.close()


async def append(store: SqliteStore, call_id: str, type_: EntryType, fields: dict[str, JsonValue]) -> None:
    await store.append(write_entry(tenant="default", call_id=call_id, type_=type_, at=1, fields=fields))


async def test_two_entries_that_changed_places_are_found(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    for statement in ("SET idx = 99 WHERE idx = 2", "SET idx = 2 WHERE idx = 3", "SET idx = 3 WHERE idx = 99"):
        db = apsw.Connection(str(path))
        db.execute("DROP TRIGGER IF EXISTS entries_are_never_changed")  # pyright: ignore[reportUnknownMemberType]
        db.execute(f"UPDATE entries {statement}")  # pyright: ignore[reportUnknownMemberType]
        db.close()
    assert (await verified(path)).problem is not None


async def test_removed_payloads_are_counted_and_the_log_still_verifies(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "DELETE FROM payloads WHERE idx < ?", 3)
    found = await verified(path)
    assert (found.problem, found.payloads_removed) == (None, 3)


class LargeBodies(SqliteStore):
    """A log whose bodies have so many bytes each."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path)
        self.body = b"x" * size
        self.asked: list[tuple[int, int]] = []

    async def records(self, tenant: str, start: int, stop: int) -> list[Record]:
        self.asked.append((start, stop))
        return [(index, b"{}", b"", self.body) for index in range(start, stop)]


@pytest.mark.parametrize("body", [0, 10_000, 1_000_000, 2 * PAGE_BYTES])
async def test_what_is_read_at_once_is_bounded_whatever_the_bodies_hold(tmp_path: Path, body: int) -> None:
    store = LargeBodies(tmp_path / "audit.db", body)
    seen = [record[0] async for records in pages(store, "default", 5_000) for record in records]
    assert seen == [*range(5_000)]
    sizes = [stop - start for start, stop in store.asked[1:-1]]
    assert max(sizes) <= PAGE
    assert all(size == 1 or size * body <= PAGE_BYTES for size in sizes)
    assert len(store.asked) < 12 or body
