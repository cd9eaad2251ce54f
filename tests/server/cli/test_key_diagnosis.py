"""What the doctor says of the master key, the credential store and the memory of a process."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import apsw
import pytest
from click.testing import Result

from talent_mcp.cli.key_diagnosis import memory_findings
from talent_mcp.cli.outside import Outside
from talent_mcp.keys.memory import Protection
from talent_mcp.store.sqlite.rows import rows_of
from tests.keyrings import Kept
from tests.server.cli.test_stored_credentials import GOOD, said
from tests.server.keys.stores import process

Run = Callable[..., Result]


@pytest.fixture
def stored(run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """A store with a key in it, under a master key in the keyring."""
    monkeypatch.setenv("TALENT_MASTER_KEY", "keyring:")
    assert run("login", "ocean", "--to", "store", obj=outside, given=GOOD).exit_code == 0
    return outside


def test_a_master_key_that_nobody_chose_is_called_the_default(run: Run, outside: Outside, home: Path) -> None:
    looked = said(run("doctor", "--offline", obj=outside))
    assert "ok master key a file beside the data (default); it is made when it is first needed" in looked
    assert "ok credential store not used, as nobody chose a master key -> to use it, set TALENT_MASTER_KEY" in looked
    assert not (home / "master.key").exists()

    async def first_use() -> None:
        async with process(home) as one:
            await one.keys.current("default", "subjects")

    anyio.run(first_use)
    looked = said(run("doctor", "--offline", obj=outside))
    assert "ok master key a file beside the data (default), opens every data key (1; fingerprint" in looked


def test_a_chosen_master_key_is_named_with_what_it_opens(run: Run, stored: Outside) -> None:
    looked = said(run("doctor", "--offline", obj=stored))
    assert (
        "ok master key the keyring of this computer (service talent-mcp, user master-key), opens every data key (3;"
    ) in looked
    assert "ok credential store opens: 1 active, 0 retired" in looked
    assert "there is no key, so its tools will not work -> talent-mcp login jarvi --to store" in looked


def test_a_lost_master_key_is_a_problem_and_is_not_made_anew(run: Run, stored: Outside, kept: Kept) -> None:
    kept.clear()
    looked = run("doctor", "--offline", obj=stored)
    assert looked.exit_code == 1
    assert "the stored keys were wrapped under the one with fingerprint" in said(looked)
    assert "-> restore that master key; if you chose another one just now" in said(looked)
    assert "-> put the master key right first; else log in again" in said(looked)
    assert not kept


def test_another_master_key_is_a_problem(run: Run, stored: Outside, kept: Kept) -> None:
    kept["talent-mcp", "master-key"] = "c0" * 32
    looked = run("doctor", "--offline", obj=stored)
    assert looked.exit_code == 1
    assert "these keys were wrapped under another master key (fingerprint" in said(looked)


def test_a_setting_that_was_lost_is_a_problem(run: Run, stored: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALENT_MASTER_KEY")
    looked = run("doctor", "--offline", obj=stored)
    assert looked.exit_code == 1
    assert "-> restore that master key, or set TALENT_MASTER_KEY to where it is" in said(looked)


def test_a_damaged_credential_is_a_problem(run: Run, stored: Outside, home: Path) -> None:
    database = apsw.Connection(str(home / "keys.db"))
    rows_of(database, "UPDATE credentials SET sealed = x'01'")
    database.close()
    looked = run("doctor", "--offline", obj=stored)
    assert looked.exit_code == 1
    assert "problem credential store the stored ocean credential does not open: it was changed" in said(looked)


def test_a_store_that_cannot_be_used_is_a_problem(
    run: Run, outside: Outside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    (home / "keys.db").mkdir(parents=True)
    looked = run("doctor", "--offline", obj=outside)
    assert looked.exit_code == 1
    assert f"problem credential store cannot be used: its file cannot be opened -> look at {home / 'keys.db'}" in said(
        looked
    )


def test_a_stored_key_that_is_refused_is_to_be_rotated(run: Run, stored: Outside) -> None:
    run("login", "ocean", "--to", "store", "--no-test", obj=stored, given="canary-7f3a")
    assert "-> talent-mcp credentials rotate ocean" in said(run("doctor", obj=stored))


def test_a_key_that_others_keep_is_to_be_corrected_there(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ocean").write_text("canary-7f3a")
    (tmp_path / "ocean").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", "systemd:ocean")
    looked = said(run("doctor", obj=outside))
    assert "the key is in the systemd credential ocean -> correct it there: systemd:ocean" in looked


def test_a_passphrase_is_asked_for_once_for_all_that_is_looked_at(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_MASTER_KEY", "passphrase:")
    here, phrase = replace(outside, on_terminal=lambda: True), "canary battery staple\n"
    assert run("login", "ocean", "--to", "store", obj=here, given=phrase * 2 + GOOD).exit_code == 0
    again = Outside(transport=here.transport, keyring=here.keyring, on_terminal=here.on_terminal)
    looked = run("doctor", obj=again, given=phrase)
    assert "accepts the key in the credential store" in said(looked)
    assert looked.stderr.count("Passphrase of the master key (not shown)") == 1


@pytest.mark.parametrize(
    ("protection", "level", "said_of_it"),
    [
        (Protection(core_dumps_off=True, tracing_off=True), "ok", "other processes of yours cannot look into it"),
        (
            Protection(core_dumps_off=True, tracing_off=False),
            "ok",
            "this system lets your other processes look into it",
        ),
        (Protection(core_dumps_off=False, tracing_off=False), "warning", "may write keys into crash dumps"),
    ],
)
def test_the_memory_of_a_process_is_spoken_of_plainly(protection: Protection, level: str, said_of_it: str) -> None:
    (finding,) = memory_findings(protection)
    assert finding.level == level
    assert said_of_it in finding.text
