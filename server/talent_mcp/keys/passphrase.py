"""A master key that is derived from a passphrase with Argon2id (RFC 9106)."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Any

import anyio.to_thread

from talent_mcp.credentials.secret import Secret, SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import AskPassphrase, fingerprint
from talent_mcp.keys.sealing import KEY_BYTES
from talent_mcp.private_files import NotPrivate, create_private_file, read_private_file

SALT_BYTES = 16
SHORTEST = 12
"""Characters of a new passphrase: with fewer, guessing is cheap whatever it costs a guess."""
MOST_BYTES = 4_096


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one guess costs: passes over the memory, its size in KiB, and lanes (threads)."""

    iterations: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


MOST = Cost(iterations=64, memory_kib=4 * 1024 * 1024, lanes=64)
"""A file that asks for more is damaged, and must not exhaust this computer."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What turns a passphrase into a key again, and the key's fingerprint, which tells a wrong passphrase."""

    salt: bytes
    cost: Cost
    fingerprint: str


class PassphrasePlace:
    """The parameters in a file of mode 0600, the passphrase in `source` (0600 too) or in somebody's head."""

    def __init__(self, path: Path, source: Path | None, ask: AskPassphrase | None, *, cost: Cost | None = None) -> None:
        self._path = path
        self._source = source
        self._ask = ask
        self._cost = cost or Cost()

    @property
    def name(self) -> str:
        return f"a passphrase and the file {self._path}"

    async def read(self) -> SecretKey | None:
        parameters = await anyio.to_thread.run_sync(read_parameters, self._path)
        if parameters is None:
            return None
        key = await derive(await self._passphrase(new=False), parameters.salt, parameters.cost)
        if fingerprint(key) != parameters.fingerprint:
            raise KeysUnavailable(f"that is not the passphrase that belongs to {self._path}")
        return key

    async def make(self) -> None:
        passphrase, salt = await self._passphrase(new=True), token_bytes(SALT_BYTES)
        if len(passphrase.reveal()) < SHORTEST:
            raise KeysUnavailable(f"a passphrase needs at least {SHORTEST} characters")
        key = await derive(passphrase, salt, self._cost)
        parameters = Parameters(salt, self._cost, fingerprint(key))
        await anyio.to_thread.run_sync(write_parameters, self._path, parameters)

    async def _passphrase(self, *, new: bool) -> Secret:
        if self._source is not None:
            return await anyio.to_thread.run_sync(read_passphrase, self._source)
        if self._ask is None:
            raise KeysUnavailable(
                "nobody can be asked for the passphrase here; put it into a file (TALENT_PASSPHRASE_FILE)"
            )
        return self._ask(new)


async def derive(passphrase: Secret, salt: bytes, cost: Cost) -> SecretKey:
    """The key; in a thread, as it takes a while."""

    def argon2id() -> SecretKey:
        # Imported late: most servers have no passphrase.
        from unicodedata import normalize

        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        kdf = Argon2id(
            salt=salt, length=KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
        )
        # Keyboards and editors write the same letter with an accent in two ways.
        return SecretKey(kdf.derive(normalize("NFC", passphrase.reveal()).encode(errors="surrogatepass")))

    return await anyio.to_thread.run_sync(argon2id)


def read_passphrase(path: Path) -> Secret:
    """What the file holds, without the line break at its end.

    Raises:
        KeysUnavailable: it is not there, cannot be read, by others too, or is empty.
    """
    try:
        passphrase = Secret(read_private_file(path, limit=MOST_BYTES).decode(errors="surrogateescape").rstrip("\r\n"))
    except NotPrivate:
        raise KeysUnavailable(f"{path} may be read by others; run `chmod 600 {path}`") from None
    except OSError:
        raise KeysUnavailable(f"the passphrase cannot be read from {path}") from None
    if not passphrase.reveal():
        raise KeysUnavailable(f"there is no passphrase in {path}")
    return passphrase


def read_parameters(path: Path) -> Parameters | None:
    """The parameters; None if there is no such file.

    Raises:
        KeysUnavailable: they cannot be read, by others too, or are none.
    """
    try:
        return parameters_in(json.loads(read_private_file(path, limit=MOST_BYTES)))
    except FileNotFoundError:
        return None
    except NotPrivate:
        raise KeysUnavailable(f"{path} may be read by others; run `chmod 600 {path}`") from None
    except OSError:
        raise KeysUnavailable(f"{path} cannot be read as a file") from None
    except (ValueError, KeyError, TypeError):
        raise KeysUnavailable(f"{path} is damaged; without it the master key is lost: restore a copy") from None


def parameters_in(content: Any) -> Parameters:
    """Raises ValueError, KeyError or TypeError: these are no parameters."""
    cost = Cost(**{name: int(content[name]) for name in asdict(MOST)})
    if content["kdf"] != "argon2id" or any(
        not 0 < number <= asdict(MOST)[name] for name, number in asdict(cost).items()
    ):
        raise ValueError
    return Parameters(bytes.fromhex(content["salt"]), cost, str(content["fingerprint"]))


def write_parameters(path: Path, parameters: Parameters) -> None:
    """Write them into a file of mode 0600, unless it is there.

    Raises:
        KeysUnavailable: it cannot be written.
    """
    content = {"kdf": "argon2id", "salt": parameters.salt.hex(), "fingerprint": parameters.fingerprint}
    try:
        create_private_file(path, json.dumps({**content, **asdict(parameters.cost)}, indent=2).encode() + b"\n")
    except OSError as error:
        raise KeysUnavailable(f"{path} cannot be written: {error.strerror}") from None
