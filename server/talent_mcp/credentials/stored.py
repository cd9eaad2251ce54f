"""One stored credential: a row that opens with its tenant's key and as itself only."""

from dataclasses import dataclass, replace
from typing import Literal

from talent_mcp.credentials.secret import Secret, SecretKey
from talent_mcp.errors import CredentialError
from talent_mcp.keys.data_keys import DataKey
from talent_mcp.keys.sealing import DoesNotOpen, Part, opened, seal
from talent_mcp.store.keys import CredentialRow

KIND = "credential"
DEFAULT_NAME = "default"

Scope = Literal["principal", "tenant"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Whose credential it is, and under what name; without a principal it is the tenant's own."""

    tenant: str
    principal: str = ""
    vendor: str
    name: str = DEFAULT_NAME

    @property
    def scope(self) -> Scope:
        """Whether it is one principal's or the tenant's."""
        return "principal" if self.principal else "tenant"


def sealed(holder: Holder, version: int, secret: Secret, key: DataKey, created_at: float) -> CredentialRow:
    """The secret as a row that opens with this key and as this row only."""
    return CredentialRow(
        tenant=holder.tenant,
        principal=holder.principal,
        vendor=holder.vendor,
        name=holder.name,
        version=version,
        state="active",
        key_version=key.version,
        sealed=seal(key.key, SecretKey(secret.reveal().encode()), *place(holder, version, key)),
        created_at=created_at,
    )


def value_in(row: CredentialRow, key: DataKey) -> Secret:
    """What the row holds.

    Raises:
        CredentialError: the row was changed, or moved from where it was sealed.
    """
    try:
        return Secret(opened(key.key, row.sealed, *place(holder_of(row), row.version, key)).reveal().decode())
    except DoesNotOpen as error:
        raise CredentialError(f"the stored {row.vendor} credential does not open: {error}") from None


def resealed(row: CredentialRow, old: DataKey, new: DataKey) -> CredentialRow:
    """The same under another version of the data key.

    Raises:
        CredentialError: it does not open.
    """
    anew = sealed(holder_of(row), row.version, value_in(row, old), new, row.created_at)
    return replace(row, key_version=anew.key_version, sealed=anew.sealed)


def place(holder: Holder, version: int, key: DataKey) -> tuple[Part, ...]:
    """What a row is bound to, besides its key."""
    return KIND, holder.tenant, holder.principal, holder.vendor, holder.name, version, key.version


def holder_of(row: CredentialRow) -> Holder:
    return Holder(tenant=row.tenant, principal=row.principal, vendor=row.vendor, name=row.name)
