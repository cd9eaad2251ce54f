"""References: where a credential lies. `env:NAME`, `file:PATH` (mode 0600) or `keyring:`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_mcp.private_files import NotPrivate, read_private_file
from talent_tools.vendor import VENDOR_NAMES, Vendor

VARIABLES: Mapping[Vendor, str] = {
    "ocean": "OCEAN_API_TOKEN",
    "stardex": "STARDEX_API_KEY",
    "jarvi": "JARVI_API_KEY",
}
FORMS = "env:NAME, file:PATH or keyring:"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_BYTES = 16_384
"""More than any key has, and few enough to read at once."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where one credential lies: `scheme` env, file or keyring, and the name or path within it."""

    scheme: str
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.place}"


def parse_reference(text: str) -> Reference:
    """Read a reference.

    Raises:
        CredentialError: it has none of the known forms; the text is not repeated, as it may be a key.
    """
    scheme, _, place = text.strip().partition(":")
    known = {"env": VARIABLE.fullmatch(place), "file": place and "\0" not in place, "keyring": not place}
    if ":" not in text or not known.get(scheme):
        raise CredentialError(f"a credential in the settings is a reference: {FORMS}")
    return Reference(scheme, place)


def references(vendor: Vendor, configured: str | None) -> tuple[Reference, ...]:
    """Where to look for a vendor's credential, in order."""
    if configured is None:
        return (Reference("env", VARIABLES[vendor]), Reference("keyring", ""))
    try:
        return (parse_reference(configured),)
    except CredentialError as error:
        raise CredentialError(f"{VENDOR_NAMES[vendor]}: {error}") from None


async def dereference(
    reference: Reference, vendor: Vendor, environment: Mapping[str, str], keyring: KeyringStore
) -> Secret | None:
    """The credential at that place, or None where the place is empty.

    Raises:
        CredentialError: the place cannot be used: a file that others may read, a keyring that is not safe.
    """
    secret = await found_at(reference, vendor, environment, keyring)
    return None if secret is None else usable(secret, reference)


async def found_at(
    reference: Reference, vendor: Vendor, environment: Mapping[str, str], keyring: KeyringStore
) -> Secret | None:
    # No frame that holds a value as plain text raises: a traceback may show what its frames hold.
    if reference.scheme == "env":
        value = environment.get(reference.place, "").strip()
        return Secret(value) if value else None
    if reference.scheme == "file":
        return await anyio.to_thread.run_sync(read_file, Path(reference.place))
    return await keyring.read(vendor)


def read_file(path: Path) -> Secret | None:
    """What the file holds, blanks around it left out; None if there is no such file.

    Raises:
        CredentialError: it cannot be read, or by more people than its owner.
    """
    try:
        content = read_private_file(path.expanduser(), limit=MOST_BYTES)
    except FileNotFoundError:
        return None
    except NotPrivate:
        raise CredentialError(f"{path} may be read by others; run `chmod 600 {path}`") from None
    except (OSError, RuntimeError):
        raise CredentialError(f"{path} cannot be read as a file") from None
    return Secret(content.decode(errors="replace").strip())


def usable(secret: Secret, reference: Reference) -> Secret:
    """The secret, if it can be a key.

    Raises:
        CredentialError: it cannot.
    """
    if not is_key(secret):
        raise CredentialError(f"what {reference} holds is not a key: it is empty or has spaces or odd characters")
    return secret


def is_key(secret: Secret) -> bool:
    """Only what can stand in an HTTP header is a key."""
    value = secret.reveal()
    return bool(value) and value.isascii() and value.isprintable() and " " not in value


class Credentials:
    """The credentials of one process, each looked up at its first use and remembered until it is refused."""

    def __init__(
        self, configured: Mapping[Vendor, str | None], environment: Mapping[str, str], keyring: KeyringStore
    ) -> None:
        self._references = {vendor: references(vendor, configured.get(vendor)) for vendor in VENDOR_NAMES}
        self._looking = anyio.Lock(fast_acquire=True)
        self._environment = environment
        self._keyring = keyring
        self._known: dict[Vendor, tuple[Reference, Secret]] = {}

    async def find(self, vendor: Vendor) -> tuple[Reference, Secret] | None:
        """Where the vendor's credential lies, and the credential; None where every place is empty.

        Raises:
            CredentialError: a place that was configured cannot be used.
        """
        if vendor not in self._known:
            async with self._looking:
                if vendor not in self._known and (found := await self._look(vendor)):
                    self._known[vendor] = found
        return self._known.get(vendor)

    def forget(self, vendor: Vendor) -> None:
        """Look it up anew at the next use: the vendor refused it."""
        self._known.pop(vendor, None)

    async def _look(self, vendor: Vendor) -> tuple[Reference, Secret] | None:
        places = self._references[vendor]
        for reference in places:
            try:
                secret = await dereference(reference, vendor, self._environment, self._keyring)
            except NoKeyring:
                # Nobody asked for the keyring: where there is none, there is just no credential.
                if len(places) > 1:
                    return None
                raise
            if secret is not None:
                return reference, secret
        return None
