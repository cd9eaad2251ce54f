"""`talent-mcp credentials`: where keys lie, and what becomes of those in the store; never a key."""

from datetime import UTC, datetime

import anyio
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.app_keys import Keys
from talent_mcp.cli.audit_upkeep import without_asking
from talent_mcp.cli.doctor import counted
from talent_mcp.cli.key_entry import key_that_works, known_vendor, opened_keys
from talent_mcp.cli.key_places import KeyPlace, key_places
from talent_mcp.cli.login import stored_under
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.rekey import rekey
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.credentials.vault import Listed
from talent_mcp.errors import CredentialError
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor

STATE_STYLES = {"present": "green", "missing": "yellow", "unusable": "bold red", "active": "green", "retired": "dim"}

vendor_argument = click.argument("vendor", callback=known_vendor)
name_option = click.option("--name", help="Under what name it is stored.")
principal_option = click.option("--principal", help="Whose alone it is; without it, everybody's.")


@click.group(invoke_without_command=True, short_help="List keys, rotate them, and change what protects them.")
@click.pass_context
def credentials(ctx: click.Context) -> None:
    """List where each vendor's key lies, and what is in the credential store; never a key or a part of one."""
    if ctx.invoked_subcommand is None:
        list_credentials(ctx.ensure_object(Outside))


credentials.add_command(rekey)


def list_credentials(outside: Outside) -> None:
    loaded = settings()
    with plain_words():
        places, stored = anyio.run(found, loaded, outside)
    console = Console(highlight=False)
    console.print(places_table(places))
    if isinstance(stored, str) or stored:
        console.print()
        console.print(Text(stored, "bold red") if isinstance(stored, str) else stored_table(stored))
    if any(place.state == "missing" for place in places):
        click.echo("To keep a missing key: talent-mcp login VENDOR")


async def found(loaded: Settings, outside: Outside) -> tuple[list[KeyPlace], list[Listed] | str]:
    """Where keys lie, and what is stored, or why that cannot be said."""
    async with opened_keys(loaded, outside) as keys:
        places = await key_places(loaded, keys)
        try:
            return places, await keys.vault.listed(LOCAL_TENANT)
        except CredentialError as error:
            return places, str(error)


def places_table(places: list[KeyPlace]) -> Table:
    table = Table("vendor", "key", "where", box=None, pad_edge=False, header_style="dim")
    for place in places:
        state = Text(place.state, STATE_STYLES[place.state])
        table.add_row(Text(VENDOR_NAMES[place.vendor]), state, Text(where_in_table(place), overflow="fold"))
    return table


def where_in_table(place: KeyPlace) -> str:
    if place.state == "missing":
        return (
            f"neither in {' nor in '.join(map(str, place.looked_at))}"
            if place.looked_at[1:]
            else f"not in {place.looked_at[0]}"
        )
    return str(place.where) if place.where else str(place.problem)


def stored_table(stored: list[Listed]) -> Table:
    columns = ("in the store", "name", "whose", "version", "state", "since", "sealed under")
    table = Table(*columns, box=None, pad_edge=False, header_style="dim")
    for each in stored:
        holder = each.holder
        table.add_row(
            Text(vendor_name(holder.vendor)),
            Text(holder.name),
            Text(holder.principal or "everybody's", overflow="fold"),
            str(each.version),
            Text(each.state, STATE_STYLES[each.state]),
            datetime.fromtimestamp(each.created_at, UTC).strftime("%Y-%m-%d %H:%M"),
            f"key {each.key_version}",
        )
    return table


def vendor_name(vendor: str) -> str:
    return next((name for known, name in VENDOR_NAMES.items() if known == vendor), vendor)


@credentials.command(short_help="Replace a stored key by a new one, after a free test of it.")
@vendor_argument
@name_option
@principal_option
@pass_outside
def rotate(outside: Outside, vendor: Vendor, name: str | None, principal: str | None) -> None:
    """Ask for the new key of VENDOR, test it for free, and store it as the newest version, or change nothing.

    Servers that run take it up within 30 seconds, and at once when the vendor refuses the old one.
    """
    holder, loaded = stored_under(vendor, name, principal), settings()
    with plain_words():
        anyio.run(require_stored, holder, loaded, outside)
        secret = key_that_works(vendor, loaded, outside)
        version = anyio.run(put, holder, secret, loaded, outside)
    click.echo(
        f"Version {version} of the {VENDOR_NAMES[vendor]} key is the active one. Revoke the old one at the vendor."
    )


async def require_stored(holder: Holder, loaded: Settings, outside: Outside) -> None:
    """Make sure that there is something to rotate, before the new key is asked for.

    Raises:
        ClickException: there is not.
        CredentialError: the store or its keys cannot be used.
    """
    async with opened_keys(loaded, outside) as keys:
        if not await is_stored(holder, keys):
            raise click.ClickException(
                f"there is no such key in the store; talent-mcp login {holder.vendor} --to store"
            )
        await keys.vault.prepare(holder.tenant)


async def is_stored(holder: Holder, keys: Keys) -> bool:
    return any(each.holder == holder for each in await keys.vault.listed(holder.tenant))


async def put(holder: Holder, secret: Secret, loaded: Settings, outside: Outside) -> int:
    async with opened_keys(loaded, outside) as keys:
        return await keys.vault.put(holder, secret)


@credentials.command(short_help="Remove a stored key, with all its versions.")
@vendor_argument
@name_option
@principal_option
@without_asking
@pass_outside
def remove(outside: Outside, vendor: Vendor, name: str | None, principal: str | None, yes: bool) -> None:
    """Remove the key of VENDOR from the store, with all its versions; servers that run stop using it in 30 seconds."""
    holder, loaded = stored_under(vendor, name, principal), settings()
    with plain_words():
        anyio.run(require_kept, holder, loaded, outside)
    if not yes:
        click.confirm(f"Remove the {VENDOR_NAMES[vendor]} key with all its versions? This cannot be undone", abort=True)
    with plain_words():
        removed = anyio.run(remove_all, holder, loaded, outside)
    click.echo(f"The {VENDOR_NAMES[vendor]} key was removed from the store ({counted(removed, 'version')}).")


async def require_kept(holder: Holder, loaded: Settings, outside: Outside) -> None:
    """Make sure that there is something to remove, before that is asked.

    Raises:
        ClickException: there is not.
        CredentialError: the store or its keys cannot be used.
    """
    async with opened_keys(loaded, outside) as keys:
        if not await is_stored(holder, keys):
            raise click.ClickException("there is no such key in the store.")


async def remove_all(holder: Holder, loaded: Settings, outside: Outside) -> int:
    async with opened_keys(loaded, outside) as keys:
        return await keys.vault.remove(holder)
