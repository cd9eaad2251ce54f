"""`talent-mcp login`, `logout` and `credentials`: keys go in and out here, and are never shown."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import anyio
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talent_mcp.app import open_house
from talent_mcp.cli.key_keepers import FileKeeper, Keeper, KeyringKeeper
from talent_mcp.cli.key_places import KeyPlace, expanded, in_words, key_place, key_places, keyring_name, same_place
from talent_mcp.cli.key_trial import Trial, try_key
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.references import VARIABLES, Reference, is_key, parse_reference
from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor

TRIAL_SECONDS = 10.0
STATE_STYLES = {"present": "green", "missing": "yellow", "unusable": "bold red"}
NO_KEYRING = """\
This computer has no keyring that keeps a key safe, so nothing was asked and nothing was kept. Choose:
  1. A file that only you can read:
       talent-mcp login {vendor} --to file:{file}
     and where the server starts, set {setting}=file:{file}
  2. An environment variable: where the server starts, set {variable} to the key."""


def known_vendor(ctx: click.Context, parameter: click.Parameter, value: str) -> Vendor:
    """The vendor; what was typed instead is not repeated, as it may be a key."""
    for vendor in VENDOR_NAMES:
        if value == vendor:
            return vendor
    raise click.BadParameter(f"name one of {', '.join(VENDOR_NAMES)}.")


def known_destination(ctx: click.Context, parameter: click.Parameter, value: str) -> Reference:
    """The place; what was typed instead is not repeated, as it may be a key."""
    with suppress(CredentialError):
        reference = parse_reference(value)
        if reference.scheme != "env":
            return reference
    raise click.BadParameter("give keyring: or file:PATH.")


@click.command(context_settings={"allow_extra_args": True}, short_help="Keep a vendor's key, after a free test of it.")
@click.argument("vendor", callback=known_vendor)
@click.option(
    "--to",
    default="keyring:",
    show_default=True,
    metavar="keyring:|file:PATH",
    callback=known_destination,
    help="Where to keep the key.",
)
@click.option("--no-test", is_flag=True, help="Keep the key without asking the vendor whether it works.")
@pass_outside
def login(outside: Outside, vendor: Vendor, to: Reference, no_test: bool) -> None:
    """Keep the key of VENDOR (ocean, stardex or jarvi): it is asked for, tested for free, and never shown.

    Without a terminal the key is read from standard input.
    """
    if click.get_current_context().args:
        raise click.UsageError("the key is no argument, where others could see it; it is asked for.")
    loaded = settings()
    with plain_words():
        keeper = chosen_keeper(vendor, to, loaded, outside)
        secret = asked_key(vendor, outside)
        if not no_test:
            judge(anyio.run(trial_of, vendor, secret, loaded, outside), vendor, outside)
        anyio.run(keeper.keep, secret)
        place = anyio.run(key_place, vendor, loaded, os.environ, outside.keyring)
    click.echo(f"The {VENDOR_NAMES[vendor]} key is kept in {keeper.name}.")
    if not same_place(place.where, keeper.reference):
        click.echo(how_to_use(place, keeper.reference))


def chosen_keeper(vendor: Vendor, to: Reference, loaded: Settings, outside: Outside) -> Keeper:
    """Where the key will go; settled before it is asked for.

    Raises:
        ClickException: it cannot go there.
    """
    if to.scheme == "file":
        return file_keeper(vendor, expanded(to.place).absolute(), loaded, outside)
    name = anyio.run(keyring_name, outside.keyring)
    if name is None:
        setting, variable = setting_name(vendor), VARIABLES[vendor]
        file = loaded.home.absolute() / f"{vendor}.key"
        click.echo(NO_KEYRING.format(vendor=vendor, file=file, setting=setting, variable=variable), err=True)
        raise SystemExit(1)
    return KeyringKeeper(vendor=vendor, store=outside.keyring, name=name)


def file_keeper(vendor: Vendor, path: Path, loaded: Settings, outside: Outside) -> Keeper:
    """The file, unless it might hold something else.

    Raises:
        ClickException: it might, and nobody says that it may be replaced.
    """
    keeper = FileKeeper(path=path)
    configured = loaded.vendor(vendor).credential
    known = configured is not None and same_place(parse_reference(configured), keeper.reference)
    if path.exists() and not known and not agreed(f"{path} exists. Replace what is in it?", outside):
        raise click.ClickException(f"{path} exists and was left as it is; nothing was kept.")
    return keeper


def agreed(question: str, outside: Outside) -> bool:
    """Whether somebody is there and says yes."""
    return outside.on_terminal() and click.confirm(question, default=False, err=True)


def asked_key(vendor: Vendor, outside: Outside) -> Secret:
    """The key, typed without echo or read from standard input.

    Raises:
        ClickException: that cannot be a key.
    """
    if outside.on_terminal():
        value: str = click.prompt(f"{VENDOR_NAMES[vendor]} key (not shown)", hide_input=True, err=True)
    else:
        value = sys.stdin.read()
    secret = Secret(value.strip())
    if not is_key(secret):
        raise click.ClickException("that is no key: it is empty or has spaces or odd characters. Nothing was kept.")
    return secret


async def trial_of(vendor: Vendor, secret: Secret, loaded: Settings, outside: Outside) -> Trial:
    """What the vendor says to this key, whatever the settings would have it use."""
    variable = VARIABLES[vendor]
    with_key = loaded.vendor(vendor).model_copy(update={"credential": f"env:{variable}"})
    trying = loaded.model_copy(update={vendor: with_key, "call_seconds": TRIAL_SECONDS})
    async with open_house(
        trying, {variable: secret.reveal()}, transport=outside.transport, keyring=outside.keyring
    ) as house:
        return await try_key(house, vendor)


def judge(trial: Trial, vendor: Vendor, outside: Outside) -> None:
    """Go on only with a key that works, or that somebody wants kept untested.

    Raises:
        ClickException: it shall not be kept.
    """
    if trial.verdict == "accepted":
        click.echo(f"{trial.text}." if trial.credits is None else f"{trial.text}; {trial.credits:,g} credits are left.")
        return
    if trial.verdict == "refused":
        raise click.ClickException(f"{trial.text}. Nothing was kept.")
    untested = f"The key was not tested: {trial.text.rstrip('.')}."
    if not agreed(f"{untested} Keep it all the same?", outside):
        raise click.ClickException(f"{untested} Nothing was kept; --no-test keeps it untested.")


def how_to_use(place: KeyPlace, kept: Reference) -> str:
    """What to set so that the server takes the key from where it was kept."""
    now = f" Until then it takes the key in {in_words(place.where)}." if place.where else ""
    setting = f"{setting_name(place.vendor)}={kept}"
    return f"To use it, set {setting} and run `talent-mcp install` again, or set it where the server starts.{now}"


def setting_name(vendor: Vendor) -> str:
    return f"TALENT_{vendor.upper()}_CREDENTIAL"


@click.command(short_help="Remove a vendor's key from the keyring.")
@click.argument("vendor", callback=known_vendor)
@pass_outside
def logout(outside: Outside, vendor: Vendor) -> None:
    """Remove the key of VENDOR from the keyring; exit code 1 if there is still one elsewhere."""
    loaded = settings()
    with plain_words():
        click.echo(anyio.run(removed, vendor, outside))
        place = anyio.run(key_place, vendor, loaded, os.environ, outside.keyring)
    if place.where is not None:
        raise click.ClickException(f"there is still a key in {in_words(place.where)}; remove it there.")
    if place.problem is not None:
        raise click.ClickException(place.problem)


async def removed(vendor: Vendor, outside: Outside) -> str:
    """What came of removing the key from the keyring.

    Raises:
        CredentialError: the keyring refused.
    """
    keyring = await keyring_name(outside.keyring)
    if keyring is None:
        return "This computer has no keyring that keeps a key safe, so there is none to remove from it."
    if await outside.keyring.read(vendor) is None:
        return f"There is no {VENDOR_NAMES[vendor]} key in {keyring}."
    await outside.keyring.delete(vendor)
    return f"The {VENDOR_NAMES[vendor]} key was removed from {keyring}."


@click.command(short_help="List where each key lies; never a key.")
@pass_outside
def credentials(outside: Outside) -> None:
    """List where each vendor's key lies; never a key or a part of one."""
    loaded = settings()
    with plain_words():
        places = anyio.run(key_places, loaded, os.environ, outside.keyring)
    table = Table("vendor", "key", "where", box=None, pad_edge=False, header_style="dim")
    for place in places:
        state = Text(place.state, STATE_STYLES[place.state])
        table.add_row(Text(VENDOR_NAMES[place.vendor]), state, Text(where_in_table(place), overflow="fold"))
    Console(highlight=False).print(table)
    if any(place.state == "missing" for place in places):
        click.echo("To keep a missing key: talent-mcp login VENDOR")


def where_in_table(place: KeyPlace) -> str:
    if place.state == "missing":
        return (
            f"neither in {' nor in '.join(map(str, place.looked_at))}"
            if place.looked_at[1:]
            else f"not in {place.looked_at[0]}"
        )
    return str(place.where) if place.where else str(place.problem)
