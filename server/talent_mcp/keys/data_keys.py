"""A tenant's keys, each for one purpose, made at first need."""

import hmac
import time
from hashlib import sha256
from secrets import token_bytes

from talent_mcp.store.keys import DataKeyRow, KeyStore, Purpose


class DataKeys:
    """See talent_mcp.audit.tenant_keys.TenantKeys."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._known: dict[tuple[str, Purpose, int], bytes] = {}

    async def digest(self, tenant: str, text: bytes) -> bytes:
        return hmac.digest((await self.current(tenant, "index"))[1], text, sha256)

    async def current(self, tenant: str, purpose: Purpose) -> tuple[int, bytes]:
        versions = [version for t, p, version in self._known if (t, p) == (tenant, purpose)]
        if not versions:
            row = DataKeyRow(
                tenant=tenant, purpose=purpose, version=1, master="", wrapped=token_bytes(32), created_at=time.time()
            )
            await self._store.add_data_key(row)
            for key in await self._store.data_keys(tenant):
                self._known[tenant, key.purpose, key.version] = key.wrapped
            versions = [version for t, p, version in self._known if (t, p) == (tenant, purpose)]
        return max(versions), self._known[tenant, purpose, max(versions)]

    async def version(self, tenant: str, purpose: Purpose, version: int) -> bytes:
        await self.current(tenant, purpose)
        return self._known[tenant, purpose, version]
