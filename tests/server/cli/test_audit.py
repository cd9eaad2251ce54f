"""`talent-mcp audit`: what a person sees of the log."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from click.testing import Result
from rich.console import Console

from talent_mcp.audit.calls import CallSummary
from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.verify import Verification
from talent_mcp.cli.audit import cost, print_calls
from talent_mcp.cli.audit_verify import verdict
from talent_mcp.cli.outside import Outside
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.store import SqliteStore

Run = Callable[..., Result]
CALL = CallSummary(
    call_id="06h0fecarx54xn72kx0g",
    time="2026-11-23T09:25:30.123+00:00",
    tool="update_stardex_person",
    vendor="stardex",
    client="test 1",
    state="success",
    detail="",
    credits=1.2,
    requests=3,
)


def table(*calls: CallSummary, width: int) -> str:
    printed = io.StringIO()
    print_calls(list(calls), Console(file=printed, width=width))
    return printed.getvalue()


def test_an_empty_log_says_so(run: Run) -> None:
    assert "No calls are recorded here." in run("audit", "list").stdout


@pytest.mark.usefixtures("keys")
def test_the_newest_calls_come_first_and_are_limited(run: Run, outside: Outside) -> None:
    run("doctor", obj=outside)
    listed = run("audit", "list", "--limit", "2").stdout.splitlines()
    assert len(listed) == 3
    as_json = [json.loads(line) for line in run("audit", "list", "--json").stdout.splitlines()]
    assert [row["call_id"] for row in as_json][:2] == [line.split()[0] for line in listed[1:]]
    assert as_json[0]["state"] == "success"


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_an_odd_limit_is_a_usage_error(run: Run, limit: str) -> None:
    assert run("audit", "list", "--limit", limit).exit_code == 2


def test_calls_in_doubt_can_be_listed_alone(run: Run, home: Path) -> None:
    async def leave_an_intent() -> None:
        store = SqliteStore(home / "audit.db")
        entry = write_entry(tenant=LOCAL_TENANT, call_id="c1", type_="intent", at=1.0, fields={"tool": "enrich_person"})
        await store.append(entry)
        await store.close()

    assert run("audit", "list", "--in-doubt").stdout == "No call is in doubt.\n"
    anyio.run(leave_an_intent)
    assert "unknown: abandoned" in run("audit", "list", "--in-doubt").stdout


@pytest.mark.usefixtures("keys")
def test_one_call_is_shown_with_all_its_entries(run: Run, outside: Outside) -> None:
    run("doctor", obj=outside)
    call_id = json.loads(run("audit", "list", "--json").stdout.splitlines()[0])["call_id"]
    shown = json.loads(run("audit", "show", call_id, "--json").stdout)
    assert [entry["type"] for entry in shown] == ["intent", "credential.used", "attempt", "outcome"]


def test_a_call_that_is_not_there_is_an_error(run: Run) -> None:
    shown = run("audit", "show", "nothing")
    assert shown.exit_code == 1
    assert "There is no such call." in shown.stderr


@pytest.mark.usefixtures("keys")
def test_verify_tells_a_whole_log_from_a_changed_one(run: Run, outside: Outside, tamper: Callable[[], None]) -> None:
    run("doctor", obj=outside)
    whole = run("audit", "verify")
    assert whole.exit_code == 0
    said, root = whole.stdout.splitlines()
    assert said == "The audit log is whole: 12 entries. Its root:"
    assert re.fullmatch("[0-9a-f]{64}", root)
    tamper()
    changed = run("audit", "verify")
    assert changed.exit_code == 1
    assert "was tampered with or damaged" in changed.stdout


def test_removed_payloads_are_counted() -> None:
    assert "9 entries, 2 payloads removed. Its root:\n00" in verdict(Verification(Head(9, b"\0"), 2))
    assert "1 entry. Its" in verdict(Verification(Head(1, b"\0"), 0))


def test_a_log_without_entries_is_called_empty(run: Run) -> None:
    verified = run("audit", "verify")
    assert verified.exit_code == 0
    assert verified.stdout == "The audit log is empty.\n"


def test_a_call_that_was_paid_for_without_a_reported_cost_is_marked() -> None:
    paid = replace(CALL, tool="enrich_person", credits=None, credits_at_most=1.1)
    assert cost(paid) == "≤1.1"
    assert "≤: Ocean.io did not say what it cost; so much at most." in table(paid, width=80)
    assert cost(replace(CALL, credits=None)) == ""
    assert "did not say" not in table(CALL, width=80)


def test_a_log_that_cannot_be_read_ends_in_a_sentence(run: Run, home: Path) -> None:
    home.write_text("a file in the folder's place")
    for arguments in (("list",), ("show", "x"), ("verify",)):
        ended = run("audit", *arguments)
        assert ended.exit_code == 1
        assert "the audit log cannot be used" in ended.stderr


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_keeps_calls_and_tools_whole(width: int) -> None:
    failed = replace(CALL, state="failure", detail="VendorUnavailable", credits=None)
    printed = table(CALL, failed, width=width)
    assert max(map(len, printed.splitlines())) <= width
    assert printed.count(CALL.call_id) == printed.count(CALL.tool) == 2
    assert "1.2" in printed
    assert "VendorUnavailable" in printed


def test_only_a_wide_table_has_room_for_requests_and_seconds() -> None:
    assert "09:25:30" in table(CALL, width=120)
    assert "requests" in table(CALL, width=120)
    assert "requests" not in table(CALL, width=80)


def test_text_from_a_call_is_not_taken_for_markup() -> None:
    assert "[red]KeyError" in table(replace(CALL, detail="[red]KeyError"), width=120)
