"""Keys from before a person had a number: whoever was one person is one, and nobody else is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from talent_mcp.store.keys import Alias, Known, SubjectRow
from tests.postgres import database_of, migrate, shared_cluster
from tests.server.store.keystores import KEY_STORES, SQL

pytestmark = pytest.mark.anyio

TENANT = "firm"
BEFORE = """
DROP TABLE aliases;
DROP INDEX subjects_by_person;
ALTER TABLE subjects DROP COLUMN person;
"""
BEFORE_SQLITE = """
CREATE TABLE aliases (
    tenant TEXT NOT NULL, digest BLOB NOT NULL, subject TEXT NOT NULL, identifies INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest, subject),
    FOREIGN KEY (tenant, subject) REFERENCES subjects ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_subject ON aliases (tenant, subject);
PRAGMA user_version = 3;
"""
BEFORE_POSTGRES = """
CREATE TABLE aliases (
    tenant text COLLATE "C" NOT NULL, digest bytea NOT NULL, subject text COLLATE "C" NOT NULL,
    identifies boolean NOT NULL,
    PRIMARY KEY (tenant, digest, subject),
    FOREIGN KEY (tenant, subject) REFERENCES talent_keys.subjects ON DELETE CASCADE
);
CREATE INDEX aliases_by_subject ON aliases (tenant, subject);
DELETE FROM migrations WHERE number = 2;
"""
SUBJECTS = {"z": 1.0, "m": 2.0, "c": 3.0, "ada": 4.0, "bob": 5.0, "named": 6.0}
IDENTIFYING = [("1", "zm"), ("2", "mz"), ("x", "mc"), ("y", "c"), ("ada@", ["ada"]), ("bob@", ["bob"])]
"""What identifies, and the subjects that it stood for: `z` and `c` share nothing, but each shares something with `m`."""
SHARED = [("name", ["ada", "bob", "named"]), ("call me", ["z", "c"])]


def rows(blob: Callable[[str], str], tenant: str) -> str:
    aliases = [(digest, one, "1=1") for digest, subjects in IDENTIFYING for one in subjects]
    aliases += [(digest, one, "1=0") for digest, subjects in SHARED for one in subjects]
    return "".join(
        f"INSERT INTO aliases SELECT '{tenant}', {blob(digest)}, '{subject}', {identifies};"
        for digest, subject, identifies in aliases
    )


def sqlite_before(home: Path) -> None:
    values = (rows(lambda text: f"x'{text.encode().hex()}'", tenant) for tenant in (TENANT, "other"))
    SQL["sqlite"](home, "".join((BEFORE, BEFORE_SQLITE, *values)))


def postgres_before(home: Path) -> None:
    values = (rows(lambda text: f"'{text}'::bytea", tenant) for tenant in (TENANT, "other"))
    SQL["postgres"](home, "".join((BEFORE, BEFORE_POSTGRES, *values)))
    ran = migrate(shared_cluster().url(database_of(home).rpartition("/")[2], "talent_owner"))
    assert ran.returncode == 0, ran.stderr


PUT_BACK = {"sqlite": sqlite_before, "postgres": postgres_before}


@pytest.mark.parametrize("name", KEY_STORES)
async def test_who_was_one_person_is_one_and_nobody_else_is(name: str, tmp_path: Path) -> None:
    async with KEY_STORES[name](tmp_path) as keys:
        for tenant in (TENANT, "other"):
            await keys.join(tenant, [Known([], subject(one, tenant)) for one in SUBJECTS])
    PUT_BACK[name](tmp_path)
    async with KEY_STORES[name](tmp_path) as keys:

        async def person(digest: str) -> list[str]:
            found = await keys.person(TENANT, [Alias(digest.encode(), identifies=True)])
            return [row.subject for row in found]

        for digest in ("1", "2", "x", "y", "call me"):
            assert await person(digest) == ["z", "m", "c"]
        assert await person("ada@") == ["ada", "named"]
        assert await person("bob@") == ["bob", "named"]
        named = Known([Alias(b"name", identifies=False)], subject("-", TENANT))
        both = Known([Alias(b"y", identifies=True), Alias(b"bob@", identifies=True)], subject("-", TENANT))
        assert [row.subject for row in await keys.join(TENANT, [named, both])] == ["ada", "z"]
        assert await person("1") == ["z", "m", "c", "bob", "named"]
        assert await keys.destroy(TENANT, [*SUBJECTS]) == len(SUBJECTS)
        assert SQL[name](tmp_path, "SELECT DISTINCT tenant FROM aliases") == ["other"]
        found = await keys.person("other", [Alias(b"y", identifies=True)])
        assert [row.subject for row in found] == ["z", "m", "c"]


def subject(name: str, tenant: str) -> SubjectRow:
    at = SUBJECTS.get(name, 9.0)
    return SubjectRow(tenant=tenant, subject=name, key_version=1, wrapped=b"key", created_at=at)
