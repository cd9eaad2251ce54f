"""What the suite wrote is read as it stands: a failed check is never green, and no result is not a good one."""

import json
from pathlib import Path

import pytest

from .results import TASKS_EXTENSION, UnreadableResults, read_results


def write_checks(folder: Path, scenario: str, *statuses: str) -> None:
    checks = [{"id": f"check-{number}", "status": status} for number, status in enumerate(statuses)]
    results = folder / f"server-{scenario}-2026-11-23T10-28-52-086Z"
    results.mkdir()
    (results / "checks.json").write_text(json.dumps(checks))


def test_a_failed_check_makes_a_scenario_red(tmp_path: Path) -> None:
    write_checks(tmp_path, "ping", "SUCCESS", "SUCCESS")
    write_checks(tmp_path, "tools-list", "SUCCESS", "FAILURE", "WARNING")
    ping, tools_list = read_results(tmp_path)
    assert (ping.name, ping.green, ping.complaints) == ("ping", True, [])
    assert (tools_list.name, tools_list.green) == ("tools-list", False)
    assert [complaint.split()[:2] for complaint in tools_list.complaints] == [
        ["FAILURE", "check-1:"],
        ["WARNING", "check-2:"],
    ]


def test_scenarios_of_tasks_are_for_servers_with_tasks(tmp_path: Path) -> None:
    write_checks(tmp_path, "tasks-lifecycle", "FAILURE")
    (scenario,) = read_results(tmp_path)
    assert scenario.extension == TASKS_EXTENSION


def test_no_results_are_not_good_ones(tmp_path: Path) -> None:
    with pytest.raises(UnreadableResults):
        read_results(tmp_path)
    write_checks(tmp_path, "ping")
    with pytest.raises(UnreadableResults):
        read_results(tmp_path)
