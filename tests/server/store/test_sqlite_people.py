"""What it takes to find a person in the SQLite file, in steps of its virtual machine: the same on every computer."""

from collections.abc import Callable, Generator
from pathlib import Path

import apsw
import pytest

from talent_mcp.store.keys import Alias, Known, SubjectRow
from talent_mcp.store.sqlite.file import open_writer
from talent_mcp.store.sqlite.people import delete_subjects, joined, oldest_of, whole_person
from talent_mcp.store.sqlite.rows import rows_of

TENANT = "firm"
EMAIL = Alias(b"email", identifies=True)


@pytest.fixture
def db(tmp_path: Path) -> Generator[apsw.Connection]:
    connection = open_writer(tmp_path / "keys.db", "keys", "PRAGMA synchronous = OFF")
    yield connection
    connection.close()


def steps(db: apsw.Connection, work: Callable[[], object]) -> int:
    taken = 0

    def step() -> bool:
        nonlocal taken
        taken += 1
        return False

    db.set_progress_handler(step, 1)
    work()
    db.set_progress_handler(None)
    return taken


def known(name: str, *aliases: Alias) -> Known:
    return Known(aliases, SubjectRow(tenant=TENANT, subject=name, key_version=1, wrapped=b"key", created_at=0.0))


def call(db: apsw.Connection, number: int) -> None:
    """Somebody is asked for by a new profile and turns out to be the same person each time; one of the same name is
    somebody else each time."""
    profile, name = Alias(b"profile %d" % number, identifies=True), Alias(b"name", identifies=False)
    joined(db, TENANT, known(f"asked {number}", profile))
    joined(db, TENANT, known("-", profile, EMAIL, name))
    joined(db, TENANT, known(f"other {number}", Alias(b"other %d" % number, identifies=True), name))
    joined(db, TENANT, known("-", name))


def after(db: apsw.Connection, calls: range, work: Callable[[], object]) -> int:
    """The steps that something takes after these calls."""
    rows_of(db, "BEGIN")
    for number in calls:
        call(db, number)
    rows_of(db, "COMMIT")
    return steps(db, work)


def test_the_thousandth_call_about_a_person_takes_no_more_than_the_tenth(db: apsw.Connection) -> None:
    tenth = after(db, range(10), lambda: call(db, 10))
    thousandth = after(db, range(11, 1000), lambda: call(db, 1000))
    assert thousandth <= tenth * 1.05


def test_the_oldest_of_a_thousand_subjects_is_found_like_the_oldest_of_ten(db: apsw.Connection) -> None:
    of_ten = after(db, range(10), lambda: oldest_of(db, TENANT, EMAIL, 3))
    of_thousand = after(db, range(10, 1000), lambda: oldest_of(db, TENANT, EMAIL, 3))
    assert of_thousand <= of_ten * 1.05


def test_to_find_and_destroy_somebody_takes_no_more_among_many(db: apsw.Connection) -> None:
    ada = Alias(b"ada@", identifies=True)

    def erase() -> None:
        joined(db, TENANT, known("ada", ada))
        found = whole_person(db, TENANT, [ada])
        assert delete_subjects(db, TENANT, [row.subject for row in found]) == 1

    among_few = after(db, range(10), erase)
    among_many = after(db, range(10, 1000), erase)
    assert among_many <= among_few * 1.05


def test_to_find_all_of_a_person_takes_as_much_more_as_there_is_more_of_them(db: apsw.Connection) -> None:
    of_hundred = after(db, range(100), lambda: whole_person(db, TENANT, [EMAIL]))
    of_thousand = after(db, range(100, 1000), lambda: whole_person(db, TENANT, [EMAIL]))
    assert of_thousand <= of_hundred * 11
