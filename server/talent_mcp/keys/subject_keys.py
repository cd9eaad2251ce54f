"""The keys of people, each wrapped under its tenant's key for subjects and bound to the person's random name."""

from dataclasses import replace

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.data_keys import DataKey
from talent_mcp.keys.sealing import DoesNotOpen, opened, seal
from talent_mcp.store.keys import SubjectRow

KIND = "subject key"


def wrap_subject(under: DataKey, key: SecretKey, tenant: str, subject: str, created_at: float) -> SubjectRow:
    """The person's key as a row that opens with this data key and as this row only."""
    return SubjectRow(
        tenant=tenant,
        subject=subject,
        key_version=under.version,
        wrapped=seal(under.key, key, KIND, tenant, subject, under.version),
        created_at=created_at,
    )


def unwrap_subject(under: DataKey, row: SubjectRow) -> SecretKey:
    """The key of a row.

    Raises:
        KeysUnavailable: the row was changed or moved, or another key wrapped it.
    """
    try:
        return opened(under.key, row.wrapped, KIND, row.tenant, row.subject, row.key_version)
    except DoesNotOpen as error:
        raise KeysUnavailable(f"the stored key of a person does not open: {error}") from None


def rewrapped(row: SubjectRow, old: DataKey, new: DataKey) -> SubjectRow:
    """The same under another version of the data key.

    Raises:
        KeysUnavailable: it does not open.
    """
    anew = wrap_subject(new, unwrap_subject(old, row), row.tenant, row.subject, row.created_at)
    return replace(row, key_version=anew.key_version, wrapped=anew.wrapped)
