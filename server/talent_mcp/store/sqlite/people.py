"""People in the SQLite file: who is meant by what they are known by, inside a caller's transaction."""

import json
from collections.abc import Sequence
from typing import Any

import apsw

from talent_mcp.store.keys import Alias, Known, SubjectRow
from talent_mcp.store.sqlite.rows import rows_of

SUBJECTS = "s.tenant, s.subject, s.key_version, s.wrapped, s.created_at"
SELECT_SUBJECTS = f"SELECT {SUBJECTS} FROM subjects s"  # noqa: S608  # names of ours
OLDEST = f"{SELECT_SUBJECTS} WHERE s.tenant = ? AND s.person = ? ORDER BY s.created_at, s.subject LIMIT ?"
IDENTIFIED = "SELECT person FROM aliases WHERE tenant = ? AND digest = ? AND identifies = 1"
FIRST_KNOWN = "SELECT person FROM aliases WHERE tenant = ? AND digest = ? ORDER BY person LIMIT 1"
ADD = """
INSERT INTO subjects (tenant, subject, key_version, wrapped, created_at, person)
SELECT ?1, ?2, ?3, ?4, ?5, coalesce(max(person), 0) + 1 FROM subjects WHERE tenant = ?1
RETURNING person
"""
STANDS_FOR = "INSERT OR IGNORE INTO aliases (tenant, digest, person, identifies) VALUES (?, ?, ?, ?)"
KNOWN_BY_SO_MUCH = "SELECT 1 FROM aliases WHERE tenant = ? AND person = ? LIMIT 1 OFFSET ?"
MOVE = (
    # Left to itself SQLite takes a tenant for small, and goes through all of its people.
    "UPDATE subjects INDEXED BY subjects_by_person SET person = ?3 WHERE tenant = ?1 AND person = ?2",
    "UPDATE OR IGNORE aliases SET person = ?3 WHERE tenant = ?1 AND person = ?2",
    "DELETE FROM aliases WHERE tenant = ?1 AND person = ?2 AND person <> ?3",
)
DELETE = "DELETE FROM subjects WHERE tenant = ? AND subject IN (SELECT value FROM json_each(?)) RETURNING person"
DELETE_ALIASES_OF_NOBODY = """
DELETE FROM aliases WHERE tenant = ?1 AND person IN (SELECT value FROM json_each(?2))
AND NOT EXISTS (SELECT 1 FROM subjects s WHERE s.tenant = ?1 AND s.person = aliases.person)
"""


def joined(db: apsw.Connection, tenant: str, known: Known) -> SubjectRow:
    found = found_by(db, tenant, known.aliases)
    # Of those that turn out to be one person the oldest subject is the whole person's.
    oldest = min((of_person(db, tenant, person) for person in found), key=by_age, default=known.fresh)
    person = one_person(db, tenant, found) if found else added(db, known.fresh)
    for alias in known.aliases:
        rows_of(db, STANDS_FOR, tenant, alias.digest, person, int(alias.identifies))
    return oldest


def found_by(db: apsw.Connection, tenant: str, aliases: Sequence[Alias]) -> list[int]:
    """Everybody whom something of this identifies; by nothing that identifies, only who was the first."""
    if telling := [alias for alias in aliases if alias.identifies]:
        return [*{row[0] for alias in telling for row in rows_of(db, IDENTIFIED, tenant, alias.digest)}]
    return sorted(row[0] for alias in aliases for row in rows_of(db, FIRST_KNOWN, tenant, alias.digest))[:1]


def of_person(db: apsw.Connection, tenant: str, person: int) -> SubjectRow:
    return subject_row(*rows_of(db, OLDEST, tenant, person, 1)[0])


def added(db: apsw.Connection, row: SubjectRow) -> int:
    """The number of the new person that this subject becomes."""
    values = (row.tenant, row.subject, row.key_version, row.wrapped, row.created_at)
    number: int = rows_of(db, ADD, *values)[0][0]
    return number


def one_person(db: apsw.Connection, tenant: str, people: Sequence[int]) -> int:
    """Make these one person, and return its number."""
    kept = best_known(db, tenant, people)
    for other in (person for person in people if person != kept):
        for statement in MOVE:
            rows_of(db, statement, tenant, other, kept)
    return kept


def best_known(db: apsw.Connection, tenant: str, people: Sequence[int]) -> int:
    """One who is known by more than half as much as any other, without counting further than that takes.

    What moves is less than twice what stays. So nothing moves often, whoever joins people in whatever order.
    """
    much = 1
    while len(people) > 1:
        more = [person for person in people if rows_of(db, KNOWN_BY_SO_MUCH, tenant, person, much)]
        people, much = more or people[:1], 2 * much
    return people[0]


def oldest_of(db: apsw.Connection, tenant: str, identifier: Alias, limit: int) -> list[SubjectRow]:
    found = rows_of(db, IDENTIFIED, tenant, identifier.digest)
    return [subject_row(*row) for (person,) in found for row in rows_of(db, OLDEST, tenant, person, limit)]


def whole_person(db: apsw.Connection, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
    # A CROSS JOIN of SQLite's is made in the order in which it is written.
    marks = ", ".join(f"?{place}" for place in range(2, 2 + len(aliases)))
    sql = f"""WITH RECURSIVE whole (person) AS (
                  SELECT person FROM aliases WHERE tenant = ?1 AND digest IN ({marks})
                  UNION
                  SELECT other.person FROM whole
                  CROSS JOIN aliases own ON own.tenant = ?1 AND own.person = whole.person AND own.identifies = 0
                  CROSS JOIN aliases other ON other.tenant = ?1 AND other.digest = own.digest
                  WHERE NOT EXISTS (
                      SELECT 1 FROM aliases better
                      WHERE better.tenant = ?1 AND better.person = other.person AND better.identifies = 1
                  )
              )
              SELECT {SUBJECTS} FROM whole
              CROSS JOIN subjects s INDEXED BY subjects_by_person ON s.tenant = ?1 AND s.person = whole.person
              ORDER BY s.created_at, s.subject"""  # noqa: S608  # names and marks of ours
    return [subject_row(*row) for row in rows_of(db, sql, tenant, *(alias.digest for alias in aliases))]


def rows_with(db: apsw.Connection, tenant: str, subjects: Sequence[str]) -> list[SubjectRow]:
    sql = f"{SELECT_SUBJECTS} WHERE s.tenant = ? AND s.subject IN (SELECT value FROM json_each(?))"  # noqa: S608  # names of ours
    return [subject_row(*row) for row in rows_of(db, sql, tenant, json.dumps(subjects))]


def delete_subjects(db: apsw.Connection, tenant: str, subjects: Sequence[str]) -> int:
    people = [row[0] for row in rows_of(db, DELETE, tenant, json.dumps(subjects))]
    rows_of(db, DELETE_ALIASES_OF_NOBODY, tenant, json.dumps(people))
    return len(people)


def by_age(row: SubjectRow) -> tuple[float, str]:
    return row.created_at, row.subject


def subject_row(*row: Any) -> SubjectRow:
    tenant, subject, key_version, wrapped, created_at = row
    return SubjectRow(tenant=tenant, subject=subject, key_version=key_version, wrapped=wrapped, created_at=created_at)
