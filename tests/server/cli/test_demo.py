"""The demo says that all of it worked only if all of it did."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.audit.verify import Verification
from talent_mcp.cli.sample_cv import sample_cv
from talent_mcp.errors import StoreUnavailable
from talent_mcp.sandbox import SandboxOptions
from talent_mcp.sandbox.stardex.persons import StoredPerson
from talent_mcp.store.protocol import Store
from talent_mcp.upstream.attempts import Attempt

Run = Callable[..., Result]


def test_the_demo_plays_the_day_and_verifies_what_was_recorded(run: Run) -> None:
    played = run("demo")
    assert played.exit_code == 0, played.output
    assert "5 of 5 people" in played.stdout
    assert "pending" in played.stdout
    assert "chloe.marchandeau@courrier.example (personal)\n           chloe.marchandeau@nuagerie.example (work)" in (
        "\n".join(line.rstrip() for line in played.stdout.splitlines())
    )
    assert "arrived unchanged" in played.stdout
    assert played.stdout.count("A change waits for a yes: ") == 2
    assert "- emails: adds" in played.stdout
    assert played.stdout.count("Here the demo says yes for you.") == 2
    assert " ".join(played.stdout.split()).count("success: approved by the demo") == 2
    assert "The audit log is whole" in played.stdout
    assert "All of it worked, on stand-ins: nothing real was touched. It took " in played.stdout


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_the_demo_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = run("demo").stdout.splitlines()
    root = re.compile("[0-9a-f]{64}")
    assert max(len(line) for line in lines if not root.fullmatch(line)) <= int(columns)


def test_the_demo_leaves_nothing_in_the_users_home(run: Run, home: Path) -> None:
    run("demo")
    assert not home.exists()


def test_the_demo_needs_no_settings_that_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENT_CONFIG", "/nowhere.toml")
    monkeypatch.setenv("TALENT_APPROVAL", "never")
    assert run("demo").exit_code == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (SandboxOptions(credits=1.5), "enrich_person failed: Ocean.io has too few credits left"),
        (SandboxOptions(pending_asks=5), "the enrichment of Emil Sörensfeld gave no e-mail address"),
    ],
)
def test_the_demo_fails_in_a_sentence_when_a_step_does(run: Run, options: SandboxOptions, reason: str) -> None:
    played = run("demo", obj=options)
    assert played.exit_code == 1
    assert reason in played.stderr
    assert len(played.stderr.strip().splitlines()) == 1
    assert "All of it worked" not in played.output


def test_the_demo_notices_that_stardex_lost_an_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_all(person: StoredPerson, request: object) -> None:
        person.contacts["emails"].clear()

    monkeypatch.setattr(StoredPerson, "update", lose_all)
    played = run("demo")
    assert played.exit_code == 1
    assert "Stardex does not hold the old addresses and the new one" in played.stderr


def test_the_demo_fails_when_a_tool_is_gone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talent_mcp.app.load_tools", dict)
    assert "the demo stopped: search_people failed: Unknown tool" in run("demo").stderr


def test_the_demo_notices_a_call_that_is_not_recorded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talent_mcp.cli.demo.CALLS", 10)
    assert "the audit log has 9 calls, not 10" in run("demo").stderr


def test_the_demo_notices_a_request_that_is_not_recorded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    append = AuditLog.attempt

    def forgetful(log: AuditLog, call: CallRecord, attempt: Attempt) -> None:
        if attempt.vendor != "jarvi":
            append(log, call, attempt)

    monkeypatch.setattr(AuditLog, "attempt", forgetful)
    assert "the vendors had 17 requests, and 11 are recorded" in run("demo").stderr


def test_the_demo_says_so_when_the_log_cannot_be_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(store: Store, tenant: str) -> Verification:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr("talent_mcp.cli.demo.verify", broken)
    played = run("demo")
    assert played.exit_code == 1
    assert "the audit log cannot be used: the disk is full" in played.stderr


def test_the_demo_runs_as_a_program_without_colour_in_a_pipe() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "talent_mcp", "demo"], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert played.returncode == 0, played.stderr
    assert played.stderr == ""
    assert "\x1b" not in played.stdout


def test_the_sample_cv_is_a_pdf_whose_table_points_at_its_objects() -> None:
    content = sample_cv("Ada (CFO)", "Zoé \\ 漢")
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref")
    offsets = [int(row.split()[0]) for row in content[start:].splitlines()[3:8]]
    assert [content[offset : offset + 7] for offset in offsets] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert b"(Ada \\(CFO\\)) Tj" in content
    length = int(re.search(rb"/Length (\d+)", content)[1])  # type: ignore[index]  # it is there
    stream = content.split(b"stream\n", 1)[1]
    assert stream[length:].startswith(b"\nendstream")
