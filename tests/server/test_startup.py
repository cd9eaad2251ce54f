"""What is loaded before a client on stdio is answered: nothing that only some calls need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import sys
import anyio
from talent_mcp.cli.serving import serving_house
from talent_mcp.settings import load_settings

async def start():
    async with serving_house(load_settings({"TALENT_HOME": sys.argv[1]}), {}, sandbox=False) as house:
        server = house.server("stdio")
        print(*sys.modules)
        await server.list_tools()
        print(*sys.modules)

anyio.run(start)
"""
BARE = """
import sys
import anyio
from mcp.server import MCPServer

async def start():
    MCPServer("bare")
    print(*sys.modules)

anyio.run(start)
"""
FOR_SOME_CALLS = {
    "difflib",
    "tomllib",
    "talent_mcp.approvals.undoing",
    "talent_mcp.checks",
    "talent_mcp.completions",
    "talent_mcp.keys.passphrase",
    "talent_mcp.subscriptions.watch",
    "talent_mcp.upstream.http",
    "talent_prompts",
}
FOR_TOOLS = {
    "talent_tools.catalog",
    "talent_tools.clients",
    "talent_tools.jarvi.client",
    "talent_tools.ocean.client",
    "talent_tools.schema",
    "talent_tools.stardex.client",
}


def loaded(program: str, home: Path) -> list[set[str]]:
    """The modules of a process of its own, whenever it says which."""
    command = [sys.executable, "-c", program, str(home)]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603  # our own words
    return [set(line.split()) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """What is loaded once there is a server, and once its tools were listed."""
    return loaded(START, tmp_path_factory.mktemp("home"))


def test_start_up_loads_nothing_that_only_some_calls_need(moments: list[set[str]]) -> None:
    started, _ = moments
    assert started & FOR_SOME_CALLS == set()


def test_tools_and_clients_of_vendors_are_loaded_when_tools_are_listed(moments: list[set[str]]) -> None:
    started, listed = moments
    assert started & FOR_TOOLS == set()
    assert listed >= FOR_TOOLS


def test_start_up_loads_no_library_beyond_the_sdk_but_that_of_the_log(moments: list[set[str]], tmp_path: Path) -> None:
    started, _ = moments
    (bare,) = loaded(BARE, tmp_path)
    assert {name.partition(".")[0] for name in started - bare} - sys.stdlib_module_names == {
        "apsw",
        "talent_mcp",
        "talent_tools",
    }
