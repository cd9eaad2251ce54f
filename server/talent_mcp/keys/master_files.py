"""A master key in a file: one of the operator's, or one that systemd gives the service."""

import re
from collections.abc import Mapping
from pathlib import Path

import anyio.to_thread

from talent_mcp import systemd
from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.sealing import KEY_BYTES, new_key
from talent_mcp.private_files import OTHERS, NotPrivate, create_private_file, read_private_file

DIGITS = re.compile(rb"\s*([0-9a-fA-F]{%d})\s*" % (2 * KEY_BYTES))
MOST_BYTES = 1_024


class FilePlace:
    """A file of mode 0600 that holds the key as 64 hexadecimal digits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return f"the file {self._path}"

    async def read(self) -> SecretKey | None:
        return await anyio.to_thread.run_sync(read_key, self._path)

    async def make(self) -> None:
        await anyio.to_thread.run_sync(write_key, self._path, new_key())


class SystemdPlace:
    """A credential that systemd gives the service; it holds 64 hexadecimal digits and is made by the operator."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._path = systemd.credential_file(name, environment)

    @property
    def name(self) -> str:
        return f"the systemd credential {self._name}"

    async def read(self) -> SecretKey | None:
        if self._path is None:
            return None
        return await anyio.to_thread.run_sync(read_key, self._path, systemd.OTHERS)

    async def make(self) -> None:
        raise KeysUnavailable(
            f"there is no {self.name.removeprefix('the ')}: make 64 random hexadecimal digits and give them to the "
            "service with LoadCredential= or LoadCredentialEncrypted="
        )


def read_key(path: Path, others: int = OTHERS) -> SecretKey | None:
    """The key in the file; None if there is no such file.

    Raises:
        KeysUnavailable: it cannot be read, or by others too, or holds something else.
    """
    try:
        key = key_in(read_private_file(path, limit=MOST_BYTES, others=others))
    except FileNotFoundError:
        return None
    except NotPrivate:
        raise KeysUnavailable(f"{path} may be read by others; run `chmod 600 {path}`") from None
    except OSError:
        raise KeysUnavailable(f"{path} cannot be read as a file") from None
    if key is None:
        raise KeysUnavailable(f"{path} holds no master key: 64 hexadecimal digits")
    return key


def key_in(content: bytes) -> SecretKey | None:
    found = DIGITS.fullmatch(content)
    return None if found is None else SecretKey(bytes.fromhex(found[1].decode()))


def write_key(path: Path, key: SecretKey) -> None:
    """Write the key into a file of mode 0600, unless it is there.

    Raises:
        KeysUnavailable: it cannot be written.
    """
    try:
        create_private_file(path, key.reveal().hex().encode() + b"\n")
    except OSError as error:
        problem = f"{path} cannot be written: {error.strerror}"
    else:
        return
    # Raised here, as the frames of what was caught hold the key.
    raise KeysUnavailable(problem)
