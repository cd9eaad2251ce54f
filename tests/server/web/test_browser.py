"""Opening the browser: with the address, without our keys, and not where nobody can look at it."""

import sys
from pathlib import Path

import pytest

from talent_mcp.web.browser import browser_of

pytestmark = pytest.mark.anyio

ADDRESS = "http://127.0.0.1:40123/plans/token"


def fake_browser(folder: Path, code: int) -> str:
    """A program in the place of a browser, which writes down what it was started with, and ends with this code."""
    program = folder / "browser"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{folder}/arguments"\n/usr/bin/env >"{folder}/environment"\nexit {code}\n'
    )
    program.chmod(0o700)
    return f"{program} %s"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have browsers that no variable names")
@pytest.mark.parametrize(("code", "opened"), [(0, True), (3, False)])
async def test_the_browser_is_given_the_address_and_no_key(tmp_path: Path, code: int, opened: bool) -> None:
    keys = {"OCEAN_API_TOKEN": "canary-7f3a", "TALENT_DATABASE_URL": "canary-7f3a", "MY_KEY": "canary-7f3a"}
    screen = {"DISPLAY": ":7", "PATH": str(tmp_path), "BROWSER": fake_browser(tmp_path, code)}
    open_page = browser_of({**keys, **screen}, "linux")
    assert open_page is not None
    assert await open_page(ADDRESS) is opened
    assert (tmp_path / "arguments").read_text() == f"{ADDRESS}\n"
    environment = (tmp_path / "environment").read_text()
    assert "DISPLAY=:7\n" in environment
    assert "canary" not in environment


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": "", "WAYLAND_DISPLAY": ""}, {"BROWSER": "lynx"}])
async def test_without_a_screen_nothing_is_opened(environment: dict[str, str]) -> None:
    assert browser_of(environment, "linux") is None


@pytest.mark.parametrize("platform", ["darwin", "win32"])
async def test_some_systems_always_have_a_screen(platform: str) -> None:
    assert browser_of({}, platform) is not None
