"""The part of the composition root that wires keys and credentials; commands that need no more use it alone."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from talent_mcp.app_database import key_store
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.references import Reference
from talent_mcp.credentials.sources import Sources
from talent_mcp.credentials.vault import Vault
from talent_mcp.keys.data_keys import DataKeys
from talent_mcp.keys.master import AskPassphrase, Master
from talent_mcp.keys.master_places import Surroundings
from talent_mcp.keys.master_references import default_reference, parse_master_reference
from talent_mcp.settings import Settings
from talent_mcp.store.keys import KeyStore
from talent_mcp.store.sqlite.own_keys import Belongs
from talent_tools.vendor import VENDOR_NAMES, Vendor


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """What protects what is stored: the master key, the tenants' data keys, and the credentials sealed under them;
    and where else a credential can come from."""

    store: KeyStore
    surroundings: Surroundings
    master: Master
    data_keys: DataKeys
    vault: Vault
    sources: Sources


def master_reference(settings: Settings) -> Reference:
    """Where the master key of these settings is."""
    chosen = settings.master_key
    return default_reference(settings.home) if chosen is None else parse_master_reference(chosen)


@asynccontextmanager
async def open_keys(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    keyring: KeyringStore | None = None,
    ask_passphrase: AskPassphrase | None = None,
    age_clock: Callable[[], float] = time.monotonic,
    belongs: Belongs | None = None,
) -> AsyncGenerator[Keys]:
    """The keys, wired; nothing is read or made before it is needed.

    `keyring` replaces the machine's own, `ask_passphrase` is for commands that somebody sits at, `age_clock` tells
    monotonic seconds, `belongs` is asked whether these are the keys of the log that they are used with.
    """
    surroundings = Surroundings(
        home=settings.home,
        environment=environment,
        keyring=keyring or KeyringStore(),
        passphrase_file=settings.passphrase_file,
        ask=ask_passphrase,
    )
    store = key_store(settings, belongs)
    master = Master(surroundings.place(master_reference(settings)))
    data_keys = DataKeys(store, master, age_clock=age_clock)
    vault = Vault(store, data_keys)
    try:
        yield Keys(
            store=store,
            surroundings=surroundings,
            master=master,
            data_keys=data_keys,
            vault=vault,
            sources=Sources(environment, surroundings.keyring, vault),
        )
    finally:
        await store.close()


def known_credentials(
    settings: Settings, keys: Keys, *, age_clock: Callable[[], float] = time.monotonic
) -> Credentials:
    """The credentials of this process, from the places that the settings name.

    Raises:
        CredentialError: a reference has no known form.
    """
    configured: dict[Vendor, str | None] = {vendor: settings.vendor(vendor).credential for vendor in VENDOR_NAMES}
    return Credentials(configured, keys.sources, with_store=settings.master_key is not None, clock=age_clock)
