"""The place that a reference of the master key names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.references import Reference
from talent_mcp.keys.master import AskPassphrase, MasterPlace
from talent_mcp.keys.master_files import FilePlace, SystemdPlace
from talent_mcp.keys.master_keyring import KeyringPlace

LOCK_FILE = "master.lock"


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a master key can be taken from: `home` keeps the parameters of a passphrase, which is in
    `passphrase_file`, or for `ask` to ask for."""

    home: Path
    environment: Mapping[str, str] = field(repr=False)
    keyring: KeyringStore
    passphrase_file: Path | None = None
    ask: AskPassphrase | None = None

    def place(self, reference: Reference) -> MasterPlace:
        """The place that it names."""
        if reference.scheme == "file":
            return FilePlace(Path(reference.place))
        if reference.scheme == "keyring":
            return KeyringPlace(self.keyring, reference.place, self.home / LOCK_FILE)
        if reference.scheme == "systemd":
            return SystemdPlace(reference.place, self.environment)
        # Only who sets it loads it.
        from talent_mcp.keys.passphrase import PassphrasePlace

        name = f"passphrase-{reference.place}.json" if reference.place else "passphrase.json"
        return PassphrasePlace(self.home / name, self.passphrase_file, self.ask)
