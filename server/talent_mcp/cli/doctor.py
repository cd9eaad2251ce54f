"""`talent-mcp doctor`: what works, what does not, and what to do about it."""

import os
from collections.abc import Mapping

import anyio
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.cli.database_diagnosis import database_findings
from talent_mcp.cli.diagnosis import Finding, machine, problem, settings_finding, sqlite_version, versions
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.vendor_diagnosis import beyond
from talent_mcp.errors import ConfigurationError
from talent_mcp.logs import configure_logging
from talent_mcp.settings import load_settings

STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@click.command(short_help="Say what works, and what to do about the rest.")
@click.option("--offline", is_flag=True, help="Send nothing to the vendors.")
@pass_outside
def doctor(outside: Outside, offline: bool) -> None:
    """Look at everything that has to work; exit code 1 if something is broken."""
    findings = anyio.run(examine, os.environ, outside, offline)
    console = Console(highlight=False)
    console.print(report(findings))
    console.print()
    console.print(Text(conclusion(findings), "bold"))
    if any(finding.level == "problem" for finding in findings):
        raise SystemExit(1)


async def examine(environment: Mapping[str, str], outside: Outside, offline: bool) -> list[Finding]:
    """Every finding, in the order in which they should be put right."""
    findings = [versions(sqlite_version())]
    try:
        settings = load_settings(environment)
    except ConfigurationError as error:
        return [*findings, problem("settings", str(error), "correct it, then run this again to check the rest")]
    configure_logging(settings.log_level)
    findings += [settings_finding(environment), *machine(settings, environment)]
    try:
        findings += await database_findings(settings)
    except ConfigurationError as error:
        return [*findings, problem("database", str(error), "install it, then run this again to check the rest")]
    if any(finding.about.endswith("database") and finding.level == "problem" for finding in findings):
        return findings
    return findings + await beyond(settings, environment, outside, offline=offline)


def report(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.level, STYLES[finding.level]), Text(finding.about), described(finding))
    return table


def described(finding: Finding) -> Text:
    return Text.assemble(finding.text, (f"\n-> {finding.do}", "cyan") if finding.do else "")


def conclusion(findings: list[Finding]) -> str:
    problems, warnings = (sum(finding.level == level for finding in findings) for level in ("problem", "warning"))
    if problems:
        return f"Something is broken: {counted(problems, 'problem')}, {counted(warnings, 'warning')}."
    return f"Nothing is broken, with {counted(warnings, 'warning')}." if warnings else "Nothing is broken."


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
