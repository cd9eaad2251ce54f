"""A command line that owes nothing to this machine: its own home, no keys, vendors and a keyring in memory."""

import logging
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
import stamina
from click.testing import CliRunner, Result

from talent_mcp.cli import command_line
from talent_mcp.cli.outside import Outside
from talent_mcp.credentials.references import VARIABLES
from talent_mcp.sandbox import Sandbox
from talent_mcp.settings import ENVIRONMENT
from talent_tools.vendor import VENDOR_NAMES
from tests.keyrings import Kept, keyring_in_memory


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*ENVIRONMENT, *VARIABLES.values(), "TALENT_CONFIG", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "state"
    monkeypatch.setenv("TALENT_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("COLUMNS", "100")
    return home


@pytest.fixture(autouse=True)
def _quiet() -> Generator[None]:
    """Commands set up logging anew, and vendors are asked again after a pause: neither may outlive or slow a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with stamina.set_testing(True, attempts=1):
        yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs `talent-mcp` with these arguments; `obj` replaces the outside world, `given` is standard input."""

    def invoke(*arguments: str, obj: object = None, given: str | None = None) -> Result:
        result = CliRunner().invoke(command_line, arguments, obj=obj, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The three vendors, at the addresses that the settings then name."""
    for vendor in VENDOR_NAMES:
        monkeypatch.setenv(f"TALENT_{vendor.upper()}_URL", f"http://127.0.0.1/{vendor}")
    return Sandbox()


@pytest.fixture
def kept() -> Kept:
    """What the keyring holds, by service and vendor."""
    return {}


@pytest.fixture
def outside(sandbox: Sandbox, kept: Kept) -> Outside:
    """The sandbox for a network, a keyring in memory, and nobody at a terminal."""
    transport = httpx2.ASGITransport(app=sandbox.app)
    return Outside(transport=transport, keyring=keyring_in_memory(kept), on_terminal=lambda: False)


@pytest.fixture
def keys(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Keys that the sandbox accepts, in the environment."""
    options = sandbox.options
    given = {"OCEAN_API_TOKEN": options.ocean_token, "STARDEX_API_KEY": options.stardex_key}
    given["JARVI_API_KEY"] = options.jarvi_key
    for name, key in given.items():
        monkeypatch.setenv(name, key)
    return given


@pytest.fixture
def tamper(home: Path) -> Callable[[], None]:
    """Changes one recorded entry behind the server's back."""

    def change() -> None:
        with closing(sqlite3.connect(home / "audit.db")) as database, database:
            triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                database.execute(f"DROP TRIGGER {name}")
            database.execute("UPDATE entries SET envelope = replace(envelope, 'check', 'chick')")

    return change
