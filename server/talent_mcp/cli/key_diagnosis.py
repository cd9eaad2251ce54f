"""What `doctor` looks at around keys: the keyring, the master key, the credential store, this process's memory."""

from collections.abc import Iterator

from talent_mcp.app_keys import Keys, master_reference
from talent_mcp.cli.diagnosis import Finding, look_where, ok, problem, warning
from talent_mcp.cli.key_places import keyring_name
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.stored import value_in
from talent_mcp.errors import CredentialError, KeysUnavailable, StoreUnavailable
from talent_mcp.keys.data_keys import DataKey, another, lost, unwrap
from talent_mcp.keys.memory import Protection, protect_memory
from talent_mcp.keys.rekey import all_rows
from talent_mcp.settings import Settings
from talent_mcp.store.keys import CredentialRow, DataKeyRow

NO_KEYRING = ok(
    "keyring", "this computer has none that is safe for keys", "to keep a key: talent-mcp login VENDOR --to file:PATH"
)
NOT_CHOSEN = ok(
    "credential store", "not used, as nobody chose a master key", "to use it, set TALENT_MASTER_KEY (see the README)"
)
RESTORE = "restore that master key"


async def key_findings(settings: Settings, keys: Keys) -> list[Finding]:
    """The keyring, the master key with what it opens, the store, and how memory is protected."""
    findings = [await keyring_finding(keys.surroundings.keyring)]
    try:
        rows = await all_rows(keys.store)
        findings.append(await master_finding(settings, keys, rows))
        findings.append(await store_finding(settings, keys))
    except StoreUnavailable as error:
        findings.append(
            problem("credential store", f"cannot be used: {error}", look_where(settings.keys_path, settings))
        )
    return [*findings, *memory_findings(protect_memory())]


async def keyring_finding(keyring: KeyringStore) -> Finding:
    """Whether there is a place where `login` can keep keys."""
    try:
        name = await keyring_name(keyring)
    except CredentialError as error:
        return problem("keyring", str(error), "unlock it, then run this again")
    if name is None:
        return NO_KEYRING
    return ok("keyring", f"{name}, where `talent-mcp login` keeps keys")


async def master_finding(settings: Settings, keys: Keys, rows: list[DataKeyRow]) -> Finding:
    """Where the master key is, and whether it opens every stored key."""
    where = "a file beside the data (default)" if settings.master_key is None else keys.master.place
    try:
        master = await keys.master.existing()
        if master is not None:
            for row in rows:
                if row.master != master.fingerprint:
                    raise KeysUnavailable(another(keys.master.place, master.fingerprint, row.master))
                unwrap(master, row)
        elif rows:
            raise KeysUnavailable(lost(keys.master.place, rows[0].master))
    except KeysUnavailable as error:
        return problem("master key", f"{where}: {error}", how_to_open(settings))
    if master is None:
        return ok("master key", f"{where}; it is made when it is first needed")
    return ok("master key", f"{where}, opens every data key ({len(rows)}; fingerprint {master.fingerprint})")


def how_to_open(settings: Settings) -> str:
    if settings.master_key is None:
        return f"{RESTORE}, or set TALENT_MASTER_KEY to where it is"
    reference = master_reference(settings)
    return f"{RESTORE}; if you chose another one just now: talent-mcp credentials rekey --master-key {reference}"


async def store_finding(settings: Settings, keys: Keys) -> Finding:
    """What is in the credential store, and whether it opens.

    Raises:
        StoreUnavailable: it cannot be read.
    """
    rows = [row for tenant in await keys.store.tenants() for row in await keys.store.credentials(tenant)]
    if not rows and settings.master_key is None:
        return NOT_CHOSEN
    broken = [error for row in rows if (error := await why_not_opened(row, keys))]
    if broken:
        return problem("credential store", broken[0], "put the master key right first; else log in again")
    active = sum(row.state == "active" for row in rows)
    return ok("credential store", f"opens: {active} active, {len(rows) - active} retired")


async def why_not_opened(row: CredentialRow, keys: Keys) -> str | None:
    """What is wrong with a stored credential; None if it opens."""
    try:
        key: DataKey = await keys.data_keys.version(row.tenant, "credentials", row.key_version)
        value_in(row, key)
    except (CredentialError, KeysUnavailable) as error:
        return str(error)
    return None


def memory_findings(protection: Protection) -> Iterator[Finding]:
    """How keys in the memory of a process are kept from others."""
    if protection.core_dumps_off and protection.tracing_off:
        yield ok("memory", "core dumps are off, and other processes of yours cannot look into it")
    elif protection.core_dumps_off:
        yield ok("memory", "core dumps are off; this system lets your other processes look into it")
    else:
        yield warning("memory", "this system may write keys into crash dumps", "switch off crash dumps for this user")
