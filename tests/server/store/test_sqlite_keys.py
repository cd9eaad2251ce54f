"""What is deleted from the file of keys is in none of its files any more."""

from pathlib import Path

import pytest

from talent_mcp.store.keys import Alias, CredentialRow, Known, SubjectRow
from talent_mcp.store.sqlite.keys import SqliteKeys

pytestmark = pytest.mark.anyio

CANARY = b"canary-b7f1e09c24d85a63"


def traces(home: Path) -> list[str]:
    return [file.name for file in home.iterdir() if CANARY in file.read_bytes()]


async def test_a_destroyed_key_leaves_no_trace_in_the_files(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    row = SubjectRow(tenant="t", subject="ada", key_version=1, wrapped=CANARY, created_at=1.0)
    await keys.join("t", [Known([Alias(b"email", identifies=True)], row)])
    assert traces(tmp_path)
    await keys.destroy("t", ["ada"])
    assert traces(tmp_path) == []
    await keys.close()
    assert traces(tmp_path) == []


async def test_a_removed_credential_leaves_no_trace_in_the_files(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    row = CredentialRow(
        tenant="t",
        principal="",
        vendor="ocean",
        name="default",
        version=1,
        state="active",
        key_version=1,
        sealed=CANARY,
        created_at=1.0,
    )
    await keys.add_credential(row)
    assert traces(tmp_path)
    await keys.remove_credential("t", "", "ocean", "default")
    assert traces(tmp_path) == []
    await keys.close()
