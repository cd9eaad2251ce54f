"""Where `login` may put a key: the system's keyring, a file that only its owner can read, the credential store."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio.to_thread

from talent_mcp.app_keys import Keys
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.references import Reference
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import DEFAULT_NAME, Holder
from talent_mcp.errors import CredentialError
from talent_mcp.private_files import replace_private_file
from talent_tools.vendor import Vendor


class Keeper(Protocol):
    """One place that a key can be put."""

    @property
    def name(self) -> str:
        """The place, in words."""
        ...

    @property
    def reference(self) -> Reference:
        """How the settings name it."""
        ...

    async def keep(self, secret: Secret) -> None:
        """Put the key there, in place of what was there.

        Raises:
            CredentialError: it cannot be done; what was there is still there.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyringKeeper:
    """The keyring `store`, which calls itself `name`."""

    vendor: Vendor
    store: KeyringStore
    name: str

    @property
    def reference(self) -> Reference:
        return Reference("keyring", "")

    async def keep(self, secret: Secret) -> None:
        await self.store.write(self.vendor, secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileKeeper:
    """A file of mode 0600 with nothing in it but the key."""

    path: Path

    @property
    def name(self) -> str:
        return f"the file {self.path}"

    @property
    def reference(self) -> Reference:
        return Reference("file", str(self.path))

    async def keep(self, secret: Secret) -> None:
        try:
            await anyio.to_thread.run_sync(replace_private_file, self.path, f"{secret.reveal()}\n".encode())
        except OSError as error:
            raise CredentialError(f"{self.path} cannot be written: {error.strerror}") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreKeeper:
    """The credential store, for this holder; a further key becomes the newest version."""

    holder: Holder
    open_keys: Callable[[], AbstractAsyncContextManager[Keys]]

    @property
    def name(self) -> str:
        whose = f" for {self.holder.principal}" if self.holder.principal else ""
        called = "" if self.holder.name == DEFAULT_NAME else f" under the name {self.holder.name}"
        return f"the credential store{whose}{called}"

    @property
    def reference(self) -> Reference:
        return Reference("store", "" if self.holder.name == DEFAULT_NAME else self.holder.name)

    async def prepare(self) -> None:
        """Make sure that it can be kept there.

        Raises:
            CredentialError: it cannot.
        """
        async with self.open_keys() as keys:
            await keys.vault.prepare(self.holder.tenant)

    async def keep(self, secret: Secret) -> None:
        async with self.open_keys() as keys:
            await keys.vault.put(self.holder, secret)
