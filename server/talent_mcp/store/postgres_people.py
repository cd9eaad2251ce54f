"""People in PostgreSQL: who is meant by what they are known by, inside a caller's transaction."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from talent_mcp.store.keys import Alias, Known, SubjectRow
from talent_mcp.store.postgres_rows import Db, rows_of

SUBJECTS = "s.tenant, s.subject, s.key_version, s.wrapped, s.created_at"
SELECT_SUBJECTS = f"SELECT {SUBJECTS} FROM talent_keys.subjects s"  # noqa: S608  # names of ours
KNOWN_BY = f"""
SELECT a.digest, {SUBJECTS} FROM talent_keys.aliases a JOIN talent_keys.subjects s USING (tenant, subject)
WHERE a.tenant = $1 AND a.digest = ANY($2::bytea[]) ORDER BY s.created_at, s.subject
"""  # noqa: S608  # names of ours
WHOLE_PERSON = f"""
WITH RECURSIVE person (subject) AS (
    SELECT subject FROM talent_keys.aliases WHERE tenant = $1 AND digest = ANY($2::bytea[])
    UNION
    SELECT other.subject FROM person
    JOIN talent_keys.aliases own ON own.tenant = $1 AND own.subject = person.subject
    JOIN talent_keys.aliases other ON other.tenant = $1 AND other.digest = own.digest
    WHERE own.identifies AND other.identifies OR NOT EXISTS (
        SELECT 1 FROM talent_keys.aliases better
        WHERE better.tenant = $1 AND better.subject = other.subject AND better.identifies
    )
)
{SELECT_SUBJECTS} JOIN person USING (subject) WHERE s.tenant = $1 ORDER BY s.created_at, s.subject
"""  # noqa: S608  # names of ours
ADD = "INSERT INTO talent_keys.subjects (tenant, subject, key_version, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)"
STANDS_FOR = """
INSERT INTO talent_keys.aliases (tenant, digest, subject, identifies)
SELECT $1, digest, subject, identifies
FROM unnest($2::bytea[], $3::text[], $4::boolean[]) AS new (digest, subject, identifies)
ON CONFLICT DO NOTHING
"""


async def known_by(db: Db, tenant: str, aliases: Sequence[Alias]) -> list[tuple[bytes, SubjectRow]]:
    found = await rows_of(db, KNOWN_BY, tenant, [alias.digest for alias in aliases])
    return [(row[0], subject_row(row[1:])) for row in found]


async def joined(db: Db, tenant: str, person: Known) -> SubjectRow:
    # Who is known by nothing that identifies is whoever was known by the same.
    telling = [alias for alias in person.aliases if alias.identifies] or person.aliases
    same = list({row.subject: row for _, row in await known_by(db, tenant, telling)}.values())
    if not same:
        same = [person.fresh]
        await db.execute(ADD, *astuple(person.fresh))
    stands_for = [
        (alias.digest, row.subject, alias.identifies)
        for alias in person.aliases
        for row in (same if alias.identifies else same[:1])
    ]
    await db.execute(STANDS_FOR, tenant, *([row[place] for row in stands_for] for place in range(3)))
    return same[0]


async def whole_person(db: Db, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
    found = await rows_of(db, WHOLE_PERSON, tenant, [alias.digest for alias in aliases])
    return [subject_row(row) for row in found]


async def subjects_where(db: Db, where: str, *values: Any) -> list[SubjectRow]:
    return [subject_row(row) for row in await rows_of(db, f"{SELECT_SUBJECTS} {where}", *values)]


async def delete_subjects(db: Db, tenant: str, subjects: Sequence[str]) -> int:
    sql = "DELETE FROM talent_keys.subjects WHERE tenant = $1 AND subject = ANY($2::text[]) RETURNING 1"
    return len(await rows_of(db, sql, tenant, [*subjects]))


def subject_row(row: tuple[Any, ...]) -> SubjectRow:
    tenant, subject, key_version, wrapped, created_at = row
    return SubjectRow(tenant=tenant, subject=subject, key_version=key_version, wrapped=wrapped, created_at=created_at)
