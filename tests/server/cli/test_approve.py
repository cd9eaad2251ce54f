"""`talent-mcp approve`: what waits, what it would change, and a yes or a no at a terminal."""

import dataclasses
import json
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from talent_mcp.approvals.plans import known_plan
from talent_mcp.audit.entries import EntryType, StoredEntry, write_entry
from talent_mcp.cli.audit import said_of
from talent_mcp.cli.outside import Outside

Run = Callable[..., Result]
CALL = {
    "find": {"linkedin_url": "https://www.linkedin.com/in/ada-demo-1001"},
    "changes": {"current_job_title": "Group CFO", "emails": {"add": ["ada@brightwell.example"]}},
}


@pytest.fixture
def plan_id(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """A change on the stand-ins that waits for a person."""
    monkeypatch.setenv("TALENT_APPROVAL", "ask")
    asked = json.loads(run("call", "update_stardex_person", json.dumps(CALL), "--sandbox").stdout)
    assert asked["status"] == "needs_approval"
    return str(asked["plan_id"])


@pytest.fixture
def at_terminal(outside: Outside) -> Outside:
    return dataclasses.replace(outside, on_terminal=lambda: True)


def carried_out(run: Run, plan_id: str) -> Result:
    return run("call", "update_stardex_person", json.dumps({**CALL, "plan_id": plan_id}), "--sandbox")


def test_what_waits_is_listed_with_whom_and_what_it_changes(run: Run, plan_id: str) -> None:
    listed = run("approve", "--sandbox").stdout
    for words in (plan_id, "Ada Brightwell", "current job title, emails", "59 min"):
        assert words in listed


def test_the_agent_is_told_the_command_that_finds_the_plan(run: Run, plan_id: str) -> None:
    told = json.loads(run("call", "update_stardex_person", json.dumps(CALL), "--sandbox").stdout)["next"]
    (command,) = re.findall("`talent-mcp ([^`]*)`", told)
    assert command == f"approve {plan_id} --sandbox"
    assert "Refused." in run(*command.split(), "--refuse").stdout


def test_nothing_that_waits_is_said_to_be_so(run: Run) -> None:
    assert "Nothing waits for you." in run("approve", "--sandbox").stdout


@pytest.mark.parametrize(
    ("given", "words"), [("y\n", "Approved."), ("YES\n", "Approved."), ("N\n\n", "Refused."), ("n\n", "Refused.")]
)
def test_one_letter_is_an_answer(run: Run, plan_id: str, at_terminal: Outside, given: str, words: str) -> None:
    assert words in run("approve", plan_id, "--sandbox", obj=at_terminal, given=given).stdout


def test_a_yes_at_the_terminal_lets_the_same_call_write(run: Run, plan_id: str, at_terminal: Outside) -> None:
    approved = run("approve", plan_id, "--sandbox", obj=at_terminal, given="yes\n")
    assert 'current job title: "CFO" -> "Group CFO"' in approved.stdout
    assert 'emails: adds "ada@brightwell.example" (personal)' in approved.stdout
    assert "Approved." in approved.stdout
    assert json.loads(carried_out(run, plan_id).stdout)["status"] == "saved"
    assert "nothing was sent now" in json.loads(carried_out(run, plan_id).stdout)["next"]
    told = json.loads(run("audit", "show", plan_id, "--json", "--sandbox").stdout)
    assert [entry["type"] for entry in told][-3:] == ["outcome", "plan.approved", "plan"]
    assert run("audit", "verify", "--sandbox").exit_code == 0
    assert "Nothing waits" in run("approve", "--sandbox").stdout
    assert detail(run, plan_id) == "approved by a person"


def detail(run: Run, call_id: str) -> str:
    """What the list says of a call."""
    listed = map(json.loads, run("audit", "list", "--json", "--sandbox").stdout.splitlines())
    return next(str(call["detail"]) for call in listed if call["call_id"] == call_id)


def test_a_plan_that_was_refused_is_listed_as_that(run: Run, plan_id: str) -> None:
    assert detail(run, plan_id) == "waits for approval"
    again = json.loads(run("call", "update_stardex_person", json.dumps(CALL), "--sandbox").stdout)
    assert again["plan_id"] == plan_id
    other = json.loads(run("audit", "list", "--json", "--sandbox").stdout.splitlines()[0])["call_id"]
    assert detail(run, other) == "waits for approval"
    run("approve", plan_id, "--refuse", "--sandbox")
    assert detail(run, plan_id) == detail(run, other) == "refused by a person"


def test_a_plan_of_whom_was_erased_is_listed_as_that(run: Run, plan_id: str) -> None:
    run("audit", "erase", "--person", "linkedin:ada-demo-1001", "--yes", "--sandbox")
    assert detail(run, plan_id) == "whom its plan was about was erased"
    assert "was erased since" in run("approve", plan_id, "--sandbox").stderr


@pytest.mark.parametrize(
    ("decided", "words"), [("plan.approved", "approved by a person"), (None, "its plan has expired")]
)
def test_a_yes_that_was_given_long_ago_was_given_all_the_same(decided: EntryType | None, words: str) -> None:
    def entry(type_: EntryType, **fields: str) -> StoredEntry:
        return StoredEntry(0, write_entry(tenant="default", call_id="p", type_=type_, at=0.0, fields=fields))

    made = entry("plan", digest="d", principal="local")
    said = None if decided is None else entry(decided, by="terminal")
    assert said_of(known_plan(made, made, said, now=1e9)) == words


def test_a_no_at_the_terminal_is_told_to_the_agent(run: Run, plan_id: str, at_terminal: Outside) -> None:
    assert "Refused." in run("approve", plan_id, "--sandbox", obj=at_terminal, given="no\nshe left\n").stdout
    assert "A person refused this change" in carried_out(run, plan_id).stderr
    assert 'Why, in their words: "she left"' in carried_out(run, plan_id).stderr
    told = f"a person had refused {plan_id}"
    calls = map(json.loads, run("audit", "list", "--json", "--sandbox").stdout.splitlines())
    again = next(call for call in calls if call["detail"] == told)
    assert f"ended: failure, SaidNo, {told}" in run("audit", "show", again["call_id"], "--sandbox").stdout


@pytest.mark.parametrize("given", ["later\n", "\n", "perhaps\n\n", " \n\n", "yess\n\n", "L\n"])
def test_who_only_looks_decides_nothing(run: Run, plan_id: str, at_terminal: Outside, given: str) -> None:
    assert "Nothing was decided." in run("approve", plan_id, "--sandbox", obj=at_terminal, given=given).stdout
    assert plan_id in run("approve", "--sandbox").stdout


def test_a_no_needs_no_terminal(run: Run, plan_id: str, outside: Outside) -> None:
    refused = run("approve", plan_id, "--refuse", "--reason", "not hers", "--sandbox", obj=outside)
    assert "Refused." in refused.stdout
    assert 'Why, in their words: "not hers"' in carried_out(run, plan_id).stderr


def test_where_nobody_is_at_a_terminal_there_is_no_yes(run: Run, plan_id: str, outside: Outside) -> None:
    refused = run("approve", plan_id, "--sandbox", obj=outside, given="yes\n")
    assert refused.exit_code == 1
    assert "a yes is asked for at a terminal" in refused.stderr
    assert json.loads(carried_out(run, plan_id).stdout)["status"] == "needs_approval"


def test_what_was_decided_is_not_decided_again(run: Run, plan_id: str, at_terminal: Outside) -> None:
    run("approve", plan_id, "--refuse", "--sandbox")
    assert "it was refused already" in run("approve", plan_id, "--sandbox", obj=at_terminal, given="yes\n").stderr


def test_a_plan_that_does_not_exist_is_said_to_be_so(run: Run) -> None:
    assert "there is no such plan" in run("approve", "06h0000000000000000x", "--sandbox").stderr


def test_what_waits_is_listed_as_waiting_in_the_log(run: Run, plan_id: str) -> None:
    assert f"{plan_id}" in run("audit", "list", "--sandbox").stdout
    assert "waits for approval" in run("audit", "list", "--sandbox").stdout
