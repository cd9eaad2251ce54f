"""`talent-mcp undo`: a person takes back what a call changed."""

from typing import Any

import click
from rich.console import Console
from rich.text import Text

from talent_mcp.app import House
from talent_mcp.approvals.contents import PlanContent
from talent_mcp.approvals.undoing import Reversal
from talent_mcp.approvals.wording import visible
from talent_mcp.cli.approve import print_plan
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import run
from talent_mcp.errors import TalentError
from talent_mcp.identity import LOCAL_TENANT, Caller, local_caller
from talent_tools.plans import Plan, field_label


class Refused(TalentError):
    """What the server said instead of a result."""


@click.command()
@click.argument("call_id")
@click.option("--preview", is_flag=True, help="Show what would be changed back, and change nothing.")
@on_sandbox
@pass_outside
def undo(outside: Outside, call_id: str, preview: bool, sandbox: bool) -> None:
    """Bring a record back to what it was before CALL_ID changed it.

    Refused if the record has changed since. Asks at a terminal first, whatever the policy for agents.
    """
    console = Console()
    caller = local_caller("cli", None)

    async def look(house: House) -> tuple[Reversal, dict[str, Any]]:
        reversal = await house.undoing().reversal(LOCAL_TENANT, call_id)
        return reversal, await called(house, reversal, caller, preview=True)

    reversal, seen = run(look, sandbox=sandbox)
    plan = reversal.plan
    if plan is None or seen["status"] == "unchanged":
        click.echo("Nothing is left to undo: the record is as it was before.")
        return
    print_way_back(reversal, plan, console)
    if preview:
        return
    if not outside.on_terminal():
        raise click.ClickException("a yes is asked for at a terminal, and this is none. Nothing was changed.")
    if not click.confirm("Change it back?", err=True):
        click.echo("Nothing was changed.")
        return
    click.echo(told(run(lambda house: taken_back(house, reversal.call_id, caller, plan), sandbox=sandbox)))


async def taken_back(house: House, call_id: str, caller: Caller, seen: Plan) -> dict[str, Any]:
    """Undo what the person has `seen` and said yes to."""
    # Looked at anew: somebody may have been faster while the person was reading.
    reversal = await house.undoing().reversal(LOCAL_TENANT, call_id)
    result = await called(house, reversal, caller)
    if result["status"] != "needs_approval" or reversal.plan is None or not is_same(reversal.plan, seen):
        return result
    plan_id = str(result["plan_id"])
    await house.desk.decide(LOCAL_TENANT, plan_id, "approved", by="terminal", principal=caller.principal)
    return await called(house, reversal, caller, plan_id=plan_id)


def told(done: dict[str, Any]) -> str:
    """What became of the undo, in words.

    Raises:
        ClickException: nothing did.
    """
    if done["status"] not in ("saved", "unchanged"):
        raise click.ClickException("the record changed while you were reading. Nothing was undone; look again.")
    different = [visible(field_label(str(difference["field"]))) for difference in done.get("differences") or ()]
    return f"Sent, but the vendor kept something else in {', '.join(different)}." if different else "Undone."


def is_same(plan: Plan, seen: Plan) -> bool:
    return (plan.target, plan.body, plan.changes) == (seen.target, seen.body, seen.changes)


def print_way_back(reversal: Reversal, plan: Plan, console: Console) -> None:
    """What would be changed back, as it is: results are cleaned for models."""
    changes = [change.recorded() for change in plan.changes]
    print_plan(PlanContent(target=plan.target, name=plan.name, changes=changes, notes=[*plan.notes]), console)
    if reversal.lost:
        stays = ", ".join(map(field_label, reversal.lost))
        console.print(Text(f"  stays as it is: {visible(stays)}"), soft_wrap=True)


async def called(house: House, reversal: Reversal, caller: Caller, **also: Any) -> dict[str, Any]:
    completed = await house.gate.run(reversal.tool, {**reversal.arguments, **also}, caller, undoes=reversal.call_id)
    if isinstance(completed.content, str):
        raise Refused(completed.content)
    return {**completed.content}
