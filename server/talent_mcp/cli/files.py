"""`talent-mcp files`: hand files to the server, so that an agent can send them by handle and never sees them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.app import House, private_places
from talent_mcp.cli.audit_upkeep import WHO, identifiers, on_sandbox
from talent_mcp.cli.running import run
from talent_mcp.errors import TalentError
from talent_mcp.files.allowed import MISSING, NOT_A_FILE, NOT_WHAT_IT_SAYS, OUTSIDE, UNREADABLE, AllowedFiles
from talent_mcp.files.shelf import Shelved
from talent_mcp.identity import LOCAL_TENANT
from talent_tools.errors import InvalidArguments
from talent_tools.files import File
from talent_tools.jarvi.files import FILES_LIMIT

WIDE = 130
IN_WORDS: Mapping[str, str] = {
    MISSING: "there is no such file.",
    OUTSIDE: "it is a link, or one of the server's own files.",
    UNREADABLE: "you may not read it.",
    NOT_A_FILE: "it is no regular file.",
    NOT_WHAT_IT_SAYS: "its content is not what the ending of its name says.",
}
"""What a model is told of a file, for the person who adds it."""


class NotAdded(TalentError):
    """A file cannot be taken; the text says why."""


@click.group(invoke_without_command=True, short_help="Hand files to the server that agents may send.")
@click.pass_context
def files(ctx: click.Context) -> None:
    """List the files that agents may send by handle.

    They are kept encrypted on this machine for `keep_files_days`, 30 unless that is set.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_files)


@files.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--person", "person", multiple=True, metavar="WHO", callback=identifiers, help=f"Whom they are about. {WHO}"
)
@on_sandbox
def add(paths: tuple[Path, ...], person: tuple[str, ...], sandbox: bool) -> None:
    """Keep copies of PATHS and print a handle for each.

    With --person, `audit erase` of that person deletes them too.
    """

    places = [path.expanduser().absolute() for path in paths]

    async def keep(house: House) -> list[Shelved]:
        await house.shelf.prune(LOCAL_TENANT)
        # All are read before the first is kept.
        read = [await opened(house, place) for place in places]
        return [await house.shelf.add(LOCAL_TENANT, file, person) for file in read]

    for shelved in run(keep, sandbox=sandbox):
        click.echo(f"{shelved.handle}  {shelved.file.name}")


@files.command("list")
@on_sandbox
def list_files(sandbox: bool) -> None:
    """List them: handle, name, whom they are about, size and since when; type and hash where there is room."""
    found = run(lambda house: house.shelf.all_of(LOCAL_TENANT), sandbox=sandbox)
    if not found:
        click.echo("No file was added. To add one: talent-mcp files add PATH")
        return
    print_files(found, Console())


def print_files(found: list[Shelved], console: Console) -> None:
    """The files as a table that fits 80 columns; a wider terminal also shows types and hashes."""
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    for heading in ("handle", "name", "about", *(("type", "sha256") if wide else ()), "kB", "added"):
        table.add_column(heading, no_wrap=heading in ("handle", "added"), overflow="fold")
    for one in found:
        about = "\n".join(one.about) or "(nobody was named)"
        kilobytes, day = f"{len(one.file.content) / 1000:,.1f}", f"{datetime.fromtimestamp(one.added, UTC):%Y-%m-%d}"
        kind = (one.file.media_type, one.sha256[:16]) if wide else ()
        table.add_row(*map(Text, (one.handle, one.file.name, about, *kind, kilobytes, day)))
    console.print(table)


@files.command("remove")
@click.argument("handles", nargs=-1, required=True)
@on_sandbox
def remove(handles: tuple[str, ...], sandbox: bool) -> None:
    """Delete the copies that HANDLES stand for; what was sent to a vendor stays there."""

    async def delete(house: House) -> list[str]:
        return [handle for handle in handles if not await house.shelf.remove(LOCAL_TENANT, handle)]

    if missing := run(delete, sandbox=sandbox):
        raise click.ClickException(f"there is no file with the handle {', '.join(missing)}.")
    click.echo("Removed.")


async def opened(house: House, path: Path) -> File:
    """The file that a person names: any that is no link, and not one of the server's own.

    Raises:
        NotAdded: it cannot be taken.
    """
    folder = AllowedFiles([path.parent], never=private_places(house.settings))
    try:
        file = await folder(path.name, limit=FILES_LIMIT)
    except InvalidArguments as refusal:
        raise NotAdded(f"{path} cannot be added: {IN_WORDS.get(str(refusal), str(refusal))}") from None
    if not file.content:
        raise NotAdded(f"{path} cannot be added: it is empty.")
    return file
