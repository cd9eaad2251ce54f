"""`talent-mcp install CLIENT`: connects an MCP client, after showing what will change in its file."""

import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from talent_mcp.cli.client_configs import (
    CLIENTS,
    ClientConfig,
    Entry,
    Machine,
    NotJson,
    parsed,
    server_entry,
    settings_of,
    shown,
    with_entry,
    written,
)
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.references import references
from talent_mcp.private_files import replace_private_file
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
DIFF_STYLES = {"+": "green", "-": "red"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is to become of one file: `before` is None where there is none; `diff` is empty if nothing changes."""

    path: Path
    before: bytes | None
    after: str
    diff: tuple[str, ...]


def server_name(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """A name that every client can make tool names of."""
    if not NAME.fullmatch(value):
        raise click.BadParameter("use letters, digits, - and _, beginning with a letter or digit.")
    return value


@click.command(short_help="Connect an assistant (MCP client).")
@click.argument("client", metavar="CLIENT", type=click.Choice(list(CLIENTS)))
@click.option("--print", "only_show", is_flag=True, help="Show the change and make none.")
@click.option("--yes", is_flag=True, help="Make the change without asking.")
@click.option("--name", default="talent-mcp", show_default=True, callback=server_name, help="What the client calls it.")
@click.option("--sandbox", is_flag=True, help="Connect the stand-ins: no account, no cost, nothing real.")
def install(client: str, only_show: bool, yes: bool, name: str, sandbox: bool) -> None:
    """Connect CLIENT: claude-desktop, claude-code, cursor or vscode. The change to its file is shown before it is
    made and a backup is kept; no key is written."""
    config = next(known for known_as, known in CLIENTS.items() if known_as == client)
    loaded = settings()
    with plain_words():
        passed, unseen = settings_of(os.environ), [] if sandbox else key_variables(loaded, os.environ)
    change = planned(config, name, server_entry(config, own_command(), passed, sandbox=sandbox))
    if not change.diff:
        click.echo(f"Nothing changes: {change.path} has this already.")
        return
    show(change, config)
    if only_show:
        return
    if not yes:
        click.confirm("Make this change?", abort=True, err=True)
    said = [conclusion(config, change), *remarks(passed, unseen)]
    make(change)
    click.echo("\n".join(said))


def remarks(passed: Collection[str], unseen: Collection[str]) -> Iterator[str]:
    """Which variables of this terminal the client gets, and which not."""
    if passed:
        yield f"It gets the settings of this terminal ({', '.join(passed)}); after changing one, run this again."
    if unseen:
        yield f"It does not get the keys of this terminal ({', '.join(unseen)}): keep them with `talent-mcp login`."


def conclusion(config: ClientConfig, change: Change) -> str:
    """What is done once the file is written, and what is left to a person; to be asked before."""
    if config.one_folder:
        return f"{config.title} is connected in the folder {Path.cwd()}, and only there. {config.afterwards}"
    if not change.path.parent.is_dir():
        return f"The entry for {config.title} is written; start {config.title} once it is installed."
    return f"{config.title} is connected. {config.afterwards}"


def planned(config: ClientConfig, name: str, entry: Entry) -> Change:
    """What the client's file has to become.

    Raises:
        ClickException: the file cannot be read, or not be changed without losing something.
    """
    path = config.path(this_machine()).resolve()
    before = content_of(path)
    try:
        text = "" if before is None else before.decode()
        old = parsed(text)
        new = with_entry(old, config.servers, name, entry)
    except (NotJson, UnicodeDecodeError) as error:
        why = error if isinstance(error, NotJson) else "is not UTF-8 text"
        by_hand = shown({config.servers: {name: entry}}, config.servers, name)
        click.echo(f"To connect {config.title} by hand, add this to it:\n{by_hand}", err=True)
        raise click.ClickException(f"{path} {why}, so it was left as it is.") from None
    now = "" if before is None else shown(old, config.servers, name)
    changed = () if old == new else diff(now, shown(new, config.servers, name))
    return Change(path=path, before=before, after=written(new, text), diff=changed)


def this_machine() -> Machine:
    return Machine(platform=sys.platform, environment=os.environ, home=Path.home(), folder=Path.cwd())


def own_command() -> list[str]:
    """How to start this very installation from anywhere: clients have a short PATH or none."""
    suffix = ".exe" if sys.platform == "win32" else ""
    script = Path(sysconfig.get_path("scripts"), f"talent-mcp{suffix}")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "talent_mcp"]


def content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}") from None


def diff(before: str, after: str) -> tuple[str, ...]:
    """All lines, marked ` `, `-` or `+`; a comma more at its end does not make a line another."""
    old, new = before.splitlines(), after.splitlines()
    bare_old, bare_new = ([line.removesuffix(",") for line in lines] for lines in (old, new))
    marked: list[str] = []
    for tag, first, last, start, stop in SequenceMatcher(None, bare_old, bare_new, autojunk=False).get_opcodes():
        if tag != "equal":
            marked += [f"-{line}" for line in old[first:last]]
        marked += [f"{' ' if tag == 'equal' else '+'}{line}" for line in new[start:stop]]
    return tuple(marked)


def show(change: Change, config: ClientConfig) -> None:
    """The change, as a person reads it."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{change.path}{'' if change.before is not None else ' (new)'}", "bold"))
    for line in change.diff:
        console.print(Text(line, DIFF_STYLES.get(line[0], "")))
    if not config.one_folder and not change.path.parent.is_dir():
        console.print(Text(f"Its folder is not there yet: is {config.title} installed?", "yellow"))


def make(change: Change) -> None:
    """Write the file, with a copy of what it was beside it.

    Raises:
        ClickException: it cannot be written, or was changed since it was read.
    """
    if content_of(change.path) != change.before:
        raise click.ClickException(f"{change.path} was changed by another program meanwhile; run this again.")
    try:
        if change.before is None:
            replace_private_file(change.path, change.after.encode())
            return
        mode = change.path.stat().st_mode
        backup = change.path.with_name(f"{change.path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.bak")
        shutil.copy2(change.path, backup)
        replace_private_file(change.path, change.after.encode())
        change.path.chmod(mode)
    except OSError as error:
        raise click.ClickException(f"{change.path} cannot be written: {error.strerror}") from None
    click.echo(f"What it was is kept in {backup}")


def key_variables(loaded: Settings, environment: Mapping[str, str]) -> list[str]:
    """The variables of this terminal in which the server would find keys.

    Raises:
        CredentialError: a reference has no known form.
    """
    places = [place for vendor in VENDOR_NAMES for place in references(vendor, loaded.vendor(vendor).credential)]
    return [place.place for place in places if place.scheme == "env" and environment.get(place.place)]
