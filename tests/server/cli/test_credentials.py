"""Keys go in tested and unseen, lie where nobody else can read, and are never shown."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2
import pytest
from click.testing import Result
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from talent_mcp.cli.outside import Outside, on_terminal
from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.sandbox import Sandbox

Run = Callable[..., Result]
Kept = dict[tuple[str, str], str]
GOOD = "sandbox-ocean"
BAD = "canary-7f3a"


class LockedKeyring(KeyringBackend):
    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


def without_keyring(outside: Outside) -> Outside:
    def refuse() -> KeyringBackend:
        raise NoKeyring("this machine has no keyring that keeps a key safe")

    return Outside(transport=outside.transport, keyring=KeyringStore(refuse), on_terminal=outside.on_terminal)


def at_terminal(outside: Outside) -> Outside:
    return Outside(transport=outside.transport, keyring=outside.keyring, on_terminal=lambda: True)


def unreachable(outside: Outside, *, somebody: bool) -> Outside:
    def nobody_answers(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody answers", request=request)

    return Outside(
        transport=httpx2.MockTransport(nobody_answers), keyring=outside.keyring, on_terminal=lambda: somebody
    )


@pytest.mark.parametrize(
    ("vendor", "key"), [("ocean", GOOD), ("stardex", "sandbox-stardex"), ("jarvi", "sandbox-jarvi")]
)
def test_login_keeps_a_key_that_works_in_the_keyring(
    run: Run, outside: Outside, kept: Kept, vendor: str, key: str
) -> None:
    done = run("login", vendor, obj=outside, given=f"{key}\n")
    assert done.exit_code == 0, done.output
    assert kept == {("talent-mcp", vendor): key}
    assert "MemoryKeyring." in done.stdout
    assert key not in done.output


def test_login_asks_at_a_terminal_without_echo(run: Run, outside: Outside, kept: Kept) -> None:
    done = run("login", "ocean", obj=at_terminal(outside), given=f"{GOOD}\n")
    assert done.exit_code == 0, done.output
    assert kept == {("talent-mcp", "ocean"): GOOD}
    assert "Ocean.io key (not shown)" in done.stderr
    assert GOOD not in done.output
    assert "500 credits are left" in done.stdout


def test_a_key_typed_at_a_real_terminal_is_not_echoed(tmp_path: Path) -> None:
    file = tmp_path / "ocean.key"
    command = [sys.executable, "-m", "talent_mcp", "login", "ocean", "--no-test", "--to", f"file:{file}"]
    screen, terminal = pty.openpty()
    # A session of its own keeps the prompt from this test's own terminal, if it has one.
    with subprocess.Popen(  # noqa: S603  # our own program
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as login:
        os.close(terminal)
        seen = shown_until(screen, b"(not shown): ")
        os.write(screen, f"{BAD}\n".encode())
        seen += shown_until(screen, b"where the server starts.")
    os.close(screen)
    assert login.returncode == 0, seen
    assert BAD.encode() not in seen
    assert file.read_text() == f"{BAD}\n"


def shown_until(screen: int, end: bytes) -> bytes:
    seen = b""
    while end not in seen:
        seen += os.read(screen, 1024)
    return seen


def test_login_records_the_test(run: Run, outside: Outside) -> None:
    run("login", "ocean", obj=outside, given=GOOD)
    assert "check_ocean" in run("audit", "list").stdout


def test_login_tests_the_new_key_and_not_the_one_in_the_settings(
    run: Run, outside: Outside, keys: Mapping[str, str], kept: Kept
) -> None:
    done = run("login", "ocean", obj=outside, given=BAD)
    assert done.exit_code == 1
    assert not kept
    assert keys["OCEAN_API_TOKEN"] not in done.output


def test_login_keeps_nothing_of_a_key_that_is_refused(run: Run, outside: Outside, kept: Kept) -> None:
    kept["talent-mcp", "ocean"] = "the old key"
    done = run("login", "ocean", obj=outside, given=BAD)
    assert done.exit_code == 1
    assert "Ocean.io does not accept the key (HTTP 403). Nothing was kept." in done.stderr
    assert kept == {("talent-mcp", "ocean"): "the old key"}
    assert BAD not in done.output


@pytest.mark.parametrize("given", ["", "\n", "two words", "clé", "one\ntwo"])
def test_login_refuses_what_cannot_be_a_key(run: Run, outside: Outside, sandbox: Sandbox, given: str) -> None:
    done = run("login", "ocean", obj=outside, given=given)
    assert done.exit_code == 1
    assert "that is no key" in done.stderr
    assert not sandbox.requests


def test_login_keeps_nothing_untested_unless_somebody_wants_it(run: Run, outside: Outside, kept: Kept) -> None:
    done = run("login", "ocean", obj=unreachable(outside, somebody=False), given=BAD)
    assert done.exit_code == 1
    assert "cannot be reached. Nothing was kept; --no-test keeps it untested." in done.stderr
    declined = run("login", "ocean", obj=unreachable(outside, somebody=True), given=f"{BAD}\nn\n")
    assert declined.exit_code == 1
    assert not kept
    agreed = run("login", "ocean", obj=unreachable(outside, somebody=True), given=f"{BAD}\ny\n")
    assert agreed.exit_code == 0
    assert kept == {("talent-mcp", "ocean"): BAD}


def test_login_sends_nothing_with_no_test(run: Run, outside: Outside, sandbox: Sandbox, kept: Kept) -> None:
    assert run("login", "ocean", "--no-test", obj=outside, given=BAD).exit_code == 0
    assert kept == {("talent-mcp", "ocean"): BAD}
    assert not sandbox.requests


def test_login_keeps_nothing_when_the_test_cannot_be_recorded(
    run: Run, outside: Outside, sandbox: Sandbox, kept: Kept, home: Path
) -> None:
    home.parent.joinpath("state").write_text("a file in the folder's place")
    done = run("login", "ocean", obj=outside, given=GOOD)
    assert done.exit_code == 1
    assert "the audit log cannot be written" in done.stderr
    assert not kept
    assert not sandbox.requests


def test_login_says_what_the_choices_are_where_there_is_no_keyring(run: Run, outside: Outside, home: Path) -> None:
    done = run("login", "ocean", obj=without_keyring(outside), given=GOOD)
    assert done.exit_code == 1
    assert f"talent-mcp login ocean --to file:{home / 'ocean.key'}" in done.stderr
    assert f"TALENT_OCEAN_CREDENTIAL=file:{home / 'ocean.key'}" in done.stderr
    assert "OCEAN_API_TOKEN" in done.stderr
    assert GOOD not in done.output


def test_login_to_a_file_makes_it_private_and_says_how_to_use_it(
    run: Run, outside: Outside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "keys" / "ocean.key"
    done = run("login", "ocean", "--to", f"file:{file}", obj=without_keyring(outside), given=GOOD)
    assert done.exit_code == 0, done.output
    assert f"set TALENT_OCEAN_CREDENTIAL=file:{file}" in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", f"file:{file}")
    assert "accepts the key in the file" in " ".join(run("doctor", obj=without_keyring(outside)).stdout.split())


def test_login_replaces_the_key_file_that_the_settings_name(
    run: Run, outside: Outside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", "file:~/ocean.key")
    assert run("login", "ocean", "--to", "file:~/ocean.key", "--no-test", obj=outside, given="old").exit_code == 0
    done = run("login", "ocean", "--to", f"file:{home}/ocean.key", obj=outside, given=GOOD)
    assert done.exit_code == 0, done.output
    assert (home / "ocean.key").read_text().strip() == GOOD
    assert "To use it" not in done.stdout


def test_login_takes_a_folder_that_nobody_has_as_it_is(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("login", "ocean", "--no-test", "--to", "file:~nobody-1001/key", obj=outside, given=GOOD)
    assert done.exit_code == 0, done.output
    assert f"file:{tmp_path / '~nobody-1001' / 'key'}" in done.stdout


def test_login_leaves_any_other_file_alone(run: Run, outside: Outside, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("precious")
    arguments = ("login", "ocean", "--no-test", "--to", f"file:{file}")
    assert "was left as it is" in run(*arguments, obj=outside, given=GOOD).stderr
    assert run(*arguments, obj=at_terminal(outside), given="n\n").exit_code == 1
    assert file.read_text() == "precious"
    assert run(*arguments, obj=at_terminal(outside), given=f"y\n{GOOD}\n").exit_code == 0
    assert file.read_text().strip() == GOOD


def test_login_says_when_a_file_cannot_be_written(run: Run, outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("login", "ocean", "--no-test", "--to", f"file:{tmp_path}/file/key", obj=outside, given=GOOD)
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


def test_login_says_when_the_keyring_refuses(run: Run, outside: Outside) -> None:
    locked = Outside(transport=outside.transport, keyring=KeyringStore(LockedKeyring), on_terminal=lambda: False)
    done = run("login", "ocean", obj=locked, given=GOOD)
    assert done.exit_code == 1
    assert "the keyring refused" in done.stderr
    assert GOOD not in done.output


@pytest.mark.usefixtures("keys")
def test_login_says_when_another_key_comes_first(run: Run, outside: Outside) -> None:
    done = run("login", "ocean", obj=outside, given=GOOD)
    assert done.exit_code == 0
    assert "To use it, set TALENT_OCEAN_CREDENTIAL=keyring: and run `talent-mcp install` again" in done.stdout
    assert "Until then it takes the key in the environment variable OCEAN_API_TOKEN." in done.stdout


@pytest.mark.parametrize(
    "arguments", [("login", BAD), ("login", "ocean", BAD), ("login", "ocean", "--to", BAD), ("logout", BAD)]
)
def test_a_key_given_as_an_argument_is_refused_and_not_repeated(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert BAD not in done.output


def test_a_key_cannot_be_kept_in_the_environment(run: Run) -> None:
    assert run("login", "ocean", "--to", "env:OCEAN_API_TOKEN").exit_code == 2


def test_logout_removes_the_key_from_the_keyring(run: Run, outside: Outside, kept: Kept) -> None:
    kept["talent-mcp", "ocean"] = GOOD
    kept["talent-mcp", "jarvi"] = "another"
    done = run("logout", "ocean", obj=outside)
    assert done.exit_code == 0
    assert "The Ocean.io key was removed from" in done.stdout
    assert kept == {("talent-mcp", "jarvi"): "another"}
    assert "There is no Ocean.io key in" in run("logout", "ocean", obj=outside).stdout


@pytest.mark.usefixtures("keys")
def test_logout_says_where_a_key_still_is(run: Run, outside: Outside, kept: Kept) -> None:
    kept["talent-mcp", "ocean"] = GOOD
    done = run("logout", "ocean", obj=outside)
    assert done.exit_code == 1
    assert "still a key in the environment variable OCEAN_API_TOKEN" in done.stderr
    assert not kept


def test_logout_without_a_keyring_says_that_there_is_none(run: Run, outside: Outside) -> None:
    done = run("logout", "ocean", obj=without_keyring(outside))
    assert done.exit_code == 0
    assert "no keyring" in done.stdout


def test_logout_says_when_the_settings_name_a_place_that_cannot_be_used(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", BAD)
    done = run("logout", "ocean", obj=outside)
    assert done.exit_code == 1
    assert "is a reference" in done.stderr
    assert BAD not in done.output


def test_credentials_lists_places_and_no_keys(
    run: Run, outside: Outside, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("OCEAN_API_TOKEN", BAD)
    monkeypatch.setenv("TALENT_STARDEX_CREDENTIAL", BAD)
    listed = run("credentials", obj=outside)
    assert listed.exit_code == 0
    rows = {line.split()[0]: line.split()[1:3] for line in listed.stdout.splitlines()[1:4]}
    assert rows["Ocean.io"] == ["present", "env:OCEAN_API_TOKEN"]
    assert rows["Stardex"][0] == "unusable"
    assert rows["Jarvi"][0] == "missing"
    assert "neither in env:JARVI_API_KEY nor in keyring:" in listed.stdout
    assert BAD not in listed.output
    kept["talent-mcp", "jarvi"] = GOOD
    assert "keyring:" in run("credentials", obj=outside).stdout


def test_credentials_names_the_one_place_that_the_settings_name(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", "file:/nowhere/ocean.key")
    assert "not in file:/nowhere/ocean.key" in run("credentials", obj=outside).stdout


def test_broken_settings_end_each_command_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENT_APPROVAL", "perhaps")
    for arguments in (("login", "ocean"), ("logout", "ocean"), ("credentials",)):
        done = run(*arguments)
        assert done.exit_code == 1
        assert len(done.stderr.strip().splitlines()) == 1


def test_standard_input_in_tests_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert not on_terminal()
