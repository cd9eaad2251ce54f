"""Payloads: split by people, put together again, and without those who were erased."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry, write_entry
from talent_mcp.audit.payloads import ERASED, Payload, Payloads, with_value, without
from talent_mcp.audit.sealing import Unreadable
from talent_mcp.audit.subjects import Subjects
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.server.audit.keys import MadeUpKeys

pytestmark = pytest.mark.anyio

TENANT = "firm"


@dataclass(frozen=True, slots=True)
class Bench:
    """Payloads, and the people they are about."""

    payloads: Payloads
    subjects: Subjects

    async def entry(self, payload: Payload, at: float = 1.0) -> StoredEntry:
        sealable = await self.payloads.sealable(TENANT, payload)
        fields: dict[str, JsonValue] = {"subjects": [*sealable.subjects]}
        return StoredEntry(0, write_entry(tenant=TENANT, type_="outcome", at=at, fields=fields, seal=sealable.seal))

    async def read(self, *entries: StoredEntry) -> list[JsonValue]:
        return await self.payloads.open(TENANT, entries)

    async def erase(self, *identifiers: str) -> None:
        await self.subjects.destroy(TENANT, await self.subjects.person(TENANT, identifiers))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    store, keys = SqliteKeys(tmp_path / "keys.db"), MadeUpKeys()
    subjects = Subjects(store, keys)
    yield Bench(Payloads(subjects, keys), subjects)
    await store.close()


def page() -> Payload:
    people: JsonValue = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]
    return Payload(
        content={"result": {"people": people, "total": 2}},
        about=[["linkedin:like"]],
        found=[(("result", "people", 0), [["ocean:1"]]), (("result", "people", 1), [["ocean:2"]])],
    )


async def test_what_was_recorded_is_read_back(bench: Bench) -> None:
    assert await bench.read(await bench.entry(page())) == [page().content]


async def test_nothing_of_it_stands_in_the_body_in_clear(bench: Bench) -> None:
    body = (await bench.entry(page())).entry.body or b""
    assert not any(word in body for word in (b"Ada", b"Bob", b"people", b"total"))


async def test_one_person_of_a_page_can_be_erased_and_the_rest_stays(bench: Bench) -> None:
    entry = await bench.entry(page())
    await bench.erase("ocean:1")
    assert await bench.read(entry) == [{"result": {"people": [ERASED, {"id": "2", "name": "Bob"}], "total": 2}}]


async def test_who_a_part_may_be_about_too_takes_it_along(bench: Bench) -> None:
    found = [(("result", "person"), [["ocean:1"], ["email:a@b.example"]])]
    entry = await bench.entry(Payload(content={"result": {"person": {"id": "1"}, "total": 1}}, found=found))
    await bench.erase("email:a@b.example")
    assert await bench.read(entry) == [{"result": {"person": ERASED, "total": 1}}]


async def test_who_the_whole_is_about_takes_all_but_other_people_along(bench: Bench) -> None:
    entry = await bench.entry(page())
    await bench.erase("linkedin:like")
    left: JsonValue = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]
    assert await bench.read(entry) == [{"erased": True, "left": left}]


async def test_of_several_whom_a_part_is_about_each_is_enough(bench: Bench) -> None:
    payload = Payload(content={"arguments": {"a": 1}}, about=[["linkedin:ada"], ["linkedin:bob"]])
    entry = await bench.entry(payload)
    assert await bench.read(entry) == [payload.content]
    await bench.erase("linkedin:bob")
    assert await bench.read(entry) == [ERASED]


async def test_what_is_about_nobody_is_sealed_all_the_same(bench: Bench) -> None:
    entry = await bench.entry(Payload(content={"arguments": {"secret": "word"}}))
    assert b"word" not in (entry.entry.body or b"")
    assert entry.envelope["subjects"] == []
    assert await bench.read(entry) == [{"arguments": {"secret": "word"}}]


async def test_a_person_of_whom_nothing_is_known_stays_in_the_whole(bench: Bench) -> None:
    payload = Payload(content={"result": {"person": {"name": "?"}}}, found=[(("result", "person"), [[]])])
    assert await bench.read(await bench.entry(payload)) == [payload.content]


async def test_entries_without_a_body_hold_nothing(bench: Bench) -> None:
    bare = StoredEntry(0, write_entry(tenant=TENANT, type_="attempt", at=1.0, fields={}))
    assert await bench.read(bare, await bench.entry(page())) == [None, page().content]


async def test_a_body_of_another_entry_is_refused(bench: Bench) -> None:
    one, other = await bench.entry(page()), await bench.entry(page(), at=2.0)
    moved = StoredEntry(0, type(one.entry)(TENANT, one.entry.envelope, other.entry.body))
    with pytest.raises(Unreadable):
        await bench.read(moved)


async def test_what_is_sealed_is_not_changed_by_it(bench: Bench) -> None:
    payload = page()
    await bench.entry(payload)
    assert payload.content == page().content


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.data())
def test_what_is_taken_out_of_any_place_goes_back_into_it(content: JsonValue, data: st.DataObject) -> None:
    path: list[str | int] = []
    place = content
    while isinstance(place, dict | list) and place and data.draw(st.booleans()):
        step, place = data.draw(st.sampled_from(inner(place)))
        path.append(step)
    rest, value = without(content, tuple(path))
    assert value == place
    assert with_value(rest, path, value) == content


def inner(place: dict[str, JsonValue] | list[JsonValue]) -> list[tuple[str | int, JsonValue]]:
    return [*place.items()] if isinstance(place, dict) else [*enumerate(place)]
