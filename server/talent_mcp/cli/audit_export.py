"""`talent-mcp audit export|prove`: the log for others, in files that prove themselves or that other programs read."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, get_args

import click

from talent_mcp.app import House
from talent_mcp.audit.calls import State
from talent_mcp.cli.audit_upkeep import WHO, identifiers, on_sandbox
from talent_mcp.cli.audit_verify import evidence
from talent_mcp.cli.moments import MOMENT
from talent_mcp.cli.new_files import written_to
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT
from talent_tools.catalog import TOOLS
from talent_tools.vendor import VENDOR_NAMES

if TYPE_CHECKING:
    from talent_mcp.audit.exports.selection import Selection
    from talent_mcp.audit.exports.source import Source

OUTCOMES = {state.replace(" ", "-"): state for state in get_args(State)}
checkpoints = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(path_type=Path),
    help="With the proof that the log is the one of this checkpoint, continued.",
)
new_file = click.option("--out", type=click.Path(path_type=Path), help="A new file; without it, standard output.")


@click.command("export")
@click.option("--format", "form", required=True, type=click.Choice(["jsonl", "csv", "ocsf"]), help="How.")
@new_file
@click.option("--after", metavar="CURSOR", help="Go on after this entry, as the last export said.")
@click.option("--since", type=MOMENT, help="Entries from this moment on.")
@click.option("--until", type=MOMENT, help="Entries before this moment.")
@click.option("--tool", type=click.Choice([tool.name for tool in TOOLS]), help="Calls of this tool.")
@click.option("--vendor", type=click.Choice(VENDOR_NAMES), help="Calls to this vendor.")
@click.option("--outcome", type=click.Choice([*OUTCOMES]), help="Calls that ended like this.")
@click.option("--person", multiple=True, metavar="WHO", callback=identifiers, help=f"Calls about this person. {WHO}")
@checkpoints
@click.option("--with-personal-data", is_flag=True, help="With what was asked and answered, where it is not erased.")
@on_sandbox
def export(
    form: str,
    out: Path | None,
    after: str | None,
    since: str | None,
    until: str | None,
    tool: str | None,
    vendor: str | None,
    outcome: str | None,
    person: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    with_personal_data: bool,
    sandbox: bool,
) -> None:
    """Write the log, or a part of it, without what was recorded of people.

    `jsonl` is for auditors: `audit verify --export` verifies it with the public key alone. `csv` is for spreadsheets,
    `ocsf` for security monitoring (API Activity, 6003). The log is left as it is.
    """

    if checkpoints and form != "jsonl":
        raise click.UsageError(f"--checkpoint adds proofs, and {form} holds none; leave it out, or take jsonl.")

    async def write(house: House) -> str | None:
        # Exports are no part of serving.
        from talent_mcp.audit.exports.selection import Selection

        selection = Selection(
            since=since,
            until=until,
            tool=tool,
            vendor=vendor,
            outcome=None if outcome is None else OUTCOMES[outcome],
            subjects=await house.reader.person(LOCAL_TENANT, person) if person else None,
        )
        kept = await sizes(house, checkpoints)
        return await exported(
            house, form, selection, file, after=after, earlier=kept, with_personal_data=with_personal_data
        )

    with written_to(out) as file:
        cursor = run(write, sandbox=sandbox)
    if cursor is not None:
        click.echo(f"To go on from here: --after {cursor}", err=True)


@click.command("prove")
@click.argument("call_id")
@new_file
@checkpoints
@on_sandbox
def prove(call_id: str, out: Path | None, checkpoints: tuple[Path, ...], sandbox: bool) -> None:
    """Write the entries of one call, each with its proof: `audit verify --export` verifies them."""

    async def write(house: House) -> None:
        # Exports are no part of serving.
        from talent_mcp.audit.exports.selection import Selection

        if not await house.store.call(LOCAL_TENANT, call_id):
            raise click.ClickException("There is no such call.")
        await exported(house, "jsonl", Selection(call=call_id), file, earlier=await sizes(house, checkpoints))

    with written_to(out) as file:
        run(write, sandbox=sandbox)


async def exported(
    house: House,
    form: str,
    selection: "Selection",
    file: IO[bytes],
    *,
    after: str | None = None,
    earlier: Sequence[int] = (),
    with_personal_data: bool = False,
) -> str | None:
    """Write an export; the cursor to go on with, None of an empty log."""
    # Exports are no part of serving.
    from talent_mcp.audit.exports.cursors import Cursor, cursor_at, start_after
    from talent_mcp.audit.exports.source import Source

    start = await start_after(house.store, LOCAL_TENANT, None if after is None else Cursor.parse(after))
    source = Source(
        store=house.store,
        tenant=LOCAL_TENANT,
        start=start,
        head=await house.store.head(LOCAL_TENANT),
        selection=selection,
        reader=house.reader if with_personal_data else None,
        earlier=earlier,
    )
    async for line in await written_in(form, source, house):
        file.write(line)
    cursor = await cursor_at(house.store, LOCAL_TENANT, source.head.size)
    return None if cursor is None else str(cursor)


async def sizes(house: House, checkpoints: Sequence[Path]) -> list[int]:
    """Of how many entries these checkpoints are."""
    return [kept.head.size for kept in await evidence(house, checkpoints, None)]


async def written_in(form: str, source: "Source", house: House) -> AsyncIterator[bytes]:
    # Each format is loaded where it is asked for.
    if form == "csv":
        from talent_mcp.audit.exports.tables import table

        return table(source)
    if form == "ocsf":
        from talent_mcp.audit.exports.ocsf import events

        return events(source)
    from talent_mcp.audit.exports.jsonl import jsonl
    from talent_mcp.audit.signing import log_key

    return jsonl(source, await log_key(house.keys.data_keys, LOCAL_TENANT))
