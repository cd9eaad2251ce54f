"""People of the log: the same person is the same subject, and a destroyed one is nobody."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from talent_mcp.audit.subjects import REMEMBERED_SECONDS, Subjects
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.server.audit.keys import MadeUpKeys

pytestmark = pytest.mark.anyio

TENANT = "firm"


@dataclass(slots=True)
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class House:
    """Two processes on one file of keys."""

    store: SqliteKeys
    clock: Clock = field(default_factory=Clock)
    keys: MadeUpKeys = field(default_factory=MadeUpKeys)

    def subjects(self) -> Subjects:
        return Subjects(self.store, self.keys, self.clock)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    store = SqliteKeys(tmp_path / "keys.db")
    yield House(store)
    await store.close()


async def one(subjects: Subjects, *identifiers: str, tenant: str = TENANT) -> tuple[str, bytes]:
    (found,) = await subjects.of(tenant, [identifiers])
    assert found is not None
    return found.subject, found.key


async def test_a_person_keeps_subject_and_key_by_whatever_it_is_called(house: House) -> None:
    subjects = house.subjects()
    ada = await one(subjects, "email:ada@example.com")
    assert await one(subjects, "email:ada@example.com", "linkedin:ada") == ada
    assert await one(house.subjects(), "linkedin:ada") == ada
    assert await one(subjects, "email:bob@example.com") != ada


async def test_each_person_stands_in_its_place_and_nobody_is_none(house: House) -> None:
    ada, nobody, again = await house.subjects().of(TENANT, [["linkedin:ada"], [], ["linkedin:ada"]])
    assert ada == again
    assert nobody is None


async def test_the_same_identifier_at_another_tenant_is_another_subject(house: House) -> None:
    subjects = house.subjects()
    ours, theirs = await one(subjects, "linkedin:ada"), await one(subjects, "linkedin:ada", tenant="other")
    assert ours[0] != theirs[0]
    assert ours[1] != theirs[1]
    assert await subjects.keys("other", [ours[0]]) == {}


async def test_two_subjects_that_turn_out_to_be_one_person_are_both_theirs(house: House) -> None:
    subjects = house.subjects()
    first, second = await one(subjects, "linkedin:ada"), await one(subjects, "email:ada@example.com")
    assert await one(subjects, "linkedin:ada", "email:ada@example.com") in (first, second)
    assert {*await subjects.person(TENANT, ["linkedin:ada"])} == {first[0], second[0]}


async def test_a_telephone_makes_nobody_one_person(house: House) -> None:
    subjects = house.subjects()
    ada = await one(subjects, "linkedin:ada", "phone:+4930123456")
    bob = await one(subjects, "linkedin:bob", "phone:+4930123456")
    assert ada != bob
    assert await subjects.person(TENANT, ["linkedin:ada"]) == [ada[0]]
    assert {*await subjects.person(TENANT, ["phone:+4930123456"])} == {ada[0], bob[0]}


async def test_a_destroyed_subject_is_nobody_and_the_person_may_come_again(house: House) -> None:
    subjects = house.subjects()
    ada = await one(subjects, "linkedin:ada")
    assert await subjects.destroy(TENANT, [ada[0]]) == 1
    assert await subjects.keys(TENANT, [ada[0]]) == {}
    assert await subjects.person(TENANT, ["linkedin:ada"]) == []
    assert await one(subjects, "linkedin:ada") != ada


async def test_another_process_notices_within_half_a_minute(house: House) -> None:
    here, there = house.subjects(), house.subjects()
    ada = await one(there, "linkedin:ada")
    await here.destroy(TENANT, [ada[0]])
    house.clock.now += REMEMBERED_SECONDS
    assert await one(there, "linkedin:ada") == ada
    house.clock.now += 0.1
    assert await one(there, "linkedin:ada") != ada


async def test_a_clock_that_is_put_back_lets_nothing_be_remembered_for_longer(house: House) -> None:
    here, there = house.subjects(), house.subjects()
    ada = await one(there, "linkedin:ada")
    await here.destroy(TENANT, [ada[0]])
    house.clock.now -= 365 * 86_400
    assert await one(there, "linkedin:ada") != ada


async def test_a_key_is_wrapped_for_its_subject_under_the_version_that_sealed_it(house: House) -> None:
    ada = await one(house.subjects(), "linkedin:ada")
    house.keys.newest = 2
    bob = await one(house.subjects(), "linkedin:bob")
    rows = await house.store.keys_of(TENANT, [ada[0], bob[0]])
    assert {row.key_version for row in rows} == {1, 2}
    assert all(key not in row.wrapped for row in rows for key in (ada[1], bob[1]))
    assert await house.subjects().keys(TENANT, [ada[0], bob[0]]) == dict([ada, bob])


async def test_a_key_in_another_subjects_place_does_not_open(house: House) -> None:
    ada, bob = await one(house.subjects(), "linkedin:ada"), await one(house.subjects(), "linkedin:bob")
    first, second = await house.store.keys_of(TENANT, [ada[0], bob[0]])
    await house.store.reseal_subjects([replace(first, wrapped=second.wrapped)])
    with pytest.raises(StoreUnavailable, match="does not open"):
        await house.subjects().keys(TENANT, [first.subject])


async def test_no_more_people_are_remembered_than_fit(house: House) -> None:
    subjects = house.subjects()
    people = [[f"linkedin:p{number}"] for number in range(2_050)]
    found = await subjects.of(TENANT, people)
    assert len({person.subject for person in found if person}) == len(people)
