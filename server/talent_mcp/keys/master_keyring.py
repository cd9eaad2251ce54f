"""A random master key in the operating system's keyring, apart from the keys of vendors there."""

from pathlib import Path

import anyio.to_thread

from talent_mcp.credentials.keyring_store import SERVICE, KeyringStore
from talent_mcp.credentials.secret import Secret, SecretKey
from talent_mcp.errors import CredentialError, KeysUnavailable
from talent_mcp.keys.master_files import key_in
from talent_mcp.keys.sealing import new_key
from talent_mcp.private_files import make_private_folder
from talent_mcp.store.turns import Turns

USER = "master-key"


class KeyringPlace:
    """64 hexadecimal digits under the service of the vendors' keys and a user name of its own.

    `lock` is a file by which processes take turns to make it.
    """

    def __init__(self, keyring: KeyringStore, name: str, lock: Path) -> None:
        self._keyring = keyring
        self._user = f"{USER}:{name}" if name else USER
        self._lock = lock

    @property
    def name(self) -> str:
        return f"the keyring of this computer (service {SERVICE}, user {self._user})"

    async def read(self) -> SecretKey | None:
        try:
            secret = await self._keyring.read(self._user)
        except CredentialError as error:
            raise KeysUnavailable(str(error)) from None
        if secret is None:
            return None
        key = key_in(secret.reveal().encode(errors="replace"))
        if key is None:
            raise KeysUnavailable(f"what {self.name} holds is no master key: 64 hexadecimal digits")
        return key

    async def make(self) -> None:
        turns = await anyio.to_thread.run_sync(self._turns)
        try:
            await self._keyring.write_first(self._user, Secret(new_key().reveal().hex()), turns)
        except CredentialError as error:
            raise KeysUnavailable(str(error)) from None
        finally:
            turns.close()

    def _turns(self) -> Turns:
        try:
            make_private_folder(self._lock.parent)
        except OSError:
            problem = f"the folder {self._lock.parent} cannot be made"
        else:
            return Turns(self._lock)
        raise KeysUnavailable(problem)
