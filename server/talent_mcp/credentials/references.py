"""References: where a credential lies. `env:NAME`, `file:PATH` (mode 0600) or `keyring:`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_mcp.private_files import readable_by_others
from talent_tools.vendor import VENDOR_NAMES, Vendor

VARIABLES: Mapping[Vendor, str] = {
    "ocean": "OCEAN_API_TOKEN",
    "stardex": "STARDEX_API_KEY",
    "jarvi": "JARVI_API_KEY",
}
FORMS = "env:NAME, file:PATH or keyring:"


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
    scheme, colon, place = text.partition(":")
    if not colon or scheme not in ("env", "file", "keyring") or bool(place) == (scheme == "keyring"):
        raise CredentialError(f"a credential in the settings is a reference: {FORMS}")
    return Reference(scheme, place)


def references(vendor: Vendor, configured: str | None) -> tuple[Reference, ...]:
    """Where to look for a vendor's credential, in order."""
    if configured is not None:
        return (parse_reference(configured),)
    return (Reference("env", VARIABLES[vendor]), Reference("keyring", ""))


async def dereference(
    reference: Reference, vendor: Vendor, environment: Mapping[str, str], keyring: KeyringStore
) -> Secret | None:
    """The credential at that place, or None where the place is empty.

    Raises:
        CredentialError: the place cannot be used: a file that others may read, a keyring that is not safe.
    """
    if reference.scheme == "env":
        value = environment.get(reference.place, "").strip()
        return checked(value, reference) if value else None
    if reference.scheme == "file":
        return await anyio.to_thread.run_sync(read_file, reference)
    return await keyring.read(vendor)


def read_file(reference: Reference) -> Secret | None:
    path = Path(reference.place).expanduser()
    if not path.is_file():
        return None
    if readable_by_others(path):
        raise CredentialError(f"{path} may be read by others; run `chmod 600 {path}`")
    try:
        return checked(path.read_text(encoding="utf-8").strip(), reference)
    except (OSError, UnicodeDecodeError):
        raise CredentialError(f"{path} cannot be read") from None


def checked(value: str, reference: Reference) -> Secret:
    """Only what can stand in an HTTP header is a key."""
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise CredentialError(f"what {reference} holds is not a key: it is empty or has spaces or odd characters")
    return Secret(value)


class Credentials:
    """The credentials of one process, each looked up at its first use and remembered until it is refused."""

    def __init__(
        self, configured: Mapping[Vendor, str | None], environment: Mapping[str, str], keyring: KeyringStore
    ) -> None:
        self._references = {vendor: references(vendor, configured.get(vendor)) for vendor in VENDOR_NAMES}
        self._environment = environment
        self._keyring = keyring
        self._known: dict[Vendor, tuple[Reference, Secret]] = {}

    async def find(self, vendor: Vendor) -> tuple[Reference, Secret] | None:
        """Where the vendor's credential lies, and the credential; None where every place is empty.

        Raises:
            CredentialError: a place that was configured cannot be used.
        """
        if vendor not in self._known:
            found = await self._look(vendor)
            if found is None:
                return None
            self._known[vendor] = found
        return self._known[vendor]

    def forget(self, vendor: Vendor) -> None:
        """Look it up anew at the next use: the vendor refused it."""
        self._known.pop(vendor, None)

    async def _look(self, vendor: Vendor) -> tuple[Reference, Secret] | None:
        places = self._references[vendor]
        for reference in places:
            try:
                secret = await dereference(reference, vendor, self._environment, self._keyring)
            except CredentialError:
                # Nobody asked for the keyring: where there is none, there is just no credential.
                if reference.scheme == "keyring" and len(places) > 1:
                    return None
                raise
            if secret is not None:
                return reference, secret
        return None
