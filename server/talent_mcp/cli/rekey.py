"""`talent-mcp credentials rekey`: a new master key, or new keys for what is stored, while servers run."""

from dataclasses import replace
from pathlib import Path

import anyio
import click

from talent_mcp.app_keys import Keys, master_reference
from talent_mcp.cli.doctor import counted
from talent_mcp.cli.key_entry import opened_keys
from talent_mcp.cli.outside import Outside, PassphrasePrompt, pass_outside
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.credentials.references import Reference
from talent_mcp.credentials.vault import store_in_words
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master, MasterKey
from talent_mcp.keys.master_references import FORMS, default_reference, parse_master_reference
from talent_mcp.keys.rekey import Renewal, Renewed, all_rows, require_known, rewrap_all
from talent_mcp.settings import Settings

REWRAPPED = """\
Wrapped anew: {changed}. All data keys open with the master key in {place} (fingerprint {fingerprint}).
Set TALENT_MASTER_KEY={reference} here and where the server starts, and start it anew.
A server that runs goes on with the keys that it holds. Keep the old master key until all were started anew."""


def known_reference(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Reference | None:
    """The reference; what was typed instead is not repeated, as it may be a key."""
    try:
        return None if value is None else parse_master_reference(value)
    except ValueError:
        raise click.BadParameter(f"give {FORMS}.") from None


@click.command(short_help="Change the master key, or the keys that it protects.")
@click.option(
    "--data-keys", is_flag=True, help="Make new keys for credentials and people, and seal all anew with them."
)
@click.option("--master-key", metavar="REFERENCE", callback=known_reference, help="Put all keys under this master key.")
@click.option(
    "--from", "old", metavar="REFERENCE", callback=known_reference, help="A former master key that is needed."
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="Where the passphrase of a new master key lies; without it, it is asked for.",
)
@pass_outside
def rekey(
    outside: Outside, data_keys: bool, master_key: Reference | None, old: Reference | None, passphrase_file: Path | None
) -> None:
    """Change what protects the stored keys, while servers run.

    It can be killed at any moment: nothing is lost, and the same command finishes what was begun.
    """
    if data_keys is (master_key is not None):
        raise click.UsageError("give either --data-keys or --master-key.")
    if data_keys and (old is not None or passphrase_file is not None):
        raise click.UsageError("--from and --passphrase-file go with --master-key.")
    loaded = settings()
    with plain_words():
        if master_key is None:
            done = anyio.run(renewed, loaded, outside)
            removed = counted(done.removed, "older data key")
            click.echo(f"Sealed anew: {counted(done.sealed, 'stored key')}. Removed: {removed}.")
        else:
            click.echo(anyio.run(rewrapped, loaded, outside, master_key, old, passphrase_file))


async def renewed(loaded: Settings, outside: Outside) -> Renewed:
    """What was done.

    Raises:
        CredentialError: something does not open, or the store cannot be used.
    """

    async def wait(seconds: float) -> None:
        if seconds:
            click.echo(f"Waiting {seconds:.0f} s, until every server has noticed the new keys...", err=True)
        await outside.sleep(seconds)

    async with opened_keys(loaded, outside) as keys:
        with store_in_words():
            return await Renewal(keys.store, keys.data_keys, wait=wait).run()


async def rewrapped(
    loaded: Settings, outside: Outside, reference: Reference, old: Reference | None, passphrase_file: Path | None
) -> str:
    """What was done, and what is left to a person.

    Raises:
        CredentialError: a master key cannot be had or is not the one that was used, or the store cannot be used.
    """
    async with opened_keys(loaded, outside) as keys:
        with store_in_words():
            is_present = reference == master_reference(loaded)
            new = keys.master if is_present else new_master(keys, reference, passphrase_file, outside)
            masters = await known_masters(loaded, keys, old)
            require_known(await all_rows(keys.store), [*masters, *filter(None, [await new.existing()])])
            key = await new.made()
            changed = await rewrap_all(keys.store, masters, key)
    return REWRAPPED.format(
        changed=counted(changed, "data key"), place=new.place, fingerprint=key.fingerprint, reference=reference
    )


def new_master(keys: Keys, reference: Reference, passphrase_file: Path | None, outside: Outside) -> Master:
    """The master key that all shall be under; its passphrase is not that of the present one."""
    ask = PassphrasePrompt("New passphrase") if outside.on_terminal() else None
    return Master(replace(keys.surroundings, passphrase_file=passphrase_file, ask=ask).place(reference))


async def known_masters(loaded: Settings, keys: Keys, old: Reference | None) -> list[MasterKey]:
    """The master keys that may have been used: the present one, the one beside the data that is used until somebody
    chooses, and the former one.

    Raises:
        KeysUnavailable: the former one, which somebody named, is not there.
    """
    found = [await existing(keys.master)]
    if loaded.master_key is not None:
        found.append(await existing(Master(keys.surroundings.place(default_reference(loaded.home)))))
    if old is not None:
        former = Master(keys.surroundings.place(old))
        found.append(await former.existing())
        if found[-1] is None:
            raise KeysUnavailable(f"there is no master key in {former.place}")
    return [key for key in found if key is not None]


async def existing(master: Master) -> MasterKey | None:
    """The master key, if it can be had: whether it is needed shows later."""
    try:
        return await master.existing()
    except KeysUnavailable:
        return None
