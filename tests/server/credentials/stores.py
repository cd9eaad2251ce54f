"""Credential stores for tests of what looks into one."""

from dataclasses import dataclass, field
from typing import NoReturn

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.credentials.vault import StoredCredential
from talent_mcp.errors import CredentialError


class NoStore:
    """Nobody may look into the store."""

    async def find(self, holder: Holder) -> NoReturn:
        raise AssertionError("the store was asked")


@dataclass
class MemoryStore:
    """One value a holder, a principal's own before the tenant's; counts how often it is asked."""

    values: dict[Holder, str] = field(default_factory=dict[Holder, str])
    version: int = 1
    problem: CredentialError | None = None
    asked: int = 0

    async def find(self, holder: Holder) -> StoredCredential | None:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        tenants = Holder(tenant=holder.tenant, vendor=holder.vendor, name=holder.name)
        for each in (holder, tenants):
            if each in self.values:
                return StoredCredential(secret=Secret(self.values[each]), scope=each.scope, version=self.version)
        return None
