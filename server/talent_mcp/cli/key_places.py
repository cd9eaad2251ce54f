"""Where each vendor's key is looked for and found, in words; never the key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from talent_mcp.app_keys import Keys
from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.references import Reference, references
from talent_mcp.credentials.stored import DEFAULT_NAME
from talent_mcp.errors import CredentialError
from talent_mcp.identity import local_caller
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPlace:
    """What was found of one vendor's key: `where` it lies, or the `problem` with the place that was configured.

    Nothing was looked at where the configured reference has no known form.
    """

    vendor: Vendor
    looked_at: tuple[Reference, ...] = ()
    where: Reference | None = None
    problem: str | None = None

    @property
    def state(self) -> Literal["present", "missing", "unusable"]:
        if self.problem is not None:
            return "unusable"
        return "missing" if self.where is None else "present"


async def key_place(vendor: Vendor, settings: Settings, keys: Keys) -> KeyPlace:
    """Where the server would take this vendor's key from."""
    configured, with_store = settings.vendor(vendor).credential, settings.master_key is not None
    try:
        looked_at = references(vendor, configured, with_store=with_store)
    except CredentialError as error:
        return KeyPlace(vendor=vendor, problem=str(error))
    credentials = Credentials({vendor: configured}, keys.sources, with_store=with_store)
    try:
        found = await credentials.find(vendor, local_caller("cli", None))
    except CredentialError as error:
        return KeyPlace(vendor=vendor, looked_at=looked_at, problem=str(error))
    return KeyPlace(vendor=vendor, looked_at=looked_at, where=None if found is None else found.reference)


async def key_places(settings: Settings, keys: Keys) -> list[KeyPlace]:
    """The same for every vendor."""
    return [await key_place(vendor, settings, keys) for vendor in VENDOR_NAMES]


async def keyring_name(keyring: KeyringStore) -> str | None:
    """The name of this machine's keyring; None where there is none that keeps a key safe.

    Raises:
        CredentialError: there is one that does not answer.
    """
    try:
        return await keyring.name()
    except NoKeyring:
        return None


def same_place(one: Reference | None, other: Reference) -> bool:
    """Whether both name one place; paths may be written with `~`, and the usual name in the store left out."""
    if one is None or one.scheme != other.scheme:
        return False
    if one.scheme == "store":
        return (one.place or DEFAULT_NAME) == (other.place or DEFAULT_NAME)
    return one == other if one.scheme != "file" else expanded(one.place) == expanded(other.place)


def expanded(place: str) -> Path:
    """The path that `~` stands for; as it is where nobody has that name."""
    try:
        return Path(place).expanduser()
    except RuntimeError:
        return Path(place)


def in_words(reference: Reference) -> str:
    """The place, as a sentence's object."""
    name = f" under the name {reference.place}" if reference.place else ""
    return {
        "env": f"the environment variable {reference.place}",
        "file": f"the file {reference.place}",
        "keyring": "the keyring of this computer",
        "store": f"the credential store{name}",
        "op": f"1Password ({reference})",
        "bws": f"Bitwarden Secrets Manager ({reference})",
        "systemd": f"the systemd credential {reference.place}",
    }[reference.scheme]
