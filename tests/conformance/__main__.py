"""`python -m tests.conformance`: the official conformance suite against our own HTTP app, for both protocol eras.

Every scenario has to be green, also those that the suite runs without scoring them; those of an extension as soon
as the server declares it. There is no list of failures that are expected.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from mcp import Client

from tests.clients.catalog import NODE, NODE_ENVIRONMENT
from tests.processes import announced_origin

from .results import Scenario, UnreadableResults, read_results

REQUIREMENT_SETS = ("2026-07-28", "2025-11-25")
SUITE = [
    str(NODE),
    str(NODE_ENVIRONMENT / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"),
]
SERVER = [sys.executable, "-W", "ignore", "-m", "tests.conformance.server"]
SUITE_SECONDS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One requirement set, run."""

    requirements: str
    exit_code: int
    required: list[Scenario]
    not_applicable: list[Scenario]

    @property
    def green(self) -> bool:
        return self.exit_code == 0 and all(scenario.green for scenario in self.required)


@asynccontextmanager
async def fixture_server(folder: Path) -> AsyncGenerator[str]:
    """The URL of our server with the fixtures; what it logs goes to server.log in this folder."""
    with (folder / "server.log").open("wb") as log:
        process = await anyio.open_process([*SERVER, str(folder)], stderr=log)
    try:
        yield f"{await announced_origin(process)}/mcp"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.aclose()


async def declared_extensions(url: str) -> Iterable[str]:
    async with Client(url, mode="auto") as client:
        return (client.server_capabilities.extensions or {}).keys()


async def run_suite(url: str, requirements: str, folder: Path, extensions: Iterable[str]) -> Run:
    results = folder / requirements
    command = [*SUITE, "server", "--url", url, "--requirements", requirements, "-o", str(results)]
    with anyio.fail_after(SUITE_SECONDS):
        finished = await anyio.run_process(command, check=False, stderr=subprocess.STDOUT)
    scenarios = read_results(results)
    required = [scenario for scenario in scenarios if scenario.extension in (None, *extensions)]
    return Run(
        requirements=requirements,
        exit_code=finished.returncode,
        required=required,
        not_applicable=[scenario for scenario in scenarios if scenario not in required],
    )


def described(run: Run) -> str:
    lines: list[str] = []
    for scenario in run.required:
        lines.append(f"  {'ok  ' if scenario.green else 'FAIL'} {scenario.name}: {counted(scenario.verdicts)}")
        lines.extend(f"         {complaint[:300]}" for complaint in scenario.complaints)
    green = sum(scenario.green for scenario in run.required)
    total = counted(sum((scenario.verdicts for scenario in run.required), Counter[str]()))
    lines.append(f"  {green} of {len(run.required)} scenarios green; {total}; the suite's exit code: {run.exit_code}")
    if run.not_applicable:
        lines.append(f"  {len(run.not_applicable)} scenarios are for extensions that the server does not declare")
    return "\n".join([f"== {run.requirements}", *lines])


def counted(verdicts: Counter[str]) -> str:
    return ", ".join(f"{number} {verdict.lower()}" for verdict, number in sorted(verdicts.items()))


async def run_all(folder: Path) -> bool:
    """Whether everything was green."""
    async with fixture_server(folder) as url:
        extensions = await declared_extensions(url)
        runs = [await run_suite(url, requirements, folder, extensions) for requirements in REQUIREMENT_SETS]
    for run in runs:
        print(described(run))
    return all(run.green for run in runs)


def main() -> int:
    with TemporaryDirectory(prefix="talent-conformance-") as folder:
        try:
            green = anyio.run(run_all, Path(folder))
        except (UnreadableResults, TimeoutError, OSError) as problem:
            print(f"the suite could not be run: {problem!r}", file=sys.stderr)
            green = False
        if not green:
            print((Path(folder) / "server.log").read_text()[-4000:], file=sys.stderr)
    return 0 if green else 1


if __name__ == "__main__":
    sys.exit(main())
