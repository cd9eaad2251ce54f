"""The places that references name, and how each is looked into."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio.to_thread
from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp import systemd
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.references import Reference, usable
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import DEFAULT_NAME, Holder, Scope
from talent_mcp.credentials.vault import StoredCredential
from talent_mcp.errors import CredentialError
from talent_mcp.identity import Caller
from talent_mcp.private_files import OTHERS, NotPrivate, read_private_file
from talent_tools.vendor import Vendor

MOST_BYTES = 16_384
"""More than any key has, and few enough to read at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCredential:
    """A credential and where it came from; of one in the store also whose it is, and its version."""

    reference: Reference
    secret: Secret
    scope: Scope | None = None
    version: int | None = None


class CredentialStore(Protocol):
    """Where `store:` leads."""

    async def find(self, holder: Holder) -> StoredCredential | None:
        """The principal's own credential, or else the tenant's.

        Raises:
            CredentialError: the store or its keys cannot be used.
        """
        ...


class Sources:
    """All places that a reference can name; for `store:` it matters who asks."""

    def __init__(self, environment: Mapping[str, str], keyring: KeyringStore, store: CredentialStore) -> None:
        self._environment = environment
        self._keyring = keyring
        self._store = store

    async def find(self, reference: Reference, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        """The credential at that place, or None where the place is empty.

        Raises:
            CredentialError: the place cannot be used: a file that others may read, a keyring that is not safe.
        """
        if reference.scheme == "store":
            return await self._stored(reference, vendor, caller)
        secret = await self._read(reference, vendor)
        return None if secret is None else FoundCredential(reference=reference, secret=usable(secret, reference))

    async def _stored(self, reference: Reference, vendor: Vendor, caller: Caller) -> FoundCredential | None:
        name = reference.place or DEFAULT_NAME
        stored = await self._store.find(
            Holder(tenant=caller.tenant, principal=caller.principal, vendor=vendor, name=name)
        )
        if stored is None:
            return None
        secret = usable(stored.secret, reference)
        return FoundCredential(reference=reference, secret=secret, scope=stored.scope, version=stored.version)

    async def _read(self, reference: Reference, vendor: Vendor) -> Secret | None:
        # No frame that holds a value as plain text raises: a traceback may show what its frames hold.
        if reference.scheme == "env":
            value = self._environment.get(reference.place, "").strip()
            return Secret(value) if value else None
        if reference.scheme == "file":
            return await anyio.to_thread.run_sync(read_file, Path(reference.place), OTHERS)
        if reference.scheme == "systemd":
            return await self._from_systemd(reference.place)
        if reference.scheme == "keyring":
            return await self._keyring.read(vendor)
        return await self._from_tool(reference)

    async def _from_systemd(self, name: str) -> Secret | None:
        path = systemd.credential_file(name, self._environment)
        return None if path is None else await anyio.to_thread.run_sync(read_file, path, systemd.OTHERS)

    async def _from_tool(self, reference: Reference) -> Secret:
        # Imported late: few have their keys there.
        from talent_mcp.credentials.tools import BWS, OP, output_of

        if reference.scheme == "op":
            return await output_of(OP, ["read", "--no-newline", str(reference)], self._environment)
        arguments = ["secret", "get", reference.place, "--output", "json"]
        secret = value_of(await output_of(BWS, arguments, self._environment))
        if secret is None:
            raise CredentialError(f"what `bws` answered for {reference} is not a secret")
        return secret


def read_file(path: Path, others: int) -> Secret | None:
    """What the file holds, blanks around it left out; None if there is no such file.

    Raises:
        CredentialError: it cannot be read, or by more people than its owner.
    """
    try:
        content = read_private_file(path.expanduser(), limit=MOST_BYTES, others=others)
    except FileNotFoundError:
        return None
    except NotPrivate:
        raise CredentialError(f"{path} may be read by others; run `chmod 600 {path}`") from None
    except (OSError, RuntimeError):
        raise CredentialError(f"{path} cannot be read as a file") from None
    return Secret(content.decode(errors="replace").strip())


def value_of(answer: Secret) -> Secret | None:
    """The value in the JSON of a secret; None if there is none."""
    try:
        content: JsonValue = from_json(answer.reveal())
    except ValueError:
        return None
    value = content.get("value") if isinstance(content, dict) else None
    return Secret(value.strip()) if isinstance(value, str) else None
