"""The credential store: vendor keys in the database, sealed and bound to whose they are."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder, Scope, holder_of, sealed, value_in
from talent_mcp.errors import CredentialError, StoreUnavailable
from talent_mcp.keys.data_keys import DataKeys, KeyGone
from talent_mcp.store.keys import CredentialRow, CredentialState, KeyStore

ATTEMPTS = 4
"""At what another process may change at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCredential:
    """A credential from the store: whose it is, and its version."""

    secret: Secret
    scope: Scope
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What may be said of a stored credential: all but its value."""

    holder: Holder
    version: int
    state: CredentialState
    key_version: int
    created_at: float


class Vault:
    """Credentials sealed under the tenant's key for them.

    Every method raises CredentialError where the store or its keys cannot be used.
    """

    def __init__(self, store: KeyStore, keys: DataKeys, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    async def prepare(self, tenant: str) -> None:
        """Make sure that something can be put in."""
        with store_in_words():
            await self._keys.current(tenant, "credentials")

    async def put(self, holder: Holder, secret: Secret) -> int:
        """Keep the secret as the newest version, which is the active one from now on; which version it is."""
        with store_in_words():
            for _ in range(ATTEMPTS):
                rows = await self._rows(holder)
                version = max((row.version for row in rows), default=0) + 1
                if await self._added(holder, version, secret):
                    return version
        raise CredentialError("another process keeps changing this credential")

    async def find(self, holder: Holder) -> StoredCredential | None:
        """The active version of the principal's own credential, or else of the tenant's; None if there is neither."""
        with store_in_words():
            for _ in range(ATTEMPTS):
                rows = [row for row in await self._rows(holder, or_tenant=True) if row.state == "active"]
                if not rows:
                    return None
                # The tenant's has no principal, so that a principal's own is the greater.
                row = max(rows, key=lambda row: (row.principal, row.version))
                try:
                    key = await self._keys.version(row.tenant, "credentials", row.key_version)
                except KeyGone:
                    # It was sealed anew in between; the row says under which key.
                    continue
                return StoredCredential(secret=value_in(row, key), scope=holder_of(row).scope, version=row.version)
        raise CredentialError("the key that this credential was sealed with is not there")

    async def listed(self, tenant: str) -> list[Listed]:
        """Every version of every credential."""
        with store_in_words():
            return [described(row) for row in await self._store.credentials(tenant)]

    async def remove(self, holder: Holder) -> int:
        """Remove all versions; how many there were."""
        with store_in_words():
            return await self._store.remove_credential(holder.tenant, holder.principal, holder.vendor, holder.name)

    async def _rows(self, holder: Holder, *, or_tenant: bool = False) -> list[CredentialRow]:
        holders = {holder, replace(holder, principal="") if or_tenant else holder}
        return [row for row in await self._store.credentials(holder.tenant) if holder_of(row) in holders]

    async def _added(self, holder: Holder, version: int, secret: Secret) -> bool:
        """Whether this version is now the newest; not if another process made one meanwhile."""
        key = await self._keys.current(holder.tenant, "credentials")
        try:
            await self._store.add_credential(sealed(holder, version, secret, key, self._clock()))
        except StoreUnavailable:
            if not any(row.version >= version for row in await self._rows(holder)):
                raise
            return False
        return True


def described(row: CredentialRow) -> Listed:
    return Listed(
        holder=holder_of(row),
        version=row.version,
        state=row.state,
        key_version=row.key_version,
        created_at=row.created_at,
    )


@contextmanager
def store_in_words() -> Generator[None]:
    """Say of the store and its keys what the audit log would say of itself.

    Raises:
        CredentialError: they cannot be used.
    """
    try:
        yield
    except StoreUnavailable as error:
        raise CredentialError(f"the credential store cannot be used: {error}") from None
