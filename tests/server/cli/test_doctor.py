"""The doctor finds what is broken, says what to do, never crashes and never shows a key."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio
import httpx2
import pytest
from click.testing import Result
from keyring.backend import KeyringBackend
from pydantic import JsonValue

from talent_mcp.audit.entries import write_entry
from talent_mcp.cli.diagnosis import home as home_finding
from talent_mcp.cli.diagnosis import versions
from talent_mcp.cli.outside import Outside
from talent_mcp.cli.vendor_diagnosis import log_finding
from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.credentials.references import VARIABLES
from talent_mcp.errors import CredentialError
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.store.sqlite.store import SqliteStore
from talent_tools.vendor import VENDOR_NAMES

Run = Callable[..., Result]
Kept = dict[tuple[str, str], str]


def said(result: Result) -> str:
    """What was printed, on one line."""
    return " ".join(result.stdout.split())


def network(handler: Callable[[httpx2.Request], httpx2.Response]) -> Outside:
    return Outside(transport=httpx2.MockTransport(handler), keyring=KeyringStore(no_keyring), on_terminal=lambda: False)


def no_keyring() -> KeyringBackend:
    raise NoKeyring("this machine has no keyring that keeps a key safe")


def locked_keyring() -> KeyringBackend:
    raise CredentialError("the keyring did not answer within 3 s; is it locked?")


def nobody_answers(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody answers", request=request)


@pytest.mark.usefixtures("keys")
def test_with_keys_that_work_nothing_is_broken(run: Run, outside: Outside) -> None:
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 0, looked.output
    for vendor in VENDOR_NAMES.values():
        assert f"{vendor} accepts the key in the environment variable" in said(looked)
    assert "500 credits are left" in said(looked)
    assert "MemoryKeyring, where `talent-mcp login` keeps keys" in said(looked)


@pytest.mark.usefixtures("keys")
def test_its_requests_are_recorded(run: Run, outside: Outside) -> None:
    run("doctor", obj=outside)
    listed = run("audit", "list").stdout
    assert [name in listed for name in ("check_ocean", "check_stardex", "check_jarvi")] == [True] * 3


def test_without_keys_it_names_the_command_for_each_and_exits_0(run: Run, outside: Outside) -> None:
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 0
    for vendor in VENDOR_NAMES:
        assert f"there is no key, so its tools will not work -> talent-mcp login {vendor}" in said(looked)
    assert "Nothing is broken, with 6 warnings." in looked.stdout


def test_a_refused_key_is_a_problem_and_is_not_shown(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("OCEAN_API_TOKEN", "STARDEX_API_KEY", "JARVI_API_KEY")
    for name in names:
        monkeypatch.setenv(name, "canary-7f3a")
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert all(f"-> correct or unset {name}" in said(looked) for name in names)
    assert "talent-mcp login ocean" not in said(looked)
    assert said(looked).count("does not accept the key (HTTP") == 3
    assert "Something is broken: 3 problems, 3 warnings." in looked.stdout
    assert "canary" not in looked.output


@pytest.mark.parametrize("scheme", ["file", "keyring"])
def test_a_refused_key_is_corrected_where_it_lies(
    run: Run, outside: Outside, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    file = tmp_path / "ocean.key"
    file.touch(mode=0o600)
    file.write_text("canary-7f3a")
    kept["talent-mcp", "ocean"] = "canary-7f3a"
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", {"file": f"file:{file}", "keyring": "keyring:"}[scheme])
    advice = {"file": f"-> talent-mcp login ocean --to file:{file} ", "keyring": "-> talent-mcp login ocean "}[scheme]
    assert advice in said(run("doctor", obj=outside))


@pytest.mark.parametrize(
    ("screen", "page", "ways"),
    [
        (":0", "open", "in your assistant's form, on a page that opens in your browser, or with talent-mcp approve"),
        (":0", "off", "in your assistant's form, or with talent-mcp approve"),
        ("", "open", "in your assistant's form, or with talent-mcp approve"),
    ],
)
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_it_says_where_a_person_is_asked(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch, screen: str, page: str, ways: str
) -> None:
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("TALENT_APPROVAL_PAGE", page)
    assert f"ok approval each change waits for your yes: {ways}" in said(run("doctor", "--offline", obj=outside))


@pytest.mark.parametrize("approval", ["host", "auto"])
def test_it_does_not_promise_that_somebody_is_asked(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch, approval: str
) -> None:
    monkeypatch.setenv("TALENT_APPROVAL", approval)
    looked = said(run("doctor", "--offline", obj=outside))
    assert "ok approval talent-mcp does not ask by itself" in looked
    assert "asks you" not in looked


@pytest.mark.usefixtures("keys")
def test_without_a_network_it_says_that_nobody_can_be_reached(run: Run) -> None:
    looked = run("doctor", obj=network(nobody_answers))
    assert looked.exit_code == 1
    assert said(looked).count("cannot be reached") == 3
    assert "look at the network connection" in said(looked)


@pytest.mark.usefixtures("keys")
def test_offline_it_sends_nothing(run: Run, sandbox: Sandbox, outside: Outside) -> None:
    looked = run("doctor", "--offline", obj=outside)
    assert looked.exit_code == 0
    assert said(looked).count("it was not tried") == 3
    assert not sandbox.requests


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("status", "text"),
    [(404, "is not at the address in the settings (it answers HTTP 404)"), (503, "has trouble"), (429, "limit")],
)
def test_other_trouble_at_a_vendor_is_told_apart_from_a_wrong_key(run: Run, status: int, text: str) -> None:
    looked = run("doctor", obj=network(lambda _: httpx2.Response(status, headers={"Retry-After": "600"})))
    assert looked.exit_code == 1
    assert text in said(looked)
    assert "does not accept the key" not in said(looked)


@pytest.mark.usefixtures("keys")
def test_an_empty_account_is_a_warning(run: Run) -> None:
    empty = Sandbox(SandboxOptions(credits=0))
    outside = Outside(transport=httpx2.ASGITransport(app=empty.app), keyring=KeyringStore(no_keyring))
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 0
    assert "no credits are left" in said(looked)


@pytest.mark.usefixtures("keys")
def test_a_balance_without_numbers_is_not_shown_as_none_left(run: Run) -> None:
    looked = run("doctor", obj=network(lambda _: httpx2.Response(200, json={"data": {"fields": []}})))
    assert "credits" not in said(looked)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TALENT_CONFIG", "/nowhere/talent.toml", "cannot be read"),
        ("TALENT_APPROVAL", "perhaps", "setting approval"),
        ("TALENT_OCEAN_URL", "https://evil.example", "not the vendor's own"),
    ],
)
def test_settings_that_cannot_work_are_a_problem(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    looked = run("doctor", "--offline")
    assert looked.exit_code == 1
    assert reason in said(looked)
    assert "Something is broken: 1 problem, 0 warnings." in looked.stdout


def test_it_names_the_settings_file(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "talent.toml"
    file.write_text('approval = "never"')
    monkeypatch.setenv("TALENT_CONFIG", str(file))
    looked = run("doctor", "--offline", obj=outside)
    assert "from the file" in said(looked)
    assert "changes in Stardex and Jarvi are refused" in said(looked)


@pytest.mark.parametrize("value", ["canary-7f3a", "vault:canary-7f3a"])
def test_a_key_in_the_place_of_a_reference_is_a_problem_and_is_not_shown(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", value)
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert "is a reference: env:NAME, file:PATH, keyring:, store:, op://" in said(looked)
    assert "canary" not in looked.output


def test_a_key_file_that_others_may_read_is_a_problem(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ocean.key"
    file.write_text("canary-7f3a")
    file.chmod(0o644)
    monkeypatch.setenv("TALENT_OCEAN_CREDENTIAL", f"file:{file}")
    looked = run("doctor", "--offline", obj=outside)
    assert looked.exit_code == 1
    assert "may be read by others" in said(looked)


def test_a_keyring_that_is_locked_is_a_problem(run: Run) -> None:
    outside = Outside(transport=httpx2.MockTransport(nobody_answers), keyring=KeyringStore(locked_keyring))
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert "is it locked?" in said(looked)


def test_no_keyring_at_all_is_no_problem(run: Run) -> None:
    looked = run("doctor", obj=network(nobody_answers))
    assert looked.exit_code == 0
    assert "this computer has none that is safe for keys" in said(looked)


def test_without_a_keyring_the_advice_is_a_file_or_the_variable(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    looked = said(run("doctor", obj=network(nobody_answers)))
    assert "to keep a key: talent-mcp login VENDOR --to file:PATH" in looked
    for vendor, variable in VARIABLES.items():
        assert f"-> talent-mcp login {vendor} --to file:{home}/{vendor}.key (or set {variable})" in looked


def test_a_home_that_cannot_be_made_is_a_problem(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TALENT_HOME", str(tmp_path / "file" / "state"))
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert "cannot be used: not a directory" in said(looked)
    assert "audit log cannot be used" in said(looked)


def test_a_home_that_others_may_look_into_is_a_warning(home: Path) -> None:
    home.mkdir(mode=0o700)
    assert home_finding(home).level == "ok"
    (home / "audit.db").touch(mode=0o644)
    assert home_finding(home).level == "warning"
    assert str(home / "audit.db") in home_finding(home).text
    home.chmod(0o755)
    assert f"{home}" in home_finding(home).text


def test_folders_for_files_are_looked_for(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_FILE_FOLDERS", f"{tmp_path};{tmp_path / 'gone'}")
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert "may be sent to Jarvi" in said(looked)
    assert "cannot be read: no such file or directory -> put that right" in said(looked)
    assert "take it out of TALENT_FILE_FOLDERS" in said(looked)


def test_what_stands_in_the_settings_file_is_named_as_it_is_there(
    run: Run, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "talent.toml"
    file.write_text('file_folders = ["/nowhere"]\nocean.url = "http://127.0.0.1"')
    monkeypatch.setenv("TALENT_CONFIG", str(file))
    monkeypatch.delenv("TALENT_OCEAN_URL")
    looked = run("doctor", "--offline", obj=outside)
    assert "or take it out of file_folders" in said(looked)
    assert "if not meant, remove ocean.url" in said(looked)
    assert "TALENT_FILE_FOLDERS" not in said(looked)


def test_an_old_sqlite_is_a_problem() -> None:
    assert versions("3.40.1").level == "problem"
    assert versions("3.51.2").level == "problem"
    assert versions("3.51.3").level == "ok"
    assert versions("3.60.0").level == "ok"


def test_a_damaged_log_file_is_a_problem(run: Run, outside: Outside, home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "audit.db").write_bytes(b"not a database" * 100)
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 1
    assert "its file is not a database" in said(looked)


@pytest.mark.usefixtures("keys")
def test_a_changed_entry_is_a_problem(run: Run, outside: Outside, tamper: Callable[[], None]) -> None:
    run("doctor", obj=outside)
    tamper()
    looked = run("doctor", "--offline", obj=outside)
    assert looked.exit_code == 1
    assert "was tampered with or damaged" in said(looked)


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        (("c1",), "1 call has no known outcome; it still runs, or its server ended"),
        (("c1", "c2"), "2 calls have no known outcome; they still run, or their server ended"),
    ],
)
def test_calls_in_doubt_are_a_warning(
    run: Run, outside: Outside, home: Path, calls: tuple[str, ...], text: str
) -> None:
    async def leave_intents() -> None:
        store = SqliteStore(home / "audit.db")
        for call in calls:
            fields: dict[str, JsonValue] = {"tool": "enrich_person"}
            await store.append(write_entry(tenant=LOCAL_TENANT, call_id=call, type_="intent", at=1.0, fields=fields))
        await store.close()

    anyio.run(leave_intents)
    looked = run("doctor", obj=outside)
    assert looked.exit_code == 0
    assert f"{text} -> talent-mcp audit list --in-doubt" in said(looked)


def test_a_log_too_long_to_verify_at_once_is_no_problem() -> None:
    assert log_finding(5_000_000, None).level == "ok"
    assert "audit verify" in log_finding(5_000_000, None).do


def test_vendor_addresses_that_are_not_the_vendors_own_are_told(
    run: Run, outside: Outside, keys: Mapping[str, str]
) -> None:
    assert "its key and requests go to 127.0.0.1, not to api.ocean.io" in said(run("doctor", obj=outside))
    assert not any(key in run("doctor", obj=outside).output for key in keys.values())
