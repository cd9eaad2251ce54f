"""`talent-mcp budget`: what a person sees of the credits."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import Result
from pydantic import JsonValue

from talent_mcp.audit.entries import write_entry
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.store.sqlite.store import SqliteStore

Run = Callable[..., Result]
SEARCH = ("call", "search_people", '{"limit": 3}', "--sandbox")


def test_where_nothing_was_spent_and_no_budget_is_set_it_says_so(run: Run) -> None:
    shown = run("budget").stdout
    assert "No budget is set" in shown
    assert "TALENT_BUDGET_PER_DAY" in shown
    assert "tool, this month" not in shown
    assert "in doubt" not in shown


def test_spending_is_shown_beside_the_budget(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*SEARCH)
    monkeypatch.setenv("TALENT_BUDGET_PER_CALL", "5")
    monkeypatch.setenv("TALENT_BUDGET_PER_DAY", "2.5")
    lines = run("budget", "--sandbox").stdout.splitlines()
    assert lines[1].split() == ["today", "0.6", "0", "0", "2.5", "1.9"]
    assert lines[2].split() == ["this", "month", "0.6", "0", "0"]
    assert "A call may cost 5 at most." in lines
    (tool,) = [line for line in lines if line.startswith("search_people")]
    assert tool.split()[1:4] == ["0.6", "0", "0"]
    assert "━" in tool
    assert all(len(line) <= 80 for line in lines)


def test_what_ocean_did_not_report_is_told_of_as_assumed(run: Run) -> None:
    run(*SEARCH)
    assert "Assumed" not in run("budget", "--sandbox").stdout
    found = {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}, "reveal_emails": True}
    run("call", "enrich_person", json.dumps(found), "--sandbox")
    shown = run("budget", "--sandbox").stdout
    assert shown.splitlines()[1].split() == ["today", "1.7", "1.1", "0"]
    assert "Assumed is the most that calls may have cost" in shown


def test_ones_own_budget_has_lines_of_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "talent.toml"
    file.write_text("[budget.principal]\nper_call = 4\nper_day = 3\nper_month = 30\n")
    monkeypatch.setenv("TALENT_CONFIG", str(file))
    run(*SEARCH)
    lines = run("budget", "--sandbox").stdout.splitlines()
    assert lines[3].split() == ["today", "(yours)", "0.6", "0", "0", "3", "2.4"]
    assert lines[4].split() == ["this", "month", "(yours)", "0.6", "0", "0", "30", "29.4"]
    assert "A call may cost 4 at most." in lines


def test_what_ocean_says_stands_beside_it(run: Run) -> None:
    lines = run("budget", "--sandbox").stdout.splitlines()
    (balance,) = [line.split() for line in lines if line.startswith("credits  ") and "spent" not in line]
    assert balance[1:] == ["500", "0"]
    assert any(line.startswith("Requests left today: ") for line in lines)
    assert json.loads(run("budget", "--sandbox", "--json").stdout)["ocean_balance"]["credits"]


def test_where_ocean_cannot_be_asked_it_says_so_and_shows_the_rest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCEAN_API_TOKEN", "a-key")
    monkeypatch.setenv("TALENT_OCEAN_URL", "http://127.0.0.1:9")
    shown = run("budget").stdout
    assert "Ocean.io does not tell its balance." in shown
    assert "No budget is set" in shown


def test_it_can_be_read_by_a_program(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENT_BUDGET_PER_MONTH", "100")
    run(*SEARCH)
    shown: dict[str, Any] = json.loads(run("budget", "--sandbox", "--json").stdout)
    assert (shown["month"]["spent"], shown["month"]["left"]) == (0.6, 99.4)
    assert shown["tools"] == [{"tool": "search_people", "spent": 0.6, "assumed": 0.0, "reserved": 0.0}]
    assert shown["principals"] == [{"principal": "local", "spent": 0.6, "assumed": 0.0, "reserved": 0.0}]
    assert len(shown["days"]) == 14


def test_a_call_in_doubt_shows_as_reserved_with_how_to_find_it(run: Run, home: Path) -> None:
    async def leave_an_intent() -> None:
        store = SqliteStore(home / "audit.db")
        fields: dict[str, JsonValue] = {
            "tool": "enrich_person",
            "principal": "local",
            "process": "gone",
            "reserves": 1.1,
        }
        await store.append(
            write_entry(tenant=LOCAL_TENANT, call_id="c1", type_="intent", at=time.time(), fields=fields)
        )
        await store.close()

    anyio.run(leave_an_intent)
    shown = run("budget").stdout
    assert shown.splitlines()[1].split() == ["today", "0", "0", "1.1"]
    assert "talent-mcp audit list --in-doubt" in shown
    assert "c1" in run("audit", "list", "--in-doubt").stdout
    run("audit", "resolve", "c1", "--as", "did-not")
    assert run("budget").stdout.splitlines()[1].split() == ["today", "0", "0", "0"]
