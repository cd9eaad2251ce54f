"""What the composition root decides by itself."""

from pathlib import Path

import pytest

from talent_mcp.app import open_house
from talent_mcp.app_sandbox import on_sandbox
from talent_mcp.errors import ConfigurationError
from talent_mcp.settings import load_settings
from tests.houses import settings_in
from tests.judge import JudgedClient
from tests.keyrings import without_keyring
from tests.server.keys.places import names_in

pytestmark = pytest.mark.anyio


async def test_neither_the_log_nor_a_key_can_be_sent_as_a_file(tmp_path: Path) -> None:
    key = tmp_path / "jarvi.key"
    for file in (key, tmp_path / "master.key", tmp_path / "phrase"):
        file.write_text("c0" * 32)
        file.chmod(0o600)
    environment = {
        "TALENT_HOME": str(tmp_path / "home"),
        "TALENT_FILE_FOLDERS": str(tmp_path),
        "TALENT_JARVI_CREDENTIAL": f"file:{key}",
        "TALENT_MASTER_KEY": f"file:{tmp_path / 'master.key'}",
        "TALENT_PASSPHRASE_FILE": str(tmp_path / "phrase"),
    }
    async with (
        open_house(load_settings(environment), environment) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        never = ("jarvi.key", "master.key", "phrase", "home/audit.db", "home/keys.db")
        for path in never:
            result = await client.call_tool(
                "upsert_jarvi_profile", {"profile": {"external_id": "x-1"}, "files": [path]}
            )
            (content,) = result.content
            assert content.type == "text"
            assert "lies outside the folders" in content.text


async def test_a_rule_for_a_field_that_does_not_exist_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, field_approval={"update_stardex_person": {"job_title": "ask"}})
    with pytest.raises(ConfigurationError, match=r"field_approval\.update_stardex_person: known fields are"):
        async with open_house(settings, {}):
            raise NotImplementedError


def test_the_sandbox_takes_no_key_and_asks_nobody_for_one(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, master_key="keyring:", passphrase_file=tmp_path / "phrase")
    made_up = on_sandbox(settings, "http://127.0.0.1")
    assert (made_up.master_key, made_up.passphrase_file) == (None, None)
    assert made_up.keys_path == tmp_path / "sandbox" / "keys.db"


async def test_nothing_of_keys_is_read_or_made_before_it_is_needed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, master_key="keyring:")
    async with (
        open_house(settings, {}, keyring=without_keyring()) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        await client.list_tools()
    assert "keys.db" not in names_in(tmp_path)
