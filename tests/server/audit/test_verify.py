"""Verification finds what was changed behind the server's back, and says where."""

from pathlib import Path
from typing import Any

import apsw
import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.verify import Verification, verify
from talent_mcp.store.sqlite import SqliteStore

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
