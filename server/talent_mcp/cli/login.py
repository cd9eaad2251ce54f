"""`talent-mcp login`: a key goes in, tested and unseen."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
import click

from talent_mcp.cli.key_entry import agreed, key_that_works, known_vendor, opened_keys
from talent_mcp.cli.key_keepers import FileKeeper, Keeper, KeyringKeeper, StoreKeeper
from talent_mcp.cli.key_places import KeyPlace, expanded, in_words, key_place, keyring_name, same_place
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.references import VARIABLES, Reference, parse_reference
from talent_mcp.credentials.stored import DEFAULT_NAME, Holder
from talent_mcp.errors import CredentialError
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor

KEEPING = frozenset({"keyring", "file", "store"})
NO_KEYRING = """\
This computer has no keyring that keeps a key safe, so nothing was asked and nothing was kept. Choose:
  1. A file that only you can read:
       talent-mcp login {vendor} --to file:{file}
     and where the server starts, set {setting}=file:{file}
  2. An environment variable: where the server starts, set {variable} to the key."""
NO_MASTER_KEY = """\
The credential store needs a master key that you chose, so nothing was asked and nothing was kept.
Set TALENT_MASTER_KEY here and where the server starts, to one of:
  keyring:        a random key in the keyring of this computer
  file:PATH       a random key in a file that only you can read
  passphrase:     a key that is derived from a passphrase
  systemd:NAME    a key that systemd gives the service"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where a key shall go; in the store under a name, and for one principal or the whole tenant."""

    to: Reference
    name: str | None
    principal: str | None


def known_destination(ctx: click.Context, parameter: click.Parameter, value: str) -> Reference:
    """The place; what was typed instead is not repeated, as it may be a key."""
    with suppress(CredentialError):
        reference = parse_reference("store:" if value == "store" else value)
        if reference.scheme in KEEPING:
            return reference
    raise click.BadParameter("give keyring:, file:PATH or store.")


@click.command(context_settings={"allow_extra_args": True}, short_help="Keep a vendor's key, after a free test of it.")
@click.argument("vendor", callback=known_vendor)
@click.option(
    "--to",
    default="keyring:",
    show_default=True,
    metavar="keyring:|file:PATH|store",
    callback=known_destination,
    help="Where to keep the key.",
)
@click.option("--name", help="In the store: under what name, for a vendor with several keys.")
@click.option("--principal", help="In the store: for whom alone; without it the key is everybody's.")
@click.option("--no-test", is_flag=True, help="Keep the key without asking the vendor whether it works.")
@pass_outside
def login(
    outside: Outside, vendor: Vendor, to: Reference, name: str | None, principal: str | None, no_test: bool
) -> None:
    """Keep the key of VENDOR (ocean, stardex or jarvi): it is asked for, tested for free, and never shown.

    Without a terminal the key is read from standard input.
    """
    if click.get_current_context().args:
        raise click.UsageError("the key is no argument, where others could see it; it is asked for.")
    destination = Destination(to=to, name=name, principal=principal)
    loaded = settings()
    with plain_words():
        keeper = chosen_keeper(vendor, destination, loaded, outside)
        secret = key_that_works(vendor, loaded, outside, no_test=no_test)
        anyio.run(keeper.keep, secret)
        place = anyio.run(place_of, vendor, loaded, outside)
    click.echo(f"The {VENDOR_NAMES[vendor]} key is kept in {keeper.name}.")
    if not same_place(place.where, keeper.reference):
        click.echo(how_to_use(place, keeper.reference))


async def place_of(vendor: Vendor, loaded: Settings, outside: Outside) -> KeyPlace:
    async with opened_keys(loaded, outside) as keys:
        return await key_place(vendor, loaded, keys)


def chosen_keeper(vendor: Vendor, destination: Destination, loaded: Settings, outside: Outside) -> Keeper:
    """Where the key will go; settled before it is asked for.

    Raises:
        ClickException: it cannot go there.
    """
    to = destination.to
    if to.scheme == "store":
        return store_keeper(vendor, destination, loaded, outside)
    if destination.name is not None or destination.principal is not None:
        raise click.UsageError("--name and --principal go with --to store.")
    if to.scheme == "file":
        return file_keeper(vendor, expanded(to.place).absolute(), loaded, outside)
    return keyring_keeper(vendor, loaded, outside)


def keyring_keeper(vendor: Vendor, loaded: Settings, outside: Outside) -> Keeper:
    name = anyio.run(keyring_name, outside.keyring)
    if name is None:
        setting, variable = setting_name(vendor), VARIABLES[vendor]
        file = loaded.home.absolute() / f"{vendor}.key"
        click.echo(NO_KEYRING.format(vendor=vendor, file=file, setting=setting, variable=variable), err=True)
        raise SystemExit(1)
    return KeyringKeeper(vendor=vendor, store=outside.keyring, name=name)


def store_keeper(vendor: Vendor, destination: Destination, loaded: Settings, outside: Outside) -> Keeper:
    """The store, once its keys can be had.

    Raises:
        CredentialError: they cannot.
    """
    if loaded.master_key is None:
        click.echo(NO_MASTER_KEY, err=True)
        raise SystemExit(1)
    holder = stored_under(vendor, destination.name or destination.to.place or None, destination.principal)
    keeper = StoreKeeper(holder=holder, open_keys=lambda: opened_keys(loaded, outside))
    anyio.run(keeper.prepare)
    return keeper


def stored_under(vendor: Vendor, name: str | None, principal: str | None) -> Holder:
    """Whose credential it is in the store.

    Raises:
        UsageError: that cannot be a name or a principal.
    """
    with suppress(CredentialError):
        parse_reference(f"store:{name or DEFAULT_NAME}")
        if principal is None or (principal.strip() and principal.isprintable()):
            return Holder(tenant=LOCAL_TENANT, principal=principal or "", vendor=vendor, name=name or DEFAULT_NAME)
    raise click.UsageError("a name has letters, digits, -, _ and . only, and a principal can be printed.")


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


def how_to_use(place: KeyPlace, kept: Reference) -> str:
    """What to set so that the server takes the key from where it was kept."""
    now = f" Until then it takes the key in {in_words(place.where)}." if place.where else ""
    setting = f"{setting_name(place.vendor)}={kept}"
    return f"To use it, set {setting} and run `talent-mcp install` again, or set it where the server starts.{now}"


def setting_name(vendor: Vendor) -> str:
    return f"TALENT_{vendor.upper()}_CREDENTIAL"
