"""Programs that keep secrets: small ones on a PATH of this test. What they may do wrong, and that nothing is quoted."""

import json
import os
import shlex
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
import pytest

from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.sources import Sources
from talent_mcp.credentials.tools import MOST_BYTES, OP, SECONDS, output_of
from talent_mcp.errors import CredentialError
from talent_mcp.identity import local_caller
from tests.keyrings import without_keyring
from tests.server.credentials.stores import NoStore
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

KEY = "canary-key-77aa01"
ID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
CALLER = local_caller("test", None)


def tool(folder: Path, name: str, script: str) -> dict[str, str]:
    """An environment in which a program of this name does what this Python says."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    code = folder / f"{name}.py"
    code.write_text(script)
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(code))} "$@"\n')
    path.chmod(0o700)
    return {"PATH": str(folder)}


def noting(notes: Path, answer: str) -> str:
    return f"""
import json, os, sys
with open({str(notes)!r}, "w") as notes:
    json.dump([sys.argv[1:], dict(os.environ), sys.stdin.read(), os.getsid(0) == os.getpid()], notes)
print({answer!r})
"""


async def found(reference: str, environment: Mapping[str, str]) -> str | None:
    at = await Credentials({"ocean": reference}, Sources(environment, without_keyring(), NoStore())).find(
        "ocean", CALLER
    )
    return None if at is None else f"{at.reference} {at.secret.reveal()}"


async def refusal(reference: str, environment: Mapping[str, str]) -> str:
    with pytest.raises(CredentialError) as failure:
        await found(reference, environment)
    assert "canary" not in str(failure.value)
    return str(failure.value)


def noted(path: Path) -> Any:
    return json.loads(path.read_text())


ELSEWHERE = {"OCEAN_API_TOKEN": "canary-other", "AWS_SECRET_ACCESS_KEY": "canary-other", "BWS_ACCESS_TOKEN": "for-bws"}


async def test_1password_is_asked_for_the_reference_as_it_stands(tmp_path: Path) -> None:
    environment = {
        **tool(tmp_path, "op", noting(tmp_path / "notes", KEY)),
        **ELSEWHERE,
        "OP_ACCOUNT": "firm",
        "HOME": "/h",
    }
    reference = "op://Search firm/Ocean; rm -rf $HOME/API key"
    assert await found(reference, environment) == f"{reference} {KEY}"
    arguments, seen, given, own_session = noted(tmp_path / "notes")
    assert arguments == ["read", "--no-newline", reference]
    assert {name: seen[name] for name in ("PATH", "HOME", "OP_ACCOUNT")} == {
        "PATH": str(tmp_path),
        "HOME": "/h",
        "OP_ACCOUNT": "firm",
    }
    assert not {*ELSEWHERE} & {*seen}
    assert (given, own_session) == ("", True)


async def test_bitwarden_is_asked_for_the_secret_of_this_id(tmp_path: Path) -> None:
    answer = json.dumps({"id": ID, "key": "ocean", "value": f" {KEY} ", "note": ""})
    environment = {**tool(tmp_path, "bws", noting(tmp_path / "notes", answer)), **ELSEWHERE, "OP_ACCOUNT": "firm"}
    assert await found(f"bws:{ID}", environment) == f"bws:{ID} {KEY}"
    arguments, seen, _, _ = noted(tmp_path / "notes")
    assert arguments == ["secret", "get", ID, "--output", "json"]
    assert seen["BWS_ACCESS_TOKEN"] == "for-bws"
    assert not {"OP_ACCOUNT", "OCEAN_API_TOKEN"} & {*seen}


@pytest.mark.parametrize("answer", ["", KEY, "[]", "{}", '{"value": 1}', '{"value": null}', '["canary"]', '"canary"'])
async def test_an_answer_of_bitwarden_without_a_value_is_refused(tmp_path: Path, answer: str) -> None:
    environment = tool(tmp_path, "bws", f"print({answer!r})")
    assert await refusal(f"bws:{ID}", environment) == f"what `bws` answered for bws:{ID} is not a secret"


async def test_what_can_be_no_key_is_refused(tmp_path: Path) -> None:
    for answer in ("", "two words", "canary\\nkey"):
        environment = tool(tmp_path, "op", f'print("{answer}")')
        assert "holds is not a key" in await refusal("op://v/i/f", environment)


async def test_a_failure_is_told_by_its_exit_code_and_not_in_the_programs_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = tool(tmp_path, "op", f"import sys; print({KEY!r}); print({KEY!r}, file=sys.stderr); sys.exit(6)")
    assert await refusal("op://v/i/f", environment) == (
        "`op` (1Password) failed with exit code 6; run it in a terminal to see why"
    )
    assert KEY not in "".join(capfd.readouterr())


async def test_an_endless_answer_is_cut_off(tmp_path: Path) -> None:
    environment = tool(tmp_path, "op", f"import os\nwhile True: os.write(1, b'c' * {MOST_BYTES})")
    with anyio.fail_after(30):
        assert await refusal("op://v/i/f", environment) == "`op` (1Password) answered more than a secret"


async def test_a_program_that_is_not_there_or_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    for environment in ({}, {"PATH": ""}, {"PATH": str(tmp_path)}):
        assert await refusal("op://v/i/f", environment) == "`op` (1Password) is not on the PATH of this process"
    (tmp_path / "op").write_bytes(b"\x7fELF no program")
    (tmp_path / "op").chmod(0o700)
    assert await refusal("op://v/i/f", {"PATH": str(tmp_path)}) == "`op` (1Password) cannot be started"


async def test_no_program_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "op", f"print({KEY!r})")
    monkeypatch.chdir(tmp_path)
    for path in ("", ".", ":"):
        assert "is not on the PATH" in await refusal("op://v/i/f", {"PATH": path})


async def test_no_traceback_with_local_variables_shows_what_a_program_said(tmp_path: Path) -> None:
    environment = tool(tmp_path, "op", f"print({KEY!r} + ' x')")
    with pytest.raises(CredentialError) as failure:
        await Credentials({"ocean": "op://v/i/f"}, Sources(environment, without_keyring(), NoStore())).find(
            "ocean", CALLER
        )
    own = failure.value.__traceback__
    assert own is not None
    whole = traceback.TracebackException(CredentialError, failure.value, own.tb_next, capture_locals=True)
    assert KEY not in "".join(whole.format())


@pytest.mark.parametrize("mode", [0o400, 0o440])
async def test_a_credential_of_systemd_is_read_from_the_folder_of_the_service(tmp_path: Path, mode: int) -> None:
    (tmp_path / "ocean").write_text(f"{KEY}\n")
    (tmp_path / "ocean").chmod(mode)
    assert await found("systemd:ocean", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == f"systemd:ocean {KEY}"
    assert await found("systemd:stardex", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None
    assert await found("systemd:ocean", {}) is None


async def test_a_credential_of_systemd_that_anybody_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ocean").write_text(KEY)
    (tmp_path / "ocean").chmod(0o444)
    assert "may be read by others" in await refusal("systemd:ocean", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


async def test_who_does_not_wait_for_it_ends_it_with_what_it_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    script = f"""
import os, subprocess, sys, time
pipe = os.open({str(alive)!r}, os.O_WRONLY)
subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(600)"], pass_fds=[pipe])
os.write(pipe, b"both\\n")
time.sleep(600)
"""
    environment = tool(tmp_path, "op", script)
    ends: list[IO[Any]] = []
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(output_of, OP, ["read"], environment)
            ends.append(await anyio.to_thread.run_sync(alive.open, "rb"))
            assert await anyio.to_thread.run_sync(ends[0].readline) == b"both\n"
            group.cancel_scope.cancel()
        # The end comes when nobody is left who could write.
        assert await anyio.to_thread.run_sync(ends[0].read) == b""
    ends[0].close()


class TestSlow:
    """A program that waits for somebody; in virtual time, while it really waits."""

    @pytest.fixture
    def anyio_backend(self) -> tuple[str, dict[str, Any]]:
        return VIRTUAL_TIME

    async def test_it_is_given_ten_seconds(self, tmp_path: Path) -> None:
        environment = tool(tmp_path, "op", "import time; time.sleep(600)")
        started = anyio.current_time()
        with pytest.raises(CredentialError, match=r"`op` \(1Password\) did not answer within 10 s; is it locked\?"):
            await output_of(OP, ["read"], environment)
        assert anyio.current_time() - started == pytest.approx(SECONDS)
