"""The command line as a whole: what it offers, and how it ends."""

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import Result

from talent_mcp import __version__
from talent_mcp.cli import COMMANDS
from talent_mcp.cli.sandbox import instructions
from talent_mcp.sandbox import SandboxOptions

Run = Callable[..., Result]


def test_help_lists_every_command(run: Run) -> None:
    listed = run("--help").stdout
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Usage:")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").stdout == f"talent-mcp, version {__version__}\n"


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    assert run("dance").exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("serve",), ("credentials",)])
def test_settings_that_cannot_work_end_a_command_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TALENT_APPROVAL", "perhaps")
    ended = run(*arguments)
    assert ended.exit_code == 1
    assert "setting approval" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_listening_for_others_is_refused(run: Run, transport: str) -> None:
    ended = run("serve", "--transport", transport, "--host", "0.0.0.0", "--sandbox")  # noqa: S104  # to be refused
    assert ended.exit_code == 1
    assert "does not listen on 0.0.0.0" in ended.stderr


def test_a_reference_of_no_known_form_ends_serving_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", "canary-7f3a")
    ended = run("serve")
    assert ended.exit_code == 1
    assert "is a reference" in ended.stderr
    assert "canary" not in ended.output


@pytest.mark.parametrize("arguments", [("serve", "--transport", "http", "--sandbox"), ("sandbox",)])
def test_a_taken_port_is_said_to_be_taken(run: Run, arguments: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(*arguments, "--port", str(port))
    assert ended.exit_code == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in ended.stderr


@pytest.mark.parametrize("option", [("--port", "-1"), ("--port", "65536"), ("--transport", "carrier-pigeon")])
def test_odd_serving_options_are_usage_errors(run: Run, option: tuple[str, str]) -> None:
    assert run("serve", *option).exit_code == 2


def test_the_sandbox_says_what_to_set() -> None:
    lines = instructions("http://127.0.0.1:8900", SandboxOptions())
    assert "  export TALENT_OCEAN_URL=http://127.0.0.1:8900/ocean OCEAN_API_TOKEN=sandbox-ocean" in lines
    assert any("export TALENT_HOME=" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "value"), [("TALENT_OCEAN_CREDENTIAL", "canary-7f3a"), ("TALENT_APPROVAL", "canary-7f3a")]
)
def test_the_server_that_a_host_starts_says_in_one_line_why_it_cannot(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    served = subprocess.run([sys.executable, "-m", "talent_mcp"], input="", capture_output=True, text=True, check=False)
    assert served.returncode == 2
    assert served.stderr.startswith("talent-mcp: ")
    assert len(served.stderr.splitlines()) == 1
    assert "canary" not in served.stderr


@pytest.mark.parametrize("arguments", [[], ["serve"], ["serve", "--sandbox"]])
def test_serving_ends_with_its_input(arguments: list[str]) -> None:
    served = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "talent_mcp", *arguments], input="", capture_output=True, text=True, check=True
    )
    assert served.stdout == ""
