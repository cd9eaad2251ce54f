"""`talent-mcp audit`: what was asked, done and refused, and whether the log is whole."""

from collections.abc import Mapping
from dataclasses import replace

import click
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.app import House
from talent_mcp.approvals.plans import PlanState, WaitingPlan
from talent_mcp.audit.calls import UNWRITTEN, CallSummary, calls_about, calls_in_doubt, recent_calls
from talent_mcp.cli.audit_checkpoint import checkpoint, key
from talent_mcp.cli.audit_export import export, prove
from talent_mcp.cli.audit_show import show
from talent_mcp.cli.audit_upkeep import WHO, erase, identifiers, on_sandbox, prune_bodies, resolve
from talent_mcp.cli.audit_verify import verify_log
from talent_mcp.cli.call_story import whom
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT
from talent_tools.catalog import TOOLS

STYLES = {
    "success": "green",
    "failure": "red",
    "unknown": "bold yellow",
    "denied": "magenta",
    "in doubt": "bold yellow",
    "resolved": "cyan",
}
WIDE = 110
WRITES = frozenset(tool.name for tool in TOOLS if not tool.read_only)
AT_MOST = "≤"
NOBODY = "No call about this person is recorded here, or what it held was erased."
DECIDED: Mapping[PlanState, str] = {
    "waiting": UNWRITTEN["needs_approval"],
    "approved": "approved by a person",
    "refused": "refused by a person",
    "expired": "its plan has expired",
}


@click.group()
def audit() -> None:
    """Look at the audit log."""


@audit.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many calls.")
@click.option("--in-doubt", is_flag=True, help="Only calls of which nobody knows whether they happened.")
@click.option("--person", multiple=True, metavar="WHO", callback=identifiers, help=f"Only calls about them. {WHO}")
@click.option("--names", is_flag=True, help="Show whom each call was about.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@on_sandbox
def list_calls(limit: int, in_doubt: bool, person: tuple[str, ...], names: bool, as_json: bool, sandbox: bool) -> None:
    """List the newest calls."""
    if in_doubt and person:
        raise click.UsageError("--in-doubt lists calls about whomever; leave --person out.")

    async def read(house: House) -> list[CallSummary]:
        await house.resolver.resolve()
        if in_doubt:
            calls = (await calls_in_doubt(house.store, LOCAL_TENANT))[:limit]
        elif person:
            subjects = await house.reader.person(LOCAL_TENANT, person)
            calls = await calls_about(house.store, LOCAL_TENANT, subjects, limit=limit)
        else:
            calls = await recent_calls(house.store, LOCAL_TENANT, limit=limit)
        calls = [await decided(house, call) for call in calls]
        return [await named(house, call) for call in calls] if names else calls

    calls = run(read, sandbox=sandbox)
    if as_json:
        for call in calls:
            click.echo(to_json(call))
        return
    if not calls:
        click.echo("No call is in doubt." if in_doubt else NOBODY if person else "No calls are recorded here.")
        return
    print_calls(calls, Console())


async def decided(house: House, call: CallSummary) -> CallSummary:
    """The call; if it waited for a plan, with what became of that, and if it was taken back, with that."""
    waits = UNWRITTEN["needs_approval"]
    plan = await house.desk.plan(LOCAL_TENANT, call.plan or call.call_id) if waits in call.detail else None
    if plan is not None:
        said = said_of(plan) if await house.desk.is_shown(plan) else "whom its plan was about was erased"
        return replace(call, detail=call.detail.replace(waits, said))
    undo = await house.wishes.undone(LOCAL_TENANT, call.call_id) if call.tool in WRITES else None
    if undo is None:
        return call
    how = "undone by" if undo.became == "happened" else "an undo was begun:"
    return replace(call, detail="; ".join(filter(None, (call.detail, f"{how} {undo.call_id}"))))


async def named(house: House, call: CallSummary) -> CallSummary:
    """The call, with whom it was about."""
    entries = await house.store.call(LOCAL_TENANT, call.call_id)
    return replace(call, whom=whom(await house.reader.recorded(entries)))


def said_of(plan: WaitingPlan) -> str:
    """What a person said of a plan; a yes that was given long ago was given all the same."""
    if plan.by == "demo":
        return "approved by the demo"
    return DECIDED["approved" if plan.state == "expired" and plan.by is not None else plan.state]


def print_calls(calls: list[CallSummary], console: Console) -> None:
    """The calls as a table that fits 80 columns; a wider terminal also shows seconds and requests."""
    wide = console.width >= WIDE
    headings = ("call", "time (UTC)", "tool", "credits", *(("requests",) if wide else ()))
    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("credits", "requests") else "left")
    table.add_column("state", overflow="fold")
    for call in calls:
        table.add_row(*(cells(call) if wide else short_cells(call)), state_text(call))
    console.print(table)
    if any(cost(call).startswith(AT_MOST) for call in calls):
        console.print(Text(f"{AT_MOST}: Ocean.io did not say what it cost; so much at most.", "dim"))


def cells(call: CallSummary) -> tuple[Text, ...]:
    texts = (call.call_id, call.time[:19].replace("T", " "), call.tool, cost(call), str(call.requests))
    return tuple(map(Text, texts))


def short_cells(call: CallSummary) -> tuple[Text, ...]:
    return tuple(map(Text, (call.call_id, call.time[5:16].replace("T", " "), call.tool, cost(call))))


def cost(call: CallSummary) -> str:
    """The credits, or the most that they can have been; empty where nothing was spent, or nothing came of it."""
    if call.credits is not None:
        return f"{call.credits:g}"
    return "" if call.credits_at_most is None else f"{AT_MOST}{call.credits_at_most:g}"


def state_text(call: CallSummary) -> Text:
    shown = Text(call.state, STYLES[call.state])
    said = "; ".join(filter(None, (call.detail, call.whom)))
    return shown.append(f": {said}", "not bold default") if said else shown


for command in (show, verify_log, checkpoint, key, export, prove, erase, prune_bodies, resolve):
    audit.add_command(command)
