"""`talent-mcp batch`: one call a line, checked and told what it may cost before the first one leaves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from talent_mcp.cli.batch import MOST_LINES
from talent_mcp.cli.outside import Outside

Run = Callable[..., Result]
ADA = {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}
BEN = {"person": {"linkedin": "https://www.linkedin.com/in/ben-demo-1002"}}
NOBODY = {"person": {"linkedin": "https://www.linkedin.com/in/nobody-at-all"}}
EMPTY: dict[str, Any] = {"person": {}}
MISSPELT: dict[str, Any] = {"persn": {}}
SOMEBODY = Outside(on_terminal=lambda: True)


@pytest.fixture
def batch(run: Run, tmp_path: Path) -> Run:
    """Runs a batch of enrichments on the sandbox."""

    def invoke(
        *lines: object, options: tuple[str, ...] = ("--yes",), tool: str = "enrich_person", **how: Any
    ) -> Result:
        file = tmp_path / "input.jsonl"
        file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
        return run("batch", tool, "--input", str(file), "--sandbox", *options, **how)

    return invoke


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("at_once", ["1", "3", "16"])
def test_each_line_is_answered_by_a_line_in_the_order_of_the_input(batch: Run, at_once: str) -> None:
    called = batch(ADA, "", NOBODY, BEN, options=("--yes", "--at-once", at_once))
    assert called.exit_code == 0, called.output
    answers = told(called)
    assert [answer["line"] for answer in answers] == [1, 3, 4]
    assert [answer["result"]["status"] for answer in answers] == ["found", "no_match", "found"]
    assert answers[0]["result"]["person"]["name"] == "Ada Brightwell"
    assert called.stderr == "3 calls done, 0 failed.\n"


def test_a_call_that_fails_stops_no_other_one(batch: Run) -> None:
    called = batch(EMPTY, ADA)
    assert called.exit_code == 1
    failed, done = told(called)
    assert "person is empty" in failed["error"]
    assert done["result"]["status"] == "found"
    assert called.stderr == "1 call done, 1 failed.\n"


def test_a_batch_that_is_given_again_costs_nothing(batch: Run) -> None:
    first, again = told(batch(ADA, BEN)), told(batch(ADA, BEN))
    assert [answer["result"]["credits_used"] for answer in again] == [0.0, 0.0]
    assert again[0]["result"]["person"] == first[0]["result"]["person"]


@pytest.mark.parametrize("at_once", ["1", "16"])
def test_who_is_in_it_twice_is_paid_for_once_whichever_line_asks_for_more(batch: Run, at_once: str) -> None:
    with_email = {**ADA, "reveal_emails": True}
    answers = told(batch(ADA, BEN, with_email, BEN, options=("--yes", "--at-once", at_once)))
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4]
    assert [answer["result"]["cost"].startswith("free: ") for answer in answers] == [True, False, False, True]
    assert "address" in answers[2]["result"]["person"]["email"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((ADA, "{", [1]), ("line 2: Nothing was sent: it is not a JSON object.", "line 3: ")),
        ((ADA, MISSPELT), ("line 2: Nothing was sent: the arguments of enrich_person do not fit.", "persn")),
        (("", " "), ("the input holds no line",)),
        (("\n" * MOST_LINES, ADA), ("more than 10,000 lines",)),
    ],
)
def test_an_input_that_does_not_fit_makes_no_call(
    batch: Run, run: Run, lines: tuple[object, ...], words: tuple[str, ...]
) -> None:
    called = batch(*lines)
    assert (called.exit_code, called.stdout) == (1, "")
    assert all(word in called.stderr for word in words), called.stderr
    assert "no calls" in run("audit", "list", "--sandbox").output.lower()


def test_no_more_than_ten_lines_are_complained_of(batch: Run) -> None:
    assert len(batch(*["{"] * 30).stderr.splitlines()) == 10


def test_a_byte_order_mark_is_no_part_of_the_first_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "input.jsonl"
    file.write_text(json.dumps(ADA), encoding="utf-8-sig")
    called = run("batch", "enrich_person", "--input", str(file), "--sandbox", "--yes")
    assert called.stderr == "1 call done, 0 failed.\n"


def test_text_in_another_encoding_is_said_to_be_that(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "input.jsonl"
    file.write_bytes(b'{"person": {"name": "Ren\xe9"}}')
    called = run("batch", "enrich_person", "--input", str(file), "--sandbox", "--yes")
    assert (called.exit_code, "not UTF-8" in called.stderr) == (1, True)


def test_a_file_that_is_not_there_is_said_to_be_that(run: Run, tmp_path: Path) -> None:
    called = run("batch", "enrich_person", "--input", str(tmp_path / "none"), "--sandbox", "--yes")
    assert (called.exit_code, "cannot be read: No such file" in called.stderr) == (1, True)


def test_a_person_is_told_what_it_may_cost_and_what_is_left_and_can_say_no(
    batch: Run, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_BUDGET_PER_DAY", "50")
    called = batch({**ADA, "reveal_phones": True}, BEN, options=(), obj=SOMEBODY, given="n\n")
    assert called.exit_code == 1
    assert "2 calls of enrich_person may cost up to" in called.stderr
    assert "credits (what was paid for before is free); 50 are left today. Go on? [y/N]" in called.stderr
    assert "no calls" in run("audit", "list", "--sandbox").output.lower()
    agreed = batch(ADA, options=(), obj=SOMEBODY, given="y\n")
    assert [answer["result"]["status"] for answer in told(agreed)] == ["found"]


def test_where_nobody_can_be_asked_nothing_is_spent_without_yes(batch: Run, run: Run) -> None:
    called = batch(ADA, options=())
    assert (called.exit_code, called.stdout) == (2, "")
    assert "nobody can be asked here: 1 call of enrich_person may cost up to" in called.stderr
    piped = run("batch", "enrich_person", "--input", "-", "--sandbox", obj=SOMEBODY, given=json.dumps(ADA))
    assert (piped.exit_code, "Add --yes" in piped.stderr) == (2, True)


def test_changes_wait_for_a_person_and_are_counted_so(batch: Run, run: Run) -> None:
    changes = [
        {"find": {"linkedin_url": f"https://www.linkedin.com/in/{who}"}, "changes": {"current_job_title": "Group CFO"}}
        for who in ("ada-demo-1001", "ben-demo-1002")
    ]
    asked = batch(*changes, tool="update_stardex_person", options=())
    assert "2 calls of update_stardex_person may change as many records" in asked.stderr
    called = batch(*changes, tool="update_stardex_person")
    assert called.exit_code == 0, called.output
    assert {answer["result"]["status"] for answer in told(called)} == {"needs_approval"}
    assert called.stderr == "0 calls done, 0 failed, 2 wait for a person (talent-mcp approve).\n"
