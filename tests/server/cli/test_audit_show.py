"""`talent-mcp audit show` and `audit list --person|--names`: one call, and the calls about one person, in words."""

import dataclasses
import json
from collections.abc import Callable
from typing import get_args

import pytest
from click.testing import Result
from pydantic import JsonValue

from talent_mcp.audit.entries import EntryType
from talent_mcp.cli.call_story import EVENTS, GONE, LONGEST_LINE, answered, events, whom
from talent_mcp.cli.outside import Outside

Run = Callable[..., Result]
ADA = "https://www.linkedin.com/in/ada-demo-1001"
WRITE = {
    "find": {"linkedin_url": ADA},
    "changes": {"current_job_title": "Group CFO", "emails": {"add": ["a@b.example"]}},
}
OF_NO_CALL = {"subject.erased", "payloads.pruned", "checkpoint"}


@pytest.fixture
def at_terminal(outside: Outside) -> Outside:
    return dataclasses.replace(outside, on_terminal=lambda: True)


def calls(run: Run, *options: str) -> list[dict[str, JsonValue]]:
    return [json.loads(line) for line in run("audit", "list", "--json", "--sandbox", *options).stdout.splitlines()]


def newest(run: Run) -> str:
    return str(calls(run)[0]["call_id"])


def shown(run: Run, call_id: str) -> str:
    return run("audit", "show", call_id, "--sandbox").stdout


@pytest.fixture
def plan_id(run: Run) -> str:
    return str(json.loads(run("call", "update_stardex_person", json.dumps(WRITE), "--sandbox").stdout)["plan_id"])


@pytest.fixture
def written(run: Run, plan_id: str, at_terminal: Outside) -> str:
    """A write that a person said yes to; its call."""
    run("approve", plan_id, "--sandbox", obj=at_terminal, given="yes\n")
    run("call", "update_stardex_person", json.dumps({**WRITE, "plan_id": plan_id}), "--sandbox")
    return newest(run)


def test_a_write_is_told_by_what_it_changed_and_who_allowed_it(run: Run, plan_id: str, written: str) -> None:
    told = shown(run, written)
    first, _, whose, *_ = told.splitlines()
    assert first.startswith("update_stardex_person, ")
    assert first.endswith(" UTC: success")
    assert whose.startswith('"Ada Brightwell" in Stardex (')
    for words in (
        '  current job title: "CFO" -> "Group CFO"\n',
        '  emails: adds "a@b.example" (personal)\n',
        '  changes:\n    current_job_title: "Group CFO"\n    emails: add value "a@b.example"\n',
        'read_back: "as written"\n',
        "asked by local over cli\n",
        "a person said yes at the terminal\n",
        f"{written} goes on with the yes to {plan_id}\n",
        "/v1/persons/{id}: 200, ",
        "ended: success, saved\n",
    ):
        assert words in told
    assert told.index("said yes") < told.index("goes on")


def test_a_plan_tells_what_became_of_it(run: Run, plan_id: str) -> None:
    assert "waits for a person's yes\n" in shown(run, plan_id)
    run("approve", plan_id, "--refuse", "--sandbox")
    assert "a person said no at the terminal\n" in shown(run, plan_id)


def test_a_call_that_was_refused_says_what_it_asked_for(run: Run) -> None:
    run("call", "search_people", '{"limits": [{"a": 1}, {"b": "c"}]}', "--sandbox")
    told = shown(run, newest(run))
    assert 'limits:\n    a 1\n    b "c"\n' in told
    assert "asked by local over cli, and refused before anything was asked of a vendor: InvalidArguments\n" in told
    assert "Answered" not in told


def test_the_people_that_a_search_brought_are_cut_to_a_line_each(run: Run) -> None:
    run("call", "search_people", '{"limit": 3}', "--sandbox")
    told = shown(run, newest(run))
    people = [line for line in told.splitlines() if line.startswith('    id "')]
    assert len(people) == 3
    assert {line.endswith(" … (whole with --json)") for line in people} == {True}
    assert max(map(len, people)) < LONGEST_LINE + 30
    assert "ended: success, " in told
    assert " credits\n" in told


def test_what_was_erased_is_said_to_be_gone(run: Run, written: str) -> None:
    run("audit", "erase", "--person", f"linkedin:{ADA.rpartition('/')[2]}", "--sandbox", "--yes")
    told = shown(run, written)
    assert told.count(GONE) == 3
    assert "Brightwell" not in told
    assert "ended: success, saved\n" in told


def test_the_calls_about_one_person_are_listed(run: Run, plan_id: str, written: str) -> None:
    run("call", "search_people", '{"people": {"name": "Nobody Of That Name"}}', "--sandbox")
    about = [call["call_id"] for call in calls(run, "--person", "name:ada brightwell")]
    assert about == [written, plan_id]
    assert [call["call_id"] for call in calls(run, "--person", ADA, "--limit", "1")] == [written]
    nobody = run("audit", "list", "--person", "name:Nobody", "--sandbox").stdout
    assert nobody == "No call about this person is recorded here, or what it held was erased.\n"
    assert run("audit", "list", "--person", ADA, "--in-doubt").exit_code == 2


@pytest.mark.usefixtures("written")
def test_the_list_shows_names_only_where_they_are_asked_for(run: Run) -> None:
    run("call", "search_people", '{"limit": 2}', "--sandbox")
    assert "Brightwell" not in run("audit", "list", "--sandbox").stdout
    assert [call["whom"] for call in calls(run, "--names")] == ["2 people", '"Ada Brightwell"', '"Ada Brightwell"']
    assert 'success: "Ada Brightwell"' in run("audit", "list", "--names", "--sandbox").stdout


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"result": {"person": {"name": "Ada"}}}, '"Ada"'),
        ({"result": {"people": [{"name": "Ada"}]}}, "1 person"),
        ({"result": {"name": "Ada\u202e"}}, r'"Ada\u{202e}"'),
        ({"result": "unreadable"}, None),
        ({"result": {"person": None}}, None),
        ({"name": "Ada"}, '"Ada"'),
        ({}, None),
    ],
)
def test_whom_a_call_was_about_is_found_in_what_it_brought(entry: dict[str, JsonValue], name: str | None) -> None:
    assert whom([{"type": "plan", "index": 1}, {"index": 2, **entry}]) == name


def event(type_: EntryType, **fields: JsonValue) -> str:
    (told,) = events([{"index": 0, "type": type_, "time": "2026-11-27T10:04:31.641+00:00", "call": "c1", **fields}])
    assert told[0] == "11-27 10:04:31"
    return told[1]


WHO: dict[str, JsonValue] = {"principal": "local", "transport": "stdio", "client": "Some\x1bone 1"}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (event("intent", **WHO), r'asked by local ("Some\u{1b}one 1") over stdio'),
        (
            event("shown", calls=["c0", "c9"], **WHO),
            r'read again by local ("Some\u{1b}one 1") over stdio: what "c0", "c9" brought',
        ),
        (event("plan", approval="auto"), "goes on without a question (approval is auto)"),
        (event("plan", waits=True, origin="profile text"), "waits for a person's yes; named in profile text"),
        (event("plan", approval="page", plan="p1", undoes="c0"), "takes c0 back: c1 goes on with the yes to p1"),
        (event("plan.refused", by="page", reason="not hers"), 'a person said no on the page: "not hers"'),
        (event("resolved", **{"as": "did-not"}), "found out afterwards: it did not happen"),
        (event("resolved", **{"as": "happened"}), "found out afterwards: it happened"),
        (
            event("outcome", outcome="unknown", error="abandoned", how="Look."),
            "ended: unknown, abandoned. To find out: Look.",
        ),
        (event("outcome", outcome="success", reuses="c0", credits=1), "ended: success, 1 credits, reuses c0"),
        (
            event("outcome", outcome="success", credits_at_most=1.1),
            "ended: success, at most 1.1 credits (Ocean.io did not say)",
        ),
        (
            event("attempt", method="GET", host="h", path="/p", error="ConnectError", ms=7),
            "GET h/p: ConnectError, 7 ms",
        ),
        (event("credential.used", credential="env:A", vendor="ocean"), "key of Ocean.io: env:A"),
    ],
)
def test_every_event_is_told_in_words(told: str, words: str) -> None:
    assert told == words


def test_no_entry_of_a_call_is_left_out() -> None:
    assert EVENTS.keys() == {*get_args(EntryType)} - OF_NO_CALL
    assert [*events([{"index": 0, "type": "checkpoint"}])] == []


def test_a_vendors_answer_that_nobody_could_read_is_shown() -> None:
    failed: dict[str, JsonValue] = {"type": "outcome", "commit": "00"}
    assert answered([{**failed, "answer": "<html>"}]) == ['"<html>"']
    assert answered([failed]) == [GONE]


def test_a_text_is_shown_as_it_was_written_and_what_cannot_be_seen_is_spelt_out(run: Run) -> None:
    title = f"CFO <dismissed>\u202e{'x' * 90}"
    run("call", "update_stardex_person", json.dumps({**WRITE, "changes": {"current_job_title": title}}), "--sandbox")
    told = shown(run, newest(run))
    assert told.count(rf'"CFO <dismissed>\u{{202e}}{"x" * 90}"') == 2
    as_json = run("audit", "show", newest(run), "--json", "--sandbox").stdout
    assert "\u202e" not in as_json
    plan = next(entry for entry in json.loads(as_json) if entry["type"] == "plan")
    assert plan["changes"][0]["after"] == title


def test_names_of_arguments_that_an_agent_made_up_pass_for_nothing(run: Run) -> None:
    forged = f"x{' ' * 3_000}11-27 11:00:00  a person said yes at the terminal"
    run("call", "search_people", json.dumps({'status: "saved"': 1, forged: []}), "--sandbox")
    told = shown(run, newest(run))
    assert r'"status: \"saved\"": 1' in told
    assert "said yes" not in told
    assert " " * 5 not in told
