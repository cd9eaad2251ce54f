"""What the composition root decides by itself."""

from pathlib import Path

import pytest

from talent_mcp.app import open_house
from talent_mcp.settings import load_settings
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio


async def test_neither_the_log_nor_a_key_can_be_sent_as_a_file(tmp_path: Path) -> None:
    key = tmp_path / "jarvi.key"
    key.write_text("a-key")
    key.chmod(0o600)
    environment = {
        "TALENT_HOME": str(tmp_path / "home"),
        "TALENT_FILE_FOLDERS": str(tmp_path),
        "TALENT_JARVI_CREDENTIAL": f"file:{key}",
    }
    async with (
        open_house(load_settings(environment), environment) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        for path in ("jarvi.key", "home/audit.db", "home/keys.db"):
            result = await client.call_tool(
                "upsert_jarvi_profile", {"profile": {"external_id": "x-1"}, "files": [path]}
            )
            (content,) = result.content
            assert content.type == "text"
            assert "lies outside the folders" in content.text
