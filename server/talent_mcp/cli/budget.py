"""`talent-mcp budget`: the credits that calls spent and reserved, and what is left of the budgets."""

from collections.abc import Mapping

import click
from pydantic import JsonValue
from pydantic_core import to_json
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from talent_mcp.app import House
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT, local_caller
from talent_mcp.spending.amounts import spelt
from talent_mcp.spending.limits import Budget, remaining
from talent_mcp.spending.report import DAYS, Account, Report, Sum

BAR_WIDTH = 24
BALANCES = ("one_time", "recurrent")
"""The kinds of credits that Ocean.io tells apart."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@on_sandbox
def budget(as_json: bool, sandbox: bool) -> None:
    """Show the credits spent, reserved and left: today, this month, by day, tool and principal.

    Where Ocean.io does not report what a call cost, the most that it may have cost is assumed and counts as spent.
    """

    caller = local_caller("cli", None)

    async def read(house: House) -> tuple[Report, JsonValue]:
        await house.resolver.resolve()
        report = await house.budgets.report(LOCAL_TENANT, caller.principal)
        return report, await house.resources().ocean_balance(caller)

    report, balance = run(read, sandbox=sandbox)
    if as_json:
        shown = report.shown()
        click.echo(to_json(shown if balance is None else {**shown, "ocean_balance": balance}))
        return
    console = Console()
    print_report(report, console)
    print_balance(balance, console)


def print_report(report: Report, console: Console) -> None:
    """The report as tables that fit 80 columns."""
    accounts = sums_table("credits", "budget", "left")
    add_account(accounts, "", report.tenant)
    if report.principal.budget != Budget():
        add_account(accounts, " (yours)", report.principal)
    console.print(accounts)
    print_call_limits(report, console)
    print_bars(f"last {DAYS} days (UTC)", report.days, console)
    if report.tools:
        print_bars("tool, this month", report.tools, console)
        print_bars("principal, this month", report.principals, console)
    if report.tenant.month.assumed:
        console.print(Text("Assumed is the most that calls may have cost of which Ocean.io says nothing.", "dim"))
    if report.tenant.month.reserved:
        console.print(
            Text(
                "Reserved is what calls may cost that are running or in doubt: talent-mcp audit list --in-doubt", "dim"
            )
        )


def print_balance(balance: JsonValue, console: Console) -> None:
    """What Ocean.io says of its own account, which others may use too."""
    if balance is None:
        return
    console.print()
    if not isinstance(balance, dict):
        console.print(Text(f"Ocean.io does not tell its balance. {balance}"), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Ocean.io says is left", min_width=24)
    table.add_column("one-time", justify="right")
    table.add_column("recurrent", justify="right")
    for name, kept in balance.items():
        if isinstance(kept, dict):
            table.add_row(*map(Text, (name.replace("_", " "), *(plain(kept.get(of)) for of in BALANCES))))
    console.print(table)
    if (requests := balance.get("daily_limit_rate_left")) is not None:
        console.print(Text(f"Requests left today: {plain(requests)}"))


def plain(number: JsonValue) -> str:
    return f"{number:g}" if isinstance(number, float) else "" if number is None else str(number)


def print_call_limits(report: Report, console: Console) -> None:
    limits = (report.tenant.budget, report.principal.budget)
    per_call = [budget.per_call for budget in limits if budget.per_call is not None]
    if per_call:
        console.print(f"A call may cost {spelt(min(per_call))} at most.")
    if limits == (Budget(), Budget()):
        console.print("No budget is set: TALENT_BUDGET_PER_CALL, TALENT_BUDGET_PER_DAY and TALENT_BUDGET_PER_MONTH do.")


def add_account(table: Table, whose: str, account: Account) -> None:
    for name, used, most in (
        ("today", account.today, account.budget.per_day),
        ("this month", account.month, account.budget.per_month),
    ):
        limited = ("", "") if most is None else (spelt(most), spelt(remaining(most, used.used)))
        table.add_row(*map(Text, (name + whose, *cells(used), *limited)))


def print_bars(heading: str, sums: Mapping[str, Sum], console: Console) -> None:
    """Each sum with a bar as long as its part of the greatest."""
    greatest = max((each.used for each in sums.values()), default=0) or 1
    table = sums_table(heading, "")
    for name, each in sums.items():
        bar = ProgressBar(total=greatest, completed=each.used, width=BAR_WIDTH)
        table.add_row(Text(name), *map(Text, cells(each)), bar)
    console.print()
    console.print(table)


def cells(sums: Sum) -> tuple[str, ...]:
    return spelt(sums.spent), spelt(sums.assumed), spelt(sums.reserved)


def sums_table(heading: str, *more: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(heading, overflow="fold", min_width=24)
    for name in ("spent", "assumed", "reserved", *more):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    return table
