"""The credential store from the command line: in, listed, rotated, out; never without a chosen master key."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from click.testing import Result

from talent_mcp.cli.outside import Outside
from talent_mcp.sandbox import Sandbox
from tests.keyrings import Kept
from tests.server.keys.places import files_with

Run = Callable[..., Result]
GOOD = "sandbox-ocean"
BAD = "canary-7f3a"


@pytest.fixture
def master(monkeypatch: pytest.MonkeyPatch) -> str:
    """A master key that somebody chose."""
    monkeypatch.setenv("TALENT_MASTER_KEY", "keyring:")
    return "keyring:"


def said(result: Result) -> str:
    return " ".join(result.stdout.split())


def nobody_answers(outside: Outside) -> Outside:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody answers", request=request)

    return replace(outside, transport=httpx2.MockTransport(refuse))


def test_login_to_the_store_demands_a_chosen_master_key(
    run: Run, outside: Outside, sandbox: Sandbox, home: Path
) -> None:
    done = run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert done.exit_code == 1
    assert "needs a master key that you chose, so nothing was asked and nothing was kept" in done.stderr
    for kind in ("keyring:", "file:PATH", "passphrase:", "systemd:NAME"):
        assert f"  {kind}" in done.stderr
    assert not sandbox.requests
    assert not (home / "master.key").exists()


@pytest.mark.parametrize("chosen", ["keyring:", "file:", "passphrase:", "systemd:talent"])
def test_login_keeps_a_key_that_works_in_the_store(
    run: Run, outside: Outside, home: Path, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    (tmp_path / "talent").write_text("c0" * 32)
    (tmp_path / "talent").chmod(0o400)
    (tmp_path / "phrase").write_text("canary battery staple")
    (tmp_path / "phrase").chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("TALENT_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    monkeypatch.setenv("TALENT_MASTER_KEY", f"file:{home / 'master.key'}" if chosen == "file:" else chosen)
    done = run("login", "ocean", "--to", "store", obj=outside, given=f"{GOOD}\n")
    assert done.exit_code == 0, done.output
    assert "500 credits are left" in done.stdout
    assert "The Ocean.io key is kept in the credential store." in done.stdout
    assert "To use it" not in done.stdout
    assert GOOD not in done.output
    assert ("talent-mcp", "ocean") not in kept
    assert files_with(home, GOOD.encode()) == []
    doctor = run("doctor", obj=outside)
    assert "accepts the key in the credential store" in said(doctor)
    assert "credential store opens: 1 active, 0 retired" in said(doctor)


@pytest.mark.usefixtures("master")
def test_login_keeps_nothing_of_a_key_that_is_refused(run: Run, outside: Outside) -> None:
    done = run("login", "ocean", "--to", "store", obj=outside, given=BAD)
    assert done.exit_code == 1
    assert "Nothing was kept" in done.stderr
    assert "in the store" not in run("credentials", obj=outside).stdout


@pytest.mark.usefixtures("master")
def test_a_further_login_makes_a_new_version(run: Run, outside: Outside) -> None:
    for _ in range(2):
        run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert "Ocean.io default everybody's 2 active" in said(run("credentials", obj=outside))


@pytest.mark.usefixtures("master")
def test_a_key_may_have_a_name_and_be_one_principals_alone(run: Run, outside: Outside) -> None:
    to_store = ("login", "ocean", "--to", "store", "--no-test")
    named = run(*to_store, "--name", "second", obj=outside, given=BAD)
    assert "kept in the credential store under the name second." in named.stdout
    assert "To use it, set TALENT_OCEAN_CREDENTIAL=store:second" in named.stdout
    own = run(*to_store, "--principal", "ada", obj=outside, given=BAD)
    assert "kept in the credential store for ada." in own.stdout
    assert run("login", "ocean", "--to", "store:third", "--no-test", obj=outside, given=BAD).exit_code == 0
    listed = said(run("credentials", obj=outside))
    for row in ("Ocean.io second everybody's 1 active", "Ocean.io default ada 1 active", "Ocean.io third everybody's"):
        assert row in listed
    assert BAD not in listed


@pytest.mark.usefixtures("master")
@pytest.mark.parametrize(
    "options",
    [
        ("--to", "keyring:", "--name", "second"),
        ("--to", "keyring:", "--principal", "ada"),
        ("--to", "store", "--name", "../second"),
        ("--to", "store", "--principal", " "),
        ("--to", "store", "--principal", "a\nb"),
        ("--to", "op://v/i/f"),
        ("--to", "systemd:x"),
    ],
)
def test_odd_destinations_are_usage_errors(run: Run, outside: Outside, options: tuple[str, ...]) -> None:
    assert run("login", "ocean", *options, obj=outside, given=GOOD).exit_code == 2


@pytest.mark.usefixtures("master")
def test_a_master_key_that_cannot_be_had_is_told_before_a_key_is_asked_for(
    run: Run, outside: Outside, sandbox: Sandbox, kept: Kept
) -> None:
    run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    asked = len(sandbox.requests)
    kept.clear()
    done = run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert done.exit_code == 1
    assert "there is no master key in the keyring of this computer" in done.stderr
    assert len(sandbox.requests) == asked
    assert not kept


def test_a_passphrase_is_asked_for_at_a_terminal(
    run: Run, outside: Outside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_MASTER_KEY", "passphrase:")
    phrase = "canary battery staple"
    alone = run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert "nobody can be asked for the passphrase here" in alone.stderr
    at_terminal = replace(outside, on_terminal=lambda: True)
    done = run("login", "ocean", "--to", "store", obj=at_terminal, given=f"{phrase}\n{phrase}\n{GOOD}\n")
    assert done.exit_code == 0, done.output
    assert phrase not in done.output
    wrong = run("credentials", "rotate", "ocean", obj=fresh(at_terminal), given="canary battery stable\n")
    assert "that is not the passphrase that belongs to" in wrong.stderr
    assert files_with(home, phrase.encode()) == []


def fresh(outside: Outside) -> Outside:
    """The same for a further command, which remembers nothing that was typed."""
    return Outside(
        transport=outside.transport, keyring=outside.keyring, on_terminal=outside.on_terminal, sleep=outside.sleep
    )


@pytest.mark.usefixtures("master")
def test_rotate_stores_a_new_version_after_a_test(run: Run, outside: Outside) -> None:
    run("login", "ocean", "--to", "store", "--no-test", obj=outside, given=BAD)
    done = run("credentials", "rotate", "ocean", obj=outside, given=f"{GOOD}\n")
    assert done.exit_code == 0, done.output
    assert "Version 2 of the Ocean.io key is the active one." in done.stdout
    listed = said(run("credentials", obj=outside))
    assert "Ocean.io default everybody's 1 retired" in listed
    assert "Ocean.io default everybody's 2 active" in listed
    assert "accepts the key in the credential store" in said(run("doctor", obj=outside))


@pytest.mark.usefixtures("master")
def test_rotate_changes_nothing_if_the_new_key_is_refused_or_was_not_tried(run: Run, outside: Outside) -> None:
    run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert "Nothing was kept" in run("credentials", "rotate", "ocean", obj=outside, given=BAD).stderr
    assert "Nothing was kept" in run("credentials", "rotate", "ocean", obj=nobody_answers(outside), given=BAD).stderr
    assert "Ocean.io default everybody's 1 active" in said(run("credentials", obj=outside))


@pytest.mark.usefixtures("master")
def test_rotate_needs_something_to_rotate(run: Run, outside: Outside, sandbox: Sandbox) -> None:
    run("login", "ocean", "--to", "store", "--no-test", obj=outside, given=GOOD)
    for options in (("stardex",), ("ocean", "--name", "second"), ("ocean", "--principal", "ada")):
        done = run("credentials", "rotate", *options, obj=outside, given=GOOD)
        assert done.exit_code == 1
        assert "there is no such key in the store" in done.stderr
    assert not sandbox.requests


@pytest.mark.usefixtures("master")
def test_remove_takes_all_versions_out(run: Run, outside: Outside) -> None:
    for principal in ((), ("--principal", "ada")):
        run("login", "ocean", "--to", "store", "--no-test", *principal, obj=outside, given=GOOD)
    run("credentials", "rotate", "ocean", obj=outside, given=GOOD)
    asked = run("credentials", "remove", "ocean", obj=outside, given="n\n")
    assert (asked.exit_code, "This cannot be undone" in asked.stdout) == (1, True)
    assert "(2 versions)" in run("credentials", "remove", "ocean", obj=outside, given="y\n").stdout
    assert "there is no such key in the store" in run("credentials", "remove", "ocean", "--yes", obj=outside).stderr
    assert "everybody's" not in run("credentials", obj=outside).stdout
    assert "(1 version)" in run("credentials", "remove", "ocean", "--principal", "ada", "--yes", obj=outside).stdout


@pytest.mark.usefixtures("master")
def test_logout_removes_from_the_store_too(run: Run, outside: Outside, kept: Kept) -> None:
    run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    kept["talent-mcp", "ocean"] = GOOD
    done = run("logout", "ocean", obj=outside)
    assert done.exit_code == 0, done.output
    assert "The Ocean.io key was removed from" in done.stdout
    assert "The Ocean.io key was removed from the credential store." in done.stdout
    assert ("talent-mcp", "ocean") not in kept
    assert "missing" in run("credentials", obj=outside).stdout
    assert "credential store" not in run("logout", "ocean", obj=outside).stdout


@pytest.mark.usefixtures("master")
def test_logout_says_that_somebodys_own_key_is_still_there(run: Run, outside: Outside) -> None:
    run("login", "ocean", "--to", "store", "--principal", "local", "--no-test", obj=outside, given=GOOD)
    done = run("logout", "ocean", obj=outside)
    assert done.exit_code == 1
    assert "there is still a key in the credential store; remove it there" in done.stderr


@pytest.mark.usefixtures("master", "keys")
def test_login_to_the_store_says_when_a_variable_comes_first(run: Run, outside: Outside) -> None:
    done = run("login", "ocean", "--to", "store", obj=outside, given=GOOD)
    assert "To use it, set TALENT_OCEAN_CREDENTIAL=store: and run `talent-mcp install` again" in done.stdout


@pytest.mark.usefixtures("master")
def test_the_list_says_when_the_store_cannot_be_used(run: Run, outside: Outside, home: Path) -> None:
    (home / "keys.db").mkdir(parents=True)
    listed = run("credentials", obj=outside)
    assert listed.exit_code == 0
    assert "the credential store cannot be used: its file cannot be opened" in said(listed)


def test_a_list_without_a_store_shows_none(run: Run, outside: Outside, keys: Mapping[str, str]) -> None:
    listed = run("credentials", obj=outside).stdout
    assert len(listed.strip().splitlines()) == 1 + len(keys)
