"""What the suite wrote down: a folder a scenario, a verdict a check."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
"""The suite names a folder after its command, the scenario and the time."""

TASKS_EXTENSION = "io.modelcontextprotocol/tasks"


class UnreadableResults(Exception):
    """The suite left something else than it used to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One scenario's checks."""

    name: str
    verdicts: Counter[str]
    complaints: list[str]

    @property
    def green(self) -> bool:
        return self.verdicts["FAILURE"] == 0

    @property
    def extension(self) -> str | None:
        """The extension whose servers it is for."""
        return TASKS_EXTENSION if self.name.startswith("tasks-") else None


def read_results(folder: Path) -> list[Scenario]:
    """Every scenario that was run.

    Raises:
        UnreadableResults: there is none, or one without checks.
    """
    scenarios = [read_scenario(path) for path in sorted(folder.iterdir())]
    if not scenarios:
        raise UnreadableResults(f"the suite wrote nothing into {folder}")
    return scenarios


def read_scenario(folder: Path) -> Scenario:
    named = FOLDER.fullmatch(folder.name)
    checks: list[dict[str, Any]] = json.loads((folder / "checks.json").read_text())
    if named is None or not checks:
        raise UnreadableResults(f"no checks in {folder}")
    complaints = [
        f"{check['status']} {check['id']}: {check.get('errorMessage') or check.get('details')}"
        for check in checks
        if check["status"] in ("FAILURE", "WARNING")
    ]
    return Scenario(
        name=named["scenario"],
        verdicts=Counter(check["status"] for check in checks),
        complaints=complaints,
    )
