"""Clients are connected without losing anything of their files, and without a key."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from talent_mcp.cli import install as module
from talent_mcp.cli.client_configs import (
    CLIENTS,
    PASSED_ON,
    ClientName,
    Machine,
    NotJson,
    parsed,
    server_entry,
    settings_of,
    shown,
    with_entry,
    written,
)
from talent_mcp.credentials.references import VARIABLES
from talent_mcp.settings import ENVIRONMENT, OTHER_VARIABLES

Run = Callable[..., Result]
START = Path.cwd()
CONCLUSIONS: dict[ClientName, str] = {
    "claude-desktop": "The entry for Claude Desktop is written; start Claude Desktop",
    "claude-code": "Claude Code is connected in the folder {user}, and only there.",
    "cursor": "The entry for Cursor is written; start Cursor",
    "vscode": "VS Code is connected in the folder {user}, and only there.",
}
"""Where no client has been yet, by client."""
CURSOR = Path(".cursor") / "mcp.json"


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home folder, with nothing passed on to the client."""
    monkeypatch.delenv("TALENT_HOME")
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.chdir(user)
    return user


@pytest.fixture
def cursor(user: Path) -> Path:
    """Cursor's file, with a server of somebody else's and a setting that we do not know."""
    file = user / CURSOR
    file.parent.mkdir()
    file.write_text(
        json.dumps({"theme": 1.0, "mcpServers": {"other": {"command": "x", "env": {"KEY": "canary-7f3a"}}}}, indent=4)
    )
    return file


def place(client: ClientName, platform: str, **environment: str) -> str:
    machine = Machine(
        platform=platform, environment=environment, home=Path("/home/ada"), folder=Path("/projects/search")
    )
    return CLIENTS[client].path(machine).as_posix()


def backups(file: Path) -> list[Path]:
    return sorted(file.parent.glob("*.bak"))


def test_each_system_has_its_place_for_claude_desktop() -> None:
    assert place("claude-desktop", "darwin") == (
        "/home/ada/Library/Application Support/Claude/claude_desktop_config.json"
    )
    assert place("claude-desktop", "win32", APPDATA="C:/Users/ada/AppData/Roaming") == (
        "C:/Users/ada/AppData/Roaming/Claude/claude_desktop_config.json"
    )
    assert place("claude-desktop", "win32") == "/home/ada/AppData/Roaming/Claude/claude_desktop_config.json"
    assert place("claude-desktop", "linux") == "/home/ada/.config/Claude/claude_desktop_config.json"
    assert place("claude-desktop", "linux", XDG_CONFIG_HOME="/conf") == "/conf/Claude/claude_desktop_config.json"


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_the_other_clients_have_one_place_everywhere(platform: str) -> None:
    assert place("claude-code", platform) == "/projects/search/.mcp.json"
    assert place("cursor", platform) == "/home/ada/.cursor/mcp.json"
    assert place("vscode", platform) == "/projects/search/.vscode/mcp.json"


def test_the_entry_starts_the_server_and_says_where_its_state_is() -> None:
    environment = {"TALENT_HOME": "/state", "TALENT_CONFIG": "", "OCEAN_API_TOKEN": "canary-7f3a"}
    entry = server_entry(CLIENTS["vscode"], ["/bin/talent-mcp"], settings_of(environment), sandbox=True)
    assert entry == {
        "type": "stdio",
        "command": "/bin/talent-mcp",
        "args": ["serve", "--sandbox"],
        "env": {"TALENT_HOME": "/state"},
    }


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("client", list(CLIENTS))
def test_every_client_can_be_connected_from_nothing_and_only_once(run: Run, client: ClientName, user: Path) -> None:
    done = run("install", client, "--yes")
    assert done.exit_code == 0, done.output
    machine = Machine(platform=sys.platform, environment={}, home=user, folder=user)
    file = CLIENTS[client].path(machine)
    config = json.loads(file.read_text())
    assert config[CLIENTS[client].servers]["talent-mcp"]["args"][-1] == "serve"
    assert CONCLUSIONS[client].format(user=user) in done.stdout
    again = run("install", client, "--yes")
    assert again.exit_code == 0
    assert "Nothing changes" in again.stdout
    assert not backups(file)


@pytest.mark.usefixtures("user")
def test_what_is_written_really_starts_the_server(run: Run, user: Path) -> None:
    run("install", "claude-code", "--yes", "--sandbox")
    entry = json.loads((user / ".mcp.json").read_text())["mcpServers"]["talent-mcp"]
    hello = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
    hello += '"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\n'
    answered = subprocess.run(  # noqa: S603  # our own program
        [entry["command"], *entry["args"]], input=hello, capture_output=True, text=True, check=True, cwd=START
    )
    assert json.loads(answered.stdout)["result"]["serverInfo"]["name"] == "talent-mcp"


@pytest.mark.parametrize("client", ["claude-code", "vscode"])
def test_the_current_folder_does_not_tell_whether_a_client_is_installed(run: Run, user: Path, client: str) -> None:
    assert user.is_dir()
    assert "installed" not in run("install", client, "--yes").output


def test_everything_else_in_the_file_stays(run: Run, cursor: Path) -> None:
    before = json.loads(cursor.read_text())
    done = run("install", "cursor", "--yes")
    assert done.exit_code == 0
    assert "Cursor is connected." in done.stdout
    after = json.loads(cursor.read_text())
    assert after["mcpServers"].pop("talent-mcp")
    assert after == before
    assert '\n    "theme": 1.0' in cursor.read_text()


def test_a_backup_of_the_file_is_kept_beside_it(run: Run, cursor: Path) -> None:
    before = cursor.read_bytes()
    cursor.chmod(0o644)
    done = run("install", "cursor", "--yes")
    (backup,) = backups(cursor)
    assert backup.read_bytes() == before
    assert str(backup) in done.stdout.replace("\n", "")
    assert cursor.stat().st_mode & 0o777 == 0o644


def test_the_diff_shows_our_entry_and_no_other_programs_key(run: Run, cursor: Path) -> None:
    done = run("install", "cursor", "--print")
    assert done.exit_code == 0
    assert '+    "talent-mcp": {' in done.stdout
    assert '     "other": "(as it is)",' in done.stdout
    assert "canary" not in done.output
    assert "talent-mcp" not in cursor.read_text()


def test_no_is_an_answer(run: Run, cursor: Path) -> None:
    before = cursor.read_bytes()
    assert run("install", "cursor", given="n\n").exit_code == 1
    assert cursor.read_bytes() == before
    assert run("install", "cursor", given="y\n").exit_code == 0
    assert cursor.read_bytes() != before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n  // mine\n  "mcpServers": {}\n}', "is not plain JSON"),
        ('{"mcpServers": {},}', "is not plain JSON"),
        ('{"a": 1, "a": 2}', "is not plain JSON"),
        ("[1]", "does not hold a JSON object"),
        ('{"mcpServers": []}', "has no JSON object under mcpServers"),
        ('{"mcpServers": {"talent-mcp": 1}}', "has no JSON object under mcpServers, talent-mcp"),
        ("\x80", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_changed_safely_is_left_as_it_is(run: Run, user: Path, text: str, reason: str) -> None:
    file = user / CURSOR
    file.parent.mkdir()
    file.write_bytes(text.encode("latin-1"))
    done = run("install", "cursor", "--yes")
    assert done.exit_code == 1
    assert f"{reason}" in done.stderr
    assert "add this to it" in done.stderr
    assert file.read_bytes() == text.encode("latin-1")
    assert not backups(file)


def test_a_folder_in_the_files_place_is_said_to_be_unreadable(run: Run, user: Path) -> None:
    (user / CURSOR).mkdir(parents=True)
    done = run("install", "cursor", "--yes")
    assert done.exit_code == 1
    assert "cannot be read" in done.stderr


def test_a_folder_that_cannot_be_made_is_said_so(run: Run, user: Path) -> None:
    (user / ".vscode").symlink_to(user / "gone" / "away")
    (user / "gone").write_text("")
    done = run("install", "vscode", "--yes")
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_change_by_another_program_meanwhile_is_not_overwritten(
    run: Run, cursor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = module.show

    def show_while_cursor_writes(*arguments: object) -> None:
        show(*arguments)  # type: ignore[arg-type]  # passed on as they came
        cursor.write_text("{}")

    monkeypatch.setattr(module, "show", show_while_cursor_writes)
    done = run("install", "cursor", "--yes")
    assert done.exit_code == 1
    assert "changed by another program" in done.stderr
    assert cursor.read_text() == "{}"


def test_a_backup_that_cannot_be_made_ends_it_before_anything_is_written(
    run: Run, cursor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    before = cursor.read_bytes()
    monkeypatch.setattr("shutil.copy2", full)
    done = run("install", "cursor", "--yes")
    assert done.exit_code == 1
    assert "cannot be written: No space left on device" in done.stderr
    assert cursor.read_bytes() == before


def test_a_linked_file_is_changed_where_it_lies(run: Run, cursor: Path, user: Path) -> None:
    target = user / "dotfiles.json"
    cursor.rename(target)
    cursor.symlink_to(target)
    assert run("install", "cursor", "--yes").exit_code == 0
    assert cursor.is_symlink()
    assert "talent-mcp" in target.read_text()


def test_an_entry_of_our_name_keeps_what_a_person_added(run: Run, user: Path) -> None:
    file = user / CURSOR
    file.parent.mkdir()
    old = {
        "url": "http://x",
        "type": "http",
        "disabled": True,
        "env": {"MINE": "canary-7f3a", "TALENT_LOG_LEVEL": "INFO"},
    }
    file.write_text(json.dumps({"mcpServers": {"talent-mcp": old}}))
    done = run("install", "cursor", "--yes", "--sandbox")
    entry = json.loads(file.read_text())["mcpServers"]["talent-mcp"]
    assert entry.keys() == {"command", "args", "disabled", "env"}
    assert entry["env"] == {"MINE": "canary-7f3a", "TALENT_LOG_LEVEL": "INFO"}
    assert "canary" not in done.output


def test_state_folders_are_passed_on_whole(run: Run, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = user / CURSOR
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"talent-mcp": {"env": {"MINE": "1"}}}}')
    monkeypatch.setenv("TALENT_HOME", "state")
    monkeypatch.setenv("TALENT_CONFIG", "~/talent.toml")
    (user / "talent.toml").write_text("")
    assert run("install", "cursor", "--yes", "--name", "people").exit_code == 0
    assert run("install", "cursor", "--yes").exit_code == 0
    servers = json.loads(file.read_text())["mcpServers"]
    passed_on = {"TALENT_HOME": str(user / "state"), "TALENT_CONFIG": str(user / "talent.toml")}
    assert servers["people"]["env"] == passed_on
    assert servers["talent-mcp"]["env"] == {"MINE": "1", **passed_on}


def test_every_setting_of_this_terminal_is_passed_on_and_named(
    run: Run, cursor: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "TALENT_APPROVAL": ("never", "never"),
        "TALENT_LOG_LEVEL": ("INFO", "INFO"),
        "TALENT_FILE_FOLDERS": ("~/cvs; letters", f"{user / 'cvs'};{user / 'letters'}"),
        "TALENT_OCEAN_CREDENTIAL": ("file:ocean.key", f"file:{user / 'ocean.key'}"),
        "TALENT_STARDEX_CREDENTIAL": ("env:MY_STARDEX_KEY", "env:MY_STARDEX_KEY"),
        "TALENT_JARVI_CREDENTIAL": ("keyring:", "keyring:"),
        "TALENT_MASTER_KEY": ("file:m.key", f"file:{user / 'm.key'}"),
        "TALENT_PASSPHRASE_FILE": ("~/phrase", str(user / "phrase")),
        "TALENT_DATABASE_URL": ("postgresql://u@localhost/talent", "postgresql://u@localhost/talent"),
        "TALENT_JARVI_URL": (" http://127.0.0.1:1/jarvi ", "http://127.0.0.1:1/jarvi"),
    }
    for name, (given, _) in settings.items():
        monkeypatch.setenv(name, given)
    monkeypatch.setenv("TALENT_VENDOR_HOSTS", " ")
    monkeypatch.setenv("MY_STARDEX_KEY", "canary-51d0")
    done = run("install", "cursor", "--yes")
    entry = json.loads(cursor.read_text())["mcpServers"]["talent-mcp"]
    assert entry["env"] == {name: written for name, (_, written) in settings.items()}
    (said,) = [line for line in done.stdout.splitlines() if line.startswith("It gets the settings of this terminal")]
    assert all(name in said for name in settings)
    assert "the keys of this terminal (MY_STARDEX_KEY): keep them with `talent-mcp login`" in done.stdout
    assert "canary-51d0" not in done.output + cursor.read_text()


def test_everything_that_can_be_set_is_passed_on() -> None:
    assert set(PASSED_ON) == {*ENVIRONMENT, *OTHER_VARIABLES}
    assert not set(PASSED_ON) & set(VARIABLES.values())


@pytest.mark.parametrize("sandbox", [(), ("--sandbox",)])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TALENT_OCEAN_CREDENTIAL", "canary-7f3a"),
        ("TALENT_MASTER_KEY", "canary-7f3a"),
        ("TALENT_OCEAN_URL", "https://canary-7f3a@api.ocean.io"),
        ("TALENT_DATABASE_URL", "postgresql://u:canary-7f3a@localhost/talent"),
    ],
)
def test_a_key_in_the_place_of_a_setting_is_neither_written_nor_shown(
    run: Run, cursor: Path, monkeypatch: pytest.MonkeyPatch, sandbox: tuple[str, ...], name: str, value: str
) -> None:
    before = cursor.read_bytes()
    monkeypatch.setenv(name, value)
    done = run("install", "cursor", "--yes", *sandbox)
    assert done.exit_code == 1
    assert cursor.read_bytes() == before
    assert "canary" not in done.output


def test_a_key_that_stands_in_the_entry_is_not_shown(run: Run, user: Path) -> None:
    file = user / CURSOR
    file.parent.mkdir()
    environment = {
        "TALENT_OCEAN_CREDENTIAL": "canary-7f3a",
        "TALENT_JARVI_CREDENTIAL": "keyring:",
        "TALENT_MASTER_KEY": "canary-51d0",
    }
    file.write_text(json.dumps({"mcpServers": {"talent-mcp": {"env": environment}}}))
    done = run("install", "cursor", "--print")
    assert "keyring:" in done.stdout
    assert "canary" not in done.output


def test_keys_of_this_terminal_are_named_and_not_written(run: Run, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCEAN_API_TOKEN", "canary-7f3a")
    done = run("install", "claude-desktop", "--yes")
    assert "It does not get the keys of this terminal (OCEAN_API_TOKEN): keep them with" in done.stdout
    assert "Its folder is not there yet" in done.stdout
    text = (user / ".config" / "Claude" / "claude_desktop_config.json").read_text()
    assert "canary" not in text + done.output


@pytest.mark.parametrize("arguments", [("emacs",), ("cursor", "--name", "two words"), ("cursor", "--name", "")])
def test_unknown_clients_and_odd_names_are_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("install", *arguments).exit_code == 2


def test_the_installed_script_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scripts(name: str) -> str:
        return str(tmp_path)

    monkeypatch.setattr("sysconfig.get_path", scripts)
    assert module.own_command() == [sys.executable, "-m", "talent_mcp"]
    (tmp_path / "talent-mcp").touch()
    assert module.own_command() == [str(tmp_path / "talent-mcp")]


def test_line_ends_marks_and_indents_are_kept() -> None:
    before = '\ufeff{\r\n\t"a": "ä"\r\n}\r\n'
    assert written(parsed(before), before) == before
    assert parsed("  \n") == {}


def test_deep_nesting_is_not_json_for_us() -> None:
    with pytest.raises(NotJson):
        parsed("[" * 100_000)


def test_what_is_shown_of_odd_content_holds_none_of_it() -> None:
    assert "canary" not in shown({"servers": "canary", "x": "canary"}, "servers", "talent-mcp")
    assert "canary" not in shown({"servers": {"talent-mcp": "canary"}}, "servers", "talent-mcp")


def test_an_existing_config_is_not_changed_in_place() -> None:
    config = parsed('{"mcpServers": {"talent-mcp": {"env": {"A": "1"}}}}')
    with_entry(config, "mcpServers", "talent-mcp", {"env": {"B": "2"}})
    assert config == {"mcpServers": {"talent-mcp": {"env": {"A": "1"}}}}
