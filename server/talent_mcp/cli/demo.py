"""`talent-mcp demo`: a recruiter's day on stand-ins of the three vendors."""

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import click
from mcp import Client
from mcp.types import Implementation
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp import __version__
from talent_mcp.app import House
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.approvals.desk import ShownPlan
from talent_mcp.audit.calls import recent_calls
from talent_mcp.audit.verify import verify
from talent_mcp.cli.audit import decided, print_calls
from talent_mcp.cli.audit_verify import verdict
from talent_mcp.cli.recruiter_day import Day, StepFailed, fail, play, require
from talent_mcp.cli.running import plain_words
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.logs import configure_logging
from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.settings import load_settings

CALLS = 9
NEXT_STEPS = (
    ("Connect your assistant", "talent-mcp install claude-desktop --sandbox"),
    ("Give it your own keys", "talent-mcp login ocean"),
    ("See what is set up", "talent-mcp doctor"),
)


@click.command(short_help="Play a recruiter's day; nothing in it is real.")
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Play a recruiter's day: no account, no cost, nothing real."""
    options = ctx.find_object(SandboxOptions) or SandboxOptions()
    console = Console(highlight=False)
    console.print(Text("A recruiter's day with talent-mcp", "bold"))
    console.print("On stand-ins of Ocean.io, Stardex and Jarvi: no account, made-up people.")
    started = time.perf_counter()
    with plain_words(), TemporaryDirectory(prefix="talent-mcp-demo-", ignore_cleanup_errors=True) as folder:
        anyio.run(day_in, Path(folder), options, console)
    say_what_is_next(console, time.perf_counter() - started)


async def day_in(folder: Path, options: SandboxOptions, console: Console) -> None:
    """Play the day with everything that it leaves behind below this folder.

    Raises:
        StepFailed: a step did not do what it should have.
        StoreUnavailable: the audit log cannot be read.
    """
    files = folder / "files"
    files.mkdir()
    settings = load_settings({"TALENT_HOME": str(folder), "TALENT_FILE_FOLDERS": str(files)})
    configure_logging(settings.log_level)
    me = Implementation(name="talent-mcp-demo", version=__version__)
    async with open_sandbox_house(settings, options) as (house, sandbox):
        async with Client(house.server("memory"), client_info=me) as client:
            day = Day(client=client, approve=partial(approve, house), sandbox=sandbox, console=console, folder=files)
            failure = await failure_of(day)
        if failure is not None:
            raise failure
        await show_audit(house, sandbox, console)


async def approve(house: House, plan_id: str) -> ShownPlan:
    """Say yes to a plan of the demo, as the log then tells; what it was."""
    plan = await house.desk.shown(LOCAL_TENANT, plan_id)
    await house.desk.decide(LOCAL_TENANT, plan_id, "approved", by="demo", principal="demo")
    return plan


async def failure_of(day: Day) -> StepFailed | None:
    """What went wrong, as a value: the client's task group would wrap what is raised through it."""
    try:
        await play(day)
    except StepFailed as failure:
        return failure
    return None


async def show_audit(house: House, sandbox: Sandbox, console: Console) -> None:
    """What the log holds of the day.

    Raises:
        StepFailed: it does not hold all of it, or was changed.
    """
    console.print()
    console.print(Text("5  Look at what was recorded", "bold"))
    calls = await recent_calls(house.store, LOCAL_TENANT, limit=CALLS + 1)
    print_calls([await decided(house, call) for call in calls[::-1]], console)
    found = await verify(house.store, LOCAL_TENANT)
    console.print(verdict(found), style="green" if found.problem is None else "red", soft_wrap=True)
    require(found.problem is None, "the audit log does not verify")
    require(len(calls) == CALLS, f"the audit log has {len(calls)} calls, not {CALLS}")
    require(all(call.state == "success" for call in calls), "the audit log has a call that did not succeed")
    recorded = sum(call.requests for call in calls)
    if recorded != len(sandbox.requests):
        fail(f"the vendors had {len(sandbox.requests)} requests, and {recorded} are recorded")


def say_what_is_next(console: Console, seconds: float) -> None:
    console.print()
    worked = f"All of it worked, on stand-ins: nothing real was touched. It took {seconds:.1f} s."
    console.print(Text(worked, "bold"))
    console.print("What you can do next:")
    table = Table.grid(padding=(0, 2))
    for what, command in NEXT_STEPS:
        table.add_row(Text(what), Text(command, "cyan"))
    console.print(table)
