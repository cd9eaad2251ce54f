"""People in PostgreSQL: who is meant by what they are known by, inside a caller's transaction."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from talent_mcp.store.keys import Alias, Known, SubjectRow
from talent_mcp.store.postgres.rows import Db, column_of, rows_of

SUBJECTS = "s.tenant, s.subject, s.key_version, s.wrapped, s.created_at"
SELECT_SUBJECTS = f"SELECT {SUBJECTS} FROM talent_keys.subjects s"  # noqa: S608  # names of ours
IDENTIFIED = "SELECT person FROM talent_keys.aliases WHERE tenant = $1 AND digest = ANY($2::bytea[]) AND identifies"
FIRST_KNOWN = """
SELECT first.person FROM unnest($2::bytea[]) AS known (digest) CROSS JOIN LATERAL (
    SELECT a.person FROM talent_keys.aliases a WHERE a.tenant = $1 AND a.digest = known.digest ORDER BY a.person LIMIT 1
) AS first ORDER BY first.person LIMIT 1
"""
OLDEST_OF_EACH = f"""
SELECT s.* FROM unnest($2::bigint[]) AS people (person) CROSS JOIN LATERAL (
    {SELECT_SUBJECTS} WHERE s.tenant = $1 AND s.person = people.person ORDER BY s.created_at, s.subject LIMIT $3
) s ORDER BY s.created_at, s.subject
"""  # noqa: S608  # names of ours
ADD = """
INSERT INTO talent_keys.subjects (tenant, subject, key_version, wrapped, created_at, person)
SELECT $1, $2, $3, $4, $5, coalesce(max(person), 0) + 1 FROM talent_keys.subjects WHERE tenant = $1
RETURNING person
"""
STANDS_FOR = """
INSERT INTO talent_keys.aliases (tenant, digest, person, identifies)
SELECT $1, digest, $2, identifies FROM unnest($3::bytea[], $4::boolean[]) AS new (digest, identifies)
ON CONFLICT DO NOTHING
"""
KNOWN_BY_SO_MUCH = """
SELECT person FROM unnest($2::bigint[]) AS people (person) WHERE EXISTS (
    SELECT 1 FROM talent_keys.aliases a WHERE a.tenant = $1 AND a.person = people.person OFFSET $3
)
"""
MOVE = (
    "UPDATE talent_keys.subjects SET person = $3 WHERE tenant = $1 AND person = ANY($2::bigint[])",
    """INSERT INTO talent_keys.aliases (tenant, digest, person, identifies)
       SELECT tenant, digest, $3, identifies FROM talent_keys.aliases WHERE tenant = $1 AND person = ANY($2::bigint[])
       ON CONFLICT DO NOTHING""",
    "DELETE FROM talent_keys.aliases WHERE tenant = $1 AND person = ANY($2::bigint[]) AND person <> $3",
)
WHOLE_PERSON = f"""
WITH RECURSIVE whole (person) AS (
    SELECT person FROM talent_keys.aliases WHERE tenant = $1 AND digest = ANY($2::bytea[])
    UNION
    SELECT other.person FROM whole
    JOIN talent_keys.aliases own ON own.tenant = $1 AND own.person = whole.person AND NOT own.identifies
    JOIN talent_keys.aliases other ON other.tenant = $1 AND other.digest = own.digest
    WHERE NOT EXISTS (
        SELECT 1 FROM talent_keys.aliases better
        WHERE better.tenant = $1 AND better.person = other.person AND better.identifies
    )
)
{SELECT_SUBJECTS} JOIN whole USING (person) WHERE s.tenant = $1 ORDER BY s.created_at, s.subject
"""  # noqa: S608  # names of ours
DELETE = "DELETE FROM talent_keys.subjects WHERE tenant = $1 AND subject = ANY($2::text[]) RETURNING person"
DELETE_ALIASES_OF_NOBODY = """
DELETE FROM talent_keys.aliases a WHERE a.tenant = $1 AND a.person = ANY($2::bigint[])
AND NOT EXISTS (SELECT 1 FROM talent_keys.subjects s WHERE s.tenant = $1 AND s.person = a.person)
"""


async def joined(db: Db, tenant: str, known: Known) -> SubjectRow:
    found = await found_by(db, tenant, known.aliases)
    # Of those that turn out to be one person the oldest subject is the whole person's.
    oldest = await oldest_of_each(db, tenant, found, 1) if found else [known.fresh]
    person = await one_person(db, tenant, found) if found else await db.fetchval(ADD, *astuple(known.fresh))
    digests = [alias.digest for alias in known.aliases]
    await db.execute(STANDS_FOR, tenant, person, digests, [alias.identifies for alias in known.aliases])
    return oldest[0]


async def found_by(db: Db, tenant: str, aliases: Sequence[Alias]) -> list[int]:
    """Everybody whom something of this identifies; by nothing that identifies, only who was the first."""
    if telling := [alias.digest for alias in aliases if alias.identifies]:
        return [*{*await column_of(db, IDENTIFIED, tenant, telling)}]
    return await column_of(db, FIRST_KNOWN, tenant, [alias.digest for alias in aliases])


async def one_person(db: Db, tenant: str, people: Sequence[int]) -> int:
    """Make these one person, and return its number."""
    kept = await best_known(db, tenant, people)
    others = [person for person in people if person != kept]
    for statement in MOVE if others else ():
        await db.execute(statement, tenant, others, kept)
    return kept


async def best_known(db: Db, tenant: str, people: Sequence[int]) -> int:
    """One who is known by more than half as much as any other, without counting further than that takes.

    What moves is less than twice what stays. So nothing moves often, whoever joins people in whatever order.
    """
    much = 1
    while len(people) > 1:
        more = await column_of(db, KNOWN_BY_SO_MUCH, tenant, people, much)
        people, much = more or people[:1], 2 * much
    return people[0]


async def oldest_of(db: Db, tenant: str, identifier: Alias, limit: int) -> list[SubjectRow]:
    return await oldest_of_each(db, tenant, await column_of(db, IDENTIFIED, tenant, [identifier.digest]), limit)


async def oldest_of_each(db: Db, tenant: str, people: Sequence[int], limit: int) -> list[SubjectRow]:
    """The oldest subjects of these people, so many of each at most, from the oldest."""
    return [subject_row(row) for row in await rows_of(db, OLDEST_OF_EACH, tenant, people, limit)]


async def whole_person(db: Db, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
    found = await rows_of(db, WHOLE_PERSON, tenant, [alias.digest for alias in aliases])
    return [subject_row(row) for row in found]


async def subjects_where(db: Db, where: str, *values: Any) -> list[SubjectRow]:
    return [subject_row(row) for row in await rows_of(db, f"{SELECT_SUBJECTS} {where}", *values)]


async def delete_subjects(db: Db, tenant: str, subjects: Sequence[str]) -> int:
    people = await column_of(db, DELETE, tenant, [*subjects])
    await db.execute(DELETE_ALIASES_OF_NOBODY, tenant, [*{*people}])
    return len(people)


def subject_row(row: tuple[Any, ...]) -> SubjectRow:
    tenant, subject, key_version, wrapped, created_at = row
    return SubjectRow(tenant=tenant, subject=subject, key_version=key_version, wrapped=wrapped, created_at=created_at)
