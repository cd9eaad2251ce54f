"""Where each vendor's key is looked for and found, in words; never the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.credentials.references import Credentials, Reference, references
from talent_mcp.errors import CredentialError
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


async def key_place(
    vendor: Vendor, settings: Settings, environment: Mapping[str, str], keyring: KeyringStore
) -> KeyPlace:
    """Where the server would take this vendor's key from."""
    configured = settings.vendor(vendor).credential
    try:
        looked_at = references(vendor, configured)
    except CredentialError as error:
        return KeyPlace(vendor=vendor, problem=str(error))
    try:
        found = await Credentials({vendor: configured}, environment, keyring).find(vendor)
    except CredentialError as error:
        return KeyPlace(vendor=vendor, looked_at=looked_at, problem=str(error))
    return KeyPlace(vendor=vendor, looked_at=looked_at, where=None if found is None else found[0])


async def key_places(settings: Settings, environment: Mapping[str, str], keyring: KeyringStore) -> list[KeyPlace]:
    """The same for every vendor."""
    return [await key_place(vendor, settings, environment, keyring) for vendor in VENDOR_NAMES]


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
    """Whether both name one place; paths may be written with `~`."""
    if one is None or (one.scheme, other.scheme) != ("file", "file"):
        return one == other
    return expanded(one.place) == expanded(other.place)


def expanded(place: str) -> Path:
    """The path that `~` stands for; as it is where nobody has that name."""
    try:
        return Path(place).expanduser()
    except RuntimeError:
        return Path(place)


def in_words(reference: Reference) -> str:
    """The place, as a sentence's object."""
    if reference.scheme == "env":
        return f"the environment variable {reference.place}"
    return f"the file {reference.place}" if reference.scheme == "file" else "the keyring of this computer"
