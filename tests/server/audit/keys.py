"""A tenant's keys without a database: each is made of its name."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.keys.data_keys import DataKey
from talent_mcp.store.keys import Purpose


class MadeUpKeys:
    """See talent_mcp.audit.tenant_keys.TenantKeys; `newest` is the version that seals."""

    def __init__(self) -> None:
        self.newest = 1

    async def digest(self, tenant: str, message: bytes) -> bytes:
        return hmac.digest(tenant.encode(), message, sha256)

    async def digests(self, tenant: str, messages: Iterable[bytes]) -> list[bytes]:
        return [await self.digest(tenant, message) for message in messages]

    async def current(self, tenant: str, purpose: Purpose) -> DataKey:
        return await self.version(tenant, purpose, self.newest)

    async def version(self, tenant: str, purpose: Purpose, version: int) -> DataKey:
        return DataKey(version, SecretKey(sha256(f"{tenant} {purpose} {version}".encode()).digest()))
