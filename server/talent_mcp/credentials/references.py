"""References: where a credential lies. The settings hold these, never a value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_tools.vendor import VENDOR_NAMES, Vendor

VARIABLES: Mapping[Vendor, str] = {
    "ocean": "OCEAN_API_TOKEN",
    "stardex": "STARDEX_API_KEY",
    "jarvi": "JARVI_API_KEY",
}
FORMS = "env:NAME, file:PATH, keyring:, store:, op://VAULT/ITEM/FIELD, bws:ID or systemd:NAME"
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
PLACES: Mapping[str, re.Pattern[str]] = {
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
    "file": re.compile(r"[^\0]+"),
    "keyring": re.compile(""),
    "store": re.compile(f"(?:{NAME})?"),
    "op": re.compile(r"//[^/\s][^/]*(?:/[^/]+){2,3}"),
    "bws": re.compile(UUID),
    "systemd": re.compile(NAME),
}
"""What follows each scheme. `op` takes 1Password's secret references, vault/item/[section/]field."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where one credential lies: a `scheme`, and the name or path within it."""

    scheme: str
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.place}"


def parse_reference(text: str) -> Reference:
    """Read a reference.

    Raises:
        CredentialError: it has none of the known forms; the text is not repeated, as it may be a key.
    """
    scheme, colon, place = text.strip().partition(":")
    if not colon or scheme not in PLACES or not PLACES[scheme].fullmatch(place) or unprintable(scheme, place):
        raise CredentialError(f"a credential in the settings is a reference: {FORMS}")
    return Reference(scheme, place)


def unprintable(scheme: str, place: str) -> bool:
    """A file's name may be anything; the others are shown, and handed to other programs."""
    return scheme != "file" and not place.isprintable()


def references(vendor: Vendor, configured: str | None, *, with_store: bool = False) -> tuple[Reference, ...]:
    """Where to look for a vendor's credential, in order; in the store only if that is set up, unless it is named."""
    if configured is None:
        store = (Reference("store", ""),) if with_store else ()
        return (Reference("env", VARIABLES[vendor]), *store, Reference("keyring", ""))
    try:
        return (parse_reference(configured),)
    except CredentialError as error:
        raise CredentialError(f"{VENDOR_NAMES[vendor]}: {error}") from None


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
