"""What the audit log needs of the keys that a tenant has."""

from collections.abc import Iterable
from typing import Protocol

from talent_mcp.keys.data_keys import DataKey
from talent_mcp.store.keys import Purpose


class TenantKeys(Protocol):
    """A tenant's keys of 32 bytes, made at their first use.

    Every method raises StoreUnavailable when they can be neither read nor made.
    """

    async def digest(self, tenant: str, message: bytes) -> bytes:
        """A keyed hash of 32 bytes, the same in every process."""
        ...

    async def digests(self, tenant: str, messages: Iterable[bytes]) -> list[bytes]:
        """The same of each."""
        ...

    async def current(self, tenant: str, purpose: Purpose) -> DataKey:
        """The key that seals now."""
        ...

    async def version(self, tenant: str, purpose: Purpose, version: int) -> DataKey:
        """The key that something was sealed with."""
        ...
