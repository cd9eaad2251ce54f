"""Who is the same person, whatever database is behind it: however much they are known by, and whoever joins them."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest

from talent_mcp.store.keys import Alias, KeyStore, Known, SubjectRow
from tests.server.store.keystores import KEY_STORES, SQL, RunSql

pytestmark = pytest.mark.anyio

TENANT = "firm"
ROWS = "SELECT (SELECT count(*) FROM subjects) + (SELECT count(*) FROM aliases)"
PEOPLE = "SELECT person FROM subjects ORDER BY created_at"


@dataclass(slots=True)
class House:
    """A key store, and a way past it."""

    keys: KeyStore
    home: Path
    run_sql: RunSql
    numbers: Iterator[int] = field(default_factory=count)

    async def join(self, *people: Known) -> list[str]:
        return [row.subject for row in await self.keys.join(TENANT, people)]

    async def person(self, *digests: bytes) -> list[str]:
        found = await self.keys.person(TENANT, [Alias(digest, identifies=True) for digest in digests])
        return [row.subject for row in found]

    def rows(self) -> int:
        return int(self.run_sql(self.home, ROWS)[0])

    def subject(self, name: str) -> SubjectRow:
        at = float(next(self.numbers))
        return SubjectRow(tenant=TENANT, subject=name, key_version=1, wrapped=b"key", created_at=at)

    def known(self, fresh: str, identifying: Sequence[bytes] = (), shared: Sequence[bytes] = ()) -> Known:
        aliases = [Alias(digest, identifies=True) for digest in identifying]
        return Known([*aliases, *(Alias(digest, identifies=False) for digest in shared)], self.subject(fresh))


@pytest.fixture(params=list(KEY_STORES))
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[House]:
    name: str = request.param
    async with KEY_STORES[name](tmp_path) as keys:
        yield House(keys, tmp_path, SQL[name])


def call(house: House, number: int) -> list[Known]:
    """Somebody is asked for by a new profile, and the answer says that it is one and the same person each time."""
    profile = b"profile %d" % number
    return [
        house.known(f"asked {number}", [profile]),
        house.known("-", [profile, b"ocean", b"email"], [b"name", b"name %d" % number]),
    ]


async def test_the_thousandth_call_about_one_person_adds_what_the_tenth_added(house: House) -> None:
    added: list[int] = []
    for before, measured in ((range(10), 10), (range(11, 1000), 1000)):
        await house.join(*(known for number in before for known in call(house, number)))
        rows = house.rows()
        await house.join(*call(house, measured))
        added.append(house.rows() - rows)
    assert added[0] == added[1] > 0
    assert len(await house.person(b"profile 3")) == len(await house.person(b"email")) == 1001


async def test_of_two_that_are_one_person_the_larger_part_stays_where_it_is(house: House) -> None:
    """Who keeps joining a large person to a small one, older or younger, makes nobody move the large one."""
    await house.join(house.known("older", [b"older"]), house.known("large", [b"%d" % digest for digest in range(20)]))
    large = house.run_sql(house.home, PEOPLE)[1]
    await house.join(house.known("younger", [b"younger"]))
    await house.join(house.known("-", [b"older", b"7"]), house.known("-", [b"younger", b"8"]))
    assert house.run_sql(house.home, PEOPLE) == [large] * 3
    assert await house.person(b"9") == ["older", "large", "younger"]


async def test_somebody_known_by_more_things_than_a_statement_takes_is_joined_and_destroyed(house: House) -> None:
    much = [b"%d" % digest for digest in range(33_000)]
    await house.join(house.known("ada", much))
    assert await house.join(house.known("-", much)) == ["ada"]
    many = [*(f"nobody {number}" for number in range(33_000)), "ada"]
    assert [row.subject for row in await house.keys.keys_of(TENANT, many)] == ["ada"]
    assert await house.keys.destroy(TENANT, many) == 1
    assert house.rows() == 0


async def test_those_who_share_a_name_stay_apart_when_one_turns_out_to_be_two(house: House) -> None:
    await house.join(
        house.known("ada", [b"ada@"], [b"name", b"desk"]),
        house.known("ada too", [b"ada-1"], [b"name"]),
        house.known("bob", [b"bob@"], [b"name", b"desk"]),
    )
    await house.join(house.known("-", [b"ada@", b"ada-1"]))
    assert await house.person(b"ada-1") == ["ada", "ada too"]
    assert await house.person(b"bob@") == ["bob"]
    assert await house.person(b"name") == ["ada", "ada too", "bob"]


async def test_what_was_gathered_of_a_person_while_they_were_erased_is_found_by_all_they_are_known_by(
    house: House,
) -> None:
    await house.join(house.known("ada", [b"ada@"], [b"name"]))
    marked = await house.person(b"ada@")
    await house.join(house.known("later", [b"ada-1"]), house.known("-", [b"ada-1", b"ada@"]))
    await house.keys.destroy(TENANT, marked)
    for digest in (b"ada@", b"ada-1", b"name"):
        assert await house.person(digest) == ["later"]
    await house.keys.destroy(TENANT, ["later"])
    assert house.rows() == 0


async def test_the_oldest_subjects_of_a_person_are_as_many_as_are_asked_for(house: House) -> None:
    await house.join(*(known for number in range(5) for known in call(house, number)), house.known("bob", [b"bob@"]))
    for limit, names in ((2, ["asked 0", "asked 1"]), (9, [f"asked {number}" for number in range(5)])):
        found = await house.keys.oldest(TENANT, Alias(b"email", identifies=True), limit=limit)
        assert [row.subject for row in found] == names
    assert await house.keys.oldest(TENANT, Alias(b"name", identifies=False), limit=9) == []
    assert await house.keys.oldest("other", Alias(b"email", identifies=True), limit=9) == []


async def test_who_is_known_by_a_name_alone_is_the_first_who_bore_it(house: House) -> None:
    await house.join(house.known("ada", [b"ada@"], [b"name"]), house.known("named", (), [b"other name"]))
    await house.join(house.known("bob", [b"bob@"], [b"other name"]))
    assert await house.join(house.known("-", (), [b"other name"])) == ["named"]
    assert await house.join(house.known("-", (), [b"other name", b"name"])) == ["ada"]


async def test_people_are_joined_by_what_identifies_them_in_whatever_order_it_is_learnt(house: House) -> None:
    """Against a list of who was joined by what, gone through again and again until nothing is added."""
    for seed in range(5):
        random, learnt = Random(seed), list[set[bytes]]()  # noqa: S311  # nothing is to be kept secret
        for number in range(60):
            together = {b"%d-%d" % (seed, random.randrange(50)) for _ in range(random.choice((1, 1, 2, 3)))}
            learnt.append(together)
            (subject,) = await house.join(house.known(f"{seed}-{number}", [*together], [b"name"]))
            assert subject in await house.person(*together)
        for digest in {one for together in learnt for one in together}:
            everything = closure(digest, learnt)
            assert await house.person(digest) == await house.person(*everything)
            others = {one for together in learnt for one in together} - everything
            assert not {*await house.person(digest)} & {*await house.person(*others)}


def closure(digest: bytes, learnt: Sequence[set[bytes]]) -> set[bytes]:
    found, before = {digest}, set[bytes]()
    while found != before:
        before = found
        found = found.union(*(together for together in learnt if together & found))
    return found
