"""Credentials that systemd gives a service, by LoadCredential= or LoadCredentialEncrypted= (systemd.exec(5))."""

import stat
from collections.abc import Mapping
from pathlib import Path

FOLDER = "CREDENTIALS_DIRECTORY"
OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""What the mode of such a file must not allow. The group may read, as it seems: systemd lets the user of the service
in by an access list, and that is how its mask shows (systemd/systemd#29435)."""


def credential_file(name: str, environment: Mapping[str, str]) -> Path | None:
    """Where the credential of this name would be; None in a process that systemd gave none."""
    folder = environment.get(FOLDER, "")
    return Path(folder) / name if folder else None
