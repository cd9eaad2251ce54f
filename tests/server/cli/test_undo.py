"""`talent-mcp undo`: a person takes back at a terminal what a call changed, at vendors in another process."""

import dataclasses
import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import Result

from talent_mcp.cli.outside import Outside
from talent_mcp.sandbox import SandboxOptions
from talent_tools.vendor import VENDOR_NAMES
from tests.processes import running

Run = Callable[..., Result]
ADA = {"linkedin_url": "https://www.linkedin.com/in/ada-demo-1001"}
CALL = {"find": ADA, "changes": {"current_job_title": "Group CFO", "emails": {"add": ["ada@example.com"]}}}


@pytest.fixture(params=["host", "ask"])
def vendors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The stand-ins on a port, which remember what was written; under each policy for agents."""
    options = SandboxOptions()
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running("sandbox", "--port", "0", environment={})) as sandbox,
    ):
        for vendor in VENDOR_NAMES:
            monkeypatch.setenv(f"TALENT_{vendor.upper()}_URL", f"{sandbox.origin}/{vendor}")
        monkeypatch.setenv("STARDEX_API_KEY", options.stardex_key)
        monkeypatch.setenv("TALENT_APPROVAL", request.param)
        yield


@pytest.fixture
def at_terminal(outside: Outside) -> Outside:
    return dataclasses.replace(outside, on_terminal=lambda: True)


def write(run: Run, obj: object, call: dict[str, Any]) -> dict[str, Any]:
    """What an agent's call comes to, with a person's yes where one is asked for."""
    told: dict[str, Any] = json.loads(run("call", "update_stardex_person", json.dumps(call)).stdout)
    if told["status"] == "needs_approval":
        run("approve", told["plan_id"], obj=obj, given="yes\n")
        again = json.dumps({**call, "plan_id": told["plan_id"]})
        told = json.loads(run("call", "update_stardex_person", again).stdout)
    assert told["status"] == "saved"
    return told


def changed(run: Run, obj: object) -> str:
    """A call that wrote."""
    write(run, obj, CALL)
    return str(json.loads(run("audit", "list", "--json", "--limit", "1").stdout)["call_id"])


@pytest.mark.usefixtures("outside", "vendors")
def test_a_person_looks_says_yes_and_has_the_record_as_it_was(run: Run, at_terminal: Outside) -> None:
    call_id = changed(run, at_terminal)
    command = run("audit", "show", call_id).stdout.splitlines()[-1].removeprefix("To take it back: talent-mcp ")
    assert command == f"undo {call_id} --preview"
    seen = run(*command.split()).stdout
    assert 'current job title: "Group CFO" -> "CFO"' in seen
    assert 'emails: removes "ada@example.com" (personal)' in seen
    assert "is asked for at a terminal" in run("undo", call_id).stderr
    no = run("undo", call_id, obj=at_terminal, given="n\n")
    assert "Nothing was changed." in no.stdout
    assert "Undone." in run("undo", call_id, obj=at_terminal, given="y\n").stdout
    assert "it was undone by call" in run("undo", call_id, obj=at_terminal).stderr
    listed = run("audit", "list", "--json", "--limit", "2").stdout
    assert f"undoes {call_id}" in listed
    undo = json.loads(listed.splitlines()[0])["call_id"]
    assert f"takes {call_id} back: " in run("audit", "show", undo).stdout
    assert run("audit", "show", call_id).stdout.splitlines()[-1] == f"It was taken back: talent-mcp audit show {undo}"
    assert f"undone by {undo}" in run("audit", "list", "--json").stdout
    read = json.loads((run("call", "update_stardex_person", json.dumps({**CALL, "preview": True}))).stdout)
    assert read["changes"][0] == {"field": "current_job_title", "before": "CFO", "after": "Group CFO"}
    assert (run("audit", "verify")).exit_code == 0


@pytest.mark.usefixtures("outside", "vendors")
def test_what_is_shown_is_what_is_written_back(run: Run, at_terminal: Outside) -> None:
    before = "CFO <left after an inquiry>\u200b"
    for title in (before, "Chair"):
        write(run, at_terminal, {"find": ADA, "changes": {"current_job_title": title}})
    call_id = str(json.loads(run("audit", "list", "--json", "--limit", "1").stdout)["call_id"])
    shown = run("undo", call_id, obj=at_terminal, given="y\n").stdout
    assert r'current job title: "Chair" -> "CFO <left after an inquiry>\u{200b}"' in shown
    assert "Undone." in shown


@pytest.mark.usefixtures("outside", "vendors")
def test_a_change_that_is_in_place_again_is_said_to_be_so(run: Run, at_terminal: Outside) -> None:
    call_id = changed(run, at_terminal)

    def undo(call: str) -> str:
        assert "Undone." in run("undo", call, obj=at_terminal, given="y\n").stdout
        return str(json.loads(run("audit", "list", "--json", "--limit", "1").stdout)["call_id"])

    first = undo(call_id)
    second = undo(first)
    told = run("undo", call_id, obj=at_terminal).stderr
    assert f"it was undone, and is in place again by call {second}; to take it back, undo that one" in told
    third = undo(second)
    told = run("undo", call_id, obj=at_terminal).stderr
    assert f"it was undone by call {third}; to have the change again, undo that one" in told


@pytest.mark.usefixtures("outside", "vendors")
def test_what_was_erased_cannot_be_undone(run: Run, at_terminal: Outside) -> None:
    call_id = changed(run, at_terminal)
    assert run("audit", "erase", "--yes", "--person", ADA["linkedin_url"]).exit_code == 0
    refused = run("undo", call_id, "--preview")
    assert (refused.exit_code, "what was there before is not kept any more" in refused.stderr) == (1, True)


@pytest.mark.usefixtures("outside", "vendors")
def test_a_record_that_moved_on_is_not_touched(run: Run, at_terminal: Outside) -> None:
    call_id = changed(run, at_terminal)
    write(run, at_terminal, {"find": ADA, "changes": {"current_job_title": "Chair"}})
    refused = run("undo", call_id, obj=at_terminal, given="y\n")
    assert refused.exit_code == 1
    assert "changed since in current job title" in refused.stderr


@pytest.mark.usefixtures("outside", "vendors")
def test_a_change_that_somebody_took_back_by_hand_is_not_undone_again(run: Run, at_terminal: Outside) -> None:
    call_id = changed(run, at_terminal)
    write(
        run,
        at_terminal,
        {"find": ADA, "changes": {"current_job_title": "CFO", "emails": {"remove": ["ada@example.com"]}}},
    )
    assert "Nothing is left to undo" in run("undo", call_id, obj=at_terminal).stdout


def test_a_call_that_nobody_made_cannot_be_undone(run: Run) -> None:
    assert "there is no such call" in run("undo", "06h0000000000000000x").stderr
