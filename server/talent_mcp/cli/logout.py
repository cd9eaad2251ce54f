"""`talent-mcp logout`: a key goes out."""

import anyio
import click

from talent_mcp.app_keys import Keys
from talent_mcp.cli.key_entry import known_vendor, opened_keys
from talent_mcp.cli.key_places import KeyPlace, in_words, key_place, keyring_name
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.stored import Holder
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor


@click.command(short_help="Remove a vendor's key from the keyring and the store.")
@click.argument("vendor", callback=known_vendor)
@pass_outside
def logout(outside: Outside, vendor: Vendor) -> None:
    """Remove the key of VENDOR from the keyring and from the credential store; exit code 1 if there is still one."""
    loaded = settings()
    with plain_words():
        place = anyio.run(log_out, vendor, loaded, outside)
    if place.where is not None:
        raise click.ClickException(f"there is still a key in {in_words(place.where)}; remove it there.")
    if place.problem is not None:
        raise click.ClickException(place.problem)


async def log_out(vendor: Vendor, loaded: Settings, outside: Outside) -> KeyPlace:
    """Remove the key, and say so; where there is still one.

    Raises:
        CredentialError: the keyring or the store refused.
    """
    click.echo(await removed_from_keyring(vendor, outside.keyring))
    async with opened_keys(loaded, outside) as keys:
        if removed := await removed_from_store(vendor, keys):
            click.echo(removed)
        return await key_place(vendor, loaded, keys)


async def removed_from_keyring(vendor: Vendor, keyring: KeyringStore) -> str:
    """What came of removing the key from the keyring.

    Raises:
        CredentialError: the keyring refused.
    """
    name = await keyring_name(keyring)
    if name is None:
        return "This computer has no keyring that keeps a key safe, so there is none to remove from it."
    if await keyring.read(vendor) is None:
        return f"There is no {VENDOR_NAMES[vendor]} key in {name}."
    await keyring.delete(vendor)
    return f"The {VENDOR_NAMES[vendor]} key was removed from {name}."


async def removed_from_store(vendor: Vendor, keys: Keys) -> str | None:
    """What came of removing everybody's key of the usual name from the store; None if none was there.

    Raises:
        CredentialError: the store cannot be used.
    """
    removed = await keys.vault.remove(Holder(tenant=LOCAL_TENANT, vendor=vendor))
    return f"The {VENDOR_NAMES[vendor]} key was removed from the credential store." if removed else None
