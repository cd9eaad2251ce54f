"""Selections: by time entry by entry, by all else whole calls."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from talent_mcp.audit.entries import EntryType, StoredEntry, write_entry
from talent_mcp.audit.exports.selection import Selection, Selector
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.exports.pieces import TENANT

pytestmark = pytest.mark.anyio

INTENT = {"principal": "ada", "tool": "search_people", "vendor": "ocean"}


class CountedStore(SqliteStore):
    """Counts how often a call is looked at."""

    looked_at = 0

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        self.looked_at += 1
        return await super().call(tenant, call_id)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[CountedStore]:
    """Two calls side by side, one that was refused, one in doubt, one resolved, and an entry of no call."""
    store = CountedStore(tmp_path / "audit.db")

    async def append(type_: EntryType, call_id: str | None, at: float, **fields: object) -> None:
        await store.append(write_entry(tenant=TENANT, call_id=call_id, type_=type_, at=at, fields={**fields}))  # type: ignore[dict-item]

    await append("intent", "a", 0.0, **INTENT, subjects=["s1"])
    await append("intent", "b", 1.0, principal="ada", tool="upsert_jarvi_profile", vendor="jarvi", subjects=[])
    await append("attempt", "a", 2.0, vendor="ocean", status=200)
    await append("outcome", "b", 3.0, vendor="jarvi", outcome="failure")
    await append("outcome", "a", 4.0, vendor="ocean", outcome="success", subjects=["s2"])
    await append("denied", "c", 5.0, **INTENT, reason="InvalidArguments")
    await append("payloads.pruned", None, 6.0, before="2020", principal="ada")
    await append("intent", "d", 7.0, **INTENT)
    await append("denied", "e", 8.0, reason="UnknownTool", principal="ada")
    await append("outcome", "d", 9.0, vendor="ocean", outcome="unknown")
    yield store
    await store.close()


async def chosen(store: SqliteStore, selection: Selection, size: int = 10) -> list[int]:
    selector = Selector(store, TENANT, selection, size)
    return [entry.index async for entry in store.entries(TENANT, stop=size) if await selector.chosen(entry)]


@pytest.mark.parametrize(
    ("selection", "indices"),
    [
        (Selection(), [*range(10)]),
        (Selection(since="1970-01-01T00:00:04.000+00:00"), [4, 5, 6, 7, 8, 9]),
        (Selection(until="1970-01-01T00:00:01.000+00:00"), [0]),
        (Selection(tool="search_people"), [0, 2, 4, 5, 7, 9]),
        (Selection(tool="upsert_jarvi_profile"), [1, 3]),
        (Selection(tool="enrich_person"), []),
        (Selection(vendor="jarvi"), [1, 3]),
        (Selection(vendor="ocean", until="1970-01-01T00:00:03.000+00:00"), [0, 2]),
        (Selection(outcome="success"), [0, 2, 4]),
        (Selection(outcome="failure"), [1, 3]),
        (Selection(outcome="denied"), [5, 8]),
        (Selection(outcome="unknown"), [7, 9]),
        (Selection(outcome="success", tool="upsert_jarvi_profile"), []),
        (Selection(subjects=frozenset({"s2", "s9"})), [0, 2, 4]),
        (Selection(subjects=frozenset()), []),
        (Selection(call="b"), [1, 3]),
        (Selection(call="z"), []),
    ],
)
async def test_calls_are_chosen_whole(store: CountedStore, selection: Selection, indices: list[int]) -> None:
    assert await chosen(store, selection) == indices


async def test_what_came_after_the_end_of_an_export_is_not_part_of_its_calls(store: CountedStore) -> None:
    assert await chosen(store, Selection(outcome="in doubt"), size=9) == [7]
    assert await chosen(store, Selection(outcome="success"), size=4) == []


async def test_no_call_is_looked_at_where_its_intent_says_enough(store: CountedStore) -> None:
    await chosen(store, Selection(tool="upsert_jarvi_profile"))
    assert store.looked_at == 2  # the call itself, and the refused one of no tool
    await chosen(store, Selection(until="2000"))
    assert store.looked_at == 2


async def test_a_call_that_was_forgotten_is_looked_at_again(store: CountedStore) -> None:
    selector = Selector(store, TENANT, Selection(outcome="success"), 10, most=1)
    found = [entry.index async for entry in store.entries(TENANT) if await selector.chosen(entry)]
    assert found == [0, 2, 4]
    assert store.looked_at == 9  # one for each entry that names a call, as no two of one call follow each other


async def test_a_person_is_not_named_in_what_was_asked_for() -> None:
    assert Selection(subjects=frozenset({"s1"}), tool="x").in_words == {"tool": "x", "person": True}
    assert Selection().is_all
    assert not Selection(since="2000").is_all
    assert not Selection(subjects=frozenset()).is_all
