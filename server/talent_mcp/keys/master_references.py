"""How the settings name the place of the master key; never the key."""

import re
from pathlib import Path

from talent_mcp.credentials.references import NAME, Reference

PLACE = re.compile(NAME)
"""Of a key in the keyring, of the parameters of a passphrase, of a systemd credential: also a file's name."""
FORMS = "keyring:, file:PATH, passphrase: or systemd:NAME"
DEFAULT_FILE = "master.key"


def parse_master_reference(text: str) -> Reference:
    """Read a reference; a path becomes a whole one.

    Raises:
        ValueError: it has none of the known forms; the text is not repeated, as it may be a key.
    """
    scheme, colon, place = text.strip().partition(":")
    if scheme == "file" and colon and place.strip() and "\0" not in place:
        return Reference("file", whole(place.strip()))
    named = bool(PLACE.fullmatch(place))
    if not colon or not {"keyring": named or not place, "passphrase": named or not place, "systemd": named}.get(scheme):
        raise ValueError(f"must say where the key lies: {FORMS}")
    return Reference(scheme, place)


def whole(place: str) -> str:
    try:
        return str(Path(place).expanduser().absolute())
    except RuntimeError:
        raise ValueError("begins with ~ and a user who has no home folder") from None


def default_reference(home: Path) -> Reference:
    """Where the key lies if nobody chose: in a file beside what it protects."""
    return Reference("file", str(home / DEFAULT_FILE))
