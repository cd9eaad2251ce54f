"""`talent-mcp approve`: a person looks at what an agent wants to change or spend, and says yes or no."""

import time

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.app import House
from talent_mcp.approvals.contents import PlanContent
from talent_mcp.approvals.desk import NOT_WAITING, Decision, ShownPlan
from talent_mcp.approvals.wording import headline, labels, lines, spends
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT, local_caller

ANSWERS = ("yes", "no", "later")


@click.command()
@click.argument("plan_id", required=False)
@click.option("--refuse", is_flag=True, help="Say no to this plan without being asked.")
@click.option("--reason", default="", help="Why not, in words for the agent.")
@on_sandbox
@pass_outside
def approve(outside: Outside, plan_id: str | None, refuse: bool, reason: str, sandbox: bool) -> None:
    """Approve or refuse what an agent wants to change or spend; without PLAN_ID, list those that wait.

    A yes is asked for at a terminal, so that no program gives it in your place.
    """
    console = Console()
    if plan_id is None and (refuse or reason):
        raise click.UsageError("say which plan: `talent-mcp approve` lists those that wait.")
    if plan_id is None:
        print_waiting(run(lambda house: house.desk.waiting(LOCAL_TENANT), sandbox=sandbox), console)
        return
    shown = run(lambda house: house.desk.shown(LOCAL_TENANT, plan_id), sandbox=sandbox)
    print_plan(shown, console)
    if shown.state != "waiting":
        raise click.ClickException(NOT_WAITING[shown.state])
    answer = "no" if refuse else asked(outside, "Let it spend this?" if spends(shown) else "Approve this change?")
    if answer == "later":
        click.echo("Nothing was decided.")
        return
    if answer == "no" and not refuse and not reason:
        reason = why()
    decision: Decision = "approved" if answer == "yes" else "refused"
    by = local_caller("cli", None).principal

    async def decide(house: House) -> None:
        said = reason if decision == "refused" else ""
        await house.desk.decide(LOCAL_TENANT, plan_id, decision, by="terminal", principal=by, reason=said)

    run(decide, sandbox=sandbox)
    refused = f"Refused. Nothing will be {'spent' if spends(shown) else 'changed'}."
    click.echo("Approved. Tell the agent to go on." if answer == "yes" else refused)


def asked(outside: Outside, question: str) -> str:
    """What the person at the terminal says.

    Raises:
        ClickException: nobody is there.
    """
    if not outside.on_terminal():
        raise click.ClickException("a yes is asked for at a terminal, and this is none. Nothing was decided.")
    said: str = click.prompt(f"{question} (yes, no, later)", default="later", value_proc=meant, err=True)
    return said


def why() -> str:
    """The reason for a no, which is one without a reason too."""
    try:
        said: str = click.prompt("Why, in words for the agent (or nothing)", default="", show_default=False, err=True)
    except click.Abort:
        return ""
    return said


def meant(said: str) -> str:
    """The answer that a person typed, or the beginning of.

    Raises:
        UsageError: it is none.
    """
    word = said.strip().casefold()
    found = next((answer for answer in ANSWERS if answer.startswith(word)), None)
    if found is None or not word:
        raise click.UsageError("please say yes, no or later.")
    return found


def print_waiting(plans: list[ShownPlan], console: Console) -> None:
    if not plans:
        console.print("Nothing waits for you.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("plan", "whom", "what", "for"):
        table.add_column(heading, no_wrap=heading in ("plan", "for"), overflow="fold")
    for plan in plans:
        fields = ", ".join(labels(plan.changes))
        minutes = max(0, int((plan.expires - time.time()) / 60))
        table.add_row(*map(Text, (plan.plan_id, headline(plan), fields, f"{minutes} min")))
    console.print(table)
    console.print("Look at one, and decide: talent-mcp approve PLAN (with --sandbox, if you listed with it)")


def print_plan(plan: PlanContent, console: Console) -> None:
    console.print(Text(headline(plan), "bold"))
    for line in lines(plan):
        console.print(Text(f"  {line}"), soft_wrap=True)
