"""`credentials rekey`: another master key, new data keys, and what is said when one is missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from talent_mcp.cli.outside import Outside
from tests.keyrings import Kept
from tests.server.cli.test_stored_credentials import GOOD, fresh, said

Run = Callable[..., Result]


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def stored(run: Run, outside: Outside, waited: list[float], monkeypatch: pytest.MonkeyPatch) -> Outside:
    """A store with a key in it, under a master key in the keyring; nobody really waits."""

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    outside = replace(outside, sleep=sleep)
    monkeypatch.setenv("TALENT_MASTER_KEY", "keyring:")
    assert run("login", "ocean", "--to", "store", obj=outside, given=GOOD).exit_code == 0
    return outside


def rekey(run: Run, outside: Outside, *options: str, given: str | None = None) -> Result:
    return run("credentials", "rekey", *options, obj=outside, given=given)


def is_open(run: Run, outside: Outside, given: str | None = None) -> bool:
    return "accepts the key in the credential store" in said(run("doctor", obj=fresh(outside), given=given))


def test_new_data_keys_are_made_and_the_old_ones_go(run: Run, stored: Outside, waited: list[float]) -> None:
    done = rekey(run, stored, "--data-keys")
    assert done.exit_code == 0, done.output
    assert "Sealed anew: 1 stored key. Removed: 1 older data key." in done.stdout
    assert "Waiting 45 s, until every server has noticed the new keys..." in done.stderr
    assert waited == [pytest.approx(45, abs=5)]
    assert said(run("credentials", obj=stored)).endswith("key 2 To keep a missing key: talent-mcp login VENDOR")
    assert is_open(run, stored)


def test_a_store_without_keys_is_left_without(run: Run, outside: Outside, waited: list[float], stored: Outside) -> None:
    run("credentials", "remove", "ocean", "--yes", obj=stored)
    assert "Sealed anew: 0 stored keys. Removed: 1 older data key." in rekey(run, stored, "--data-keys").stdout


@pytest.mark.parametrize("place", ["file", "keyring", "systemd", "passphrase"])
def test_a_new_master_key_takes_over(
    run: Run, stored: Outside, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "new").write_text("c0" * 32)
    (tmp_path / "new").chmod(0o400)
    (tmp_path / "phrase").write_text("canary battery staple")
    (tmp_path / "phrase").chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    reference = {
        "file": f"file:{tmp_path / 'master.key'}",
        "keyring": "keyring:2027",
        "systemd": "systemd:new",
        "passphrase": "passphrase:",
    }[place]
    done = rekey(run, stored, "--master-key", reference, "--passphrase-file", str(tmp_path / "phrase"))
    assert done.exit_code == 0, done.output
    assert "Wrapped anew: 3 data keys." in done.stdout
    assert f"Set TALENT_MASTER_KEY={reference} here" in done.stdout
    assert not is_open(run, stored)
    again = rekey(run, stored, "--master-key", reference, "--passphrase-file", str(tmp_path / "phrase"))
    assert "Wrapped anew: 0 data keys." in again.stdout
    monkeypatch.setenv("TALENT_MASTER_KEY", reference)
    monkeypatch.setenv("TALENT_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    kept.pop(("talent-mcp", "master-key"))
    assert is_open(run, stored)


def test_a_new_passphrase_is_asked_for_twice_and_then_once(
    run: Run, stored: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, phrase = replace(stored, on_terminal=lambda: True), "canary battery staple\n"
    done = rekey(run, here, "--master-key", "passphrase:", given=phrase * 2)
    assert done.exit_code == 0, done.output
    assert "New passphrase (not shown)" in done.stderr
    monkeypatch.setenv("TALENT_MASTER_KEY", "passphrase:")
    assert is_open(run, here, given=phrase)
    again = rekey(run, fresh(here), "--master-key", "passphrase:next", given=phrase + "another battery staple\n" * 2)
    assert again.exit_code == 0, again.output
    monkeypatch.setenv("TALENT_MASTER_KEY", "passphrase:next")
    assert is_open(run, here, given="another battery staple\n")


def test_who_chose_a_master_key_after_the_default_had_been_used_can_go_on(
    run: Run, stored: Outside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting was changed first: what is stored lies under the file beside the data."""
    assert rekey(run, stored, "--master-key", f"file:{home / 'master.key'}").exit_code == 0
    monkeypatch.setenv("TALENT_MASTER_KEY", "keyring:chosen")
    looked = run("doctor", obj=stored)
    assert "-> restore that master key; if you chose another one just now:" in said(looked)
    assert "talent-mcp credentials rekey --master-key keyring:chosen" in said(looked)
    done = rekey(run, stored, "--master-key", "keyring:chosen")
    assert done.exit_code == 0, done.output
    assert is_open(run, stored)


def test_a_former_master_key_may_be_named(
    run: Run, stored: Outside, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_MASTER_KEY", f"file:{tmp_path / 'new.key'}")
    without = rekey(run, stored, "--master-key", f"file:{tmp_path / 'new.key'}")
    assert without.exit_code == 1
    assert "some keys were wrapped under a master key that is not here (fingerprint" in without.stderr
    assert not (tmp_path / "new.key").exists()
    lost = rekey(run, stored, "--master-key", f"file:{tmp_path / 'new.key'}", "--from", "keyring:nowhere")
    assert "there is no master key in the keyring" in lost.stderr
    done = rekey(run, stored, "--master-key", f"file:{tmp_path / 'new.key'}", "--from", "keyring:")
    assert done.exit_code == 0, done.output
    kept.clear()
    assert is_open(run, stored)


def test_a_master_key_that_cannot_be_had_is_no_reason_to_stop_if_it_is_not_needed(
    run: Run, stored: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.key"
    broken.write_text("no key")
    broken.chmod(0o600)
    monkeypatch.setenv("TALENT_MASTER_KEY", f"file:{broken}")
    done = rekey(run, stored, "--master-key", "keyring:")
    assert done.exit_code == 0, done.output
    assert "Wrapped anew: 0 data keys." in done.stdout


def test_a_store_that_cannot_be_used_is_said_to_be_so(run: Run, outside: Outside, home: Path) -> None:
    (home / "keys.db").mkdir(parents=True)
    for options in (("--data-keys",), ("--master-key", "keyring:")):
        done = rekey(run, outside, *options)
        assert done.exit_code == 1
        assert "the credential store cannot be used: its file cannot be opened" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--data-keys", "--master-key", "keyring:"),
        ("--master-key", "canary-7f3a"),
        ("--data-keys", "--from", "keyring:"),
        ("--data-keys", "--passphrase-file", "canary"),
        ("--master-key", "keyring:", "--from", "canary-7f3a"),
    ],
)
def test_odd_options_are_usage_errors_and_not_repeated(run: Run, outside: Outside, options: tuple[str, ...]) -> None:
    done = rekey(run, outside, *options)
    assert done.exit_code == 2
    assert "canary" not in done.output
