"""What the rest of the server asks of the database that holds keys: rows only, every key in them wrapped.

It is apart from the audit log (another file, another schema), so that a copy of the log alone opens nothing, and
an old copy of the log brings nobody back whose key was destroyed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Purpose = Literal["credentials", "subjects", "payloads", "index", "signing"]
"""What a tenant's data key is for: each has keys of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataKeyRow:
    """A tenant's key for one purpose, wrapped under the master key of this fingerprint; versions count from 1."""

    tenant: str
    purpose: Purpose
    version: int
    master: str
    wrapped: bytes
    created_at: float


@dataclass(frozen=True, slots=True)
class Alias:
    """A keyed hash of something that a person is known by.

    What `identifies` (an e-mail address, a profile) belongs to one person; what does not (a telephone number, a
    name) may belong to several.
    """

    digest: bytes
    identifies: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectRow:
    """A person, under a random name, with a key wrapped under this version of the tenant's key for subjects."""

    tenant: str
    subject: str
    key_version: int
    wrapped: bytes
    created_at: float


@dataclass(frozen=True, slots=True)
class Known:
    """One person: what it is known by, and the subject that it becomes where nothing of that is known yet."""

    aliases: Sequence[Alias]
    fresh: SubjectRow


CredentialState = Literal["active", "retired"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialRow:
    """One version of a credential, sealed; `principal` is empty where it is the tenant's own. Versions count from 1."""

    tenant: str
    principal: str
    vendor: str
    name: str
    version: int
    state: CredentialState
    key_version: int
    sealed: bytes
    created_at: float


class KeyStore(Protocol):
    """Keys and credentials, durable on return and shared by processes.

    Every method raises StoreUnavailable when the database cannot do it. Whatever seals a subject or a credential
    under a version of a key that was replaced and removed is refused so, too: a process may hold such a key in
    memory for a while, but nothing that it seals with it could be opened later.
    """

    async def data_keys(self, tenant: str) -> list[DataKeyRow]:
        """All of a tenant's data keys, oldest version first."""
        ...

    async def tenants(self) -> list[str]:
        """Every tenant that has data keys."""
        ...

    async def add_data_key(self, key: DataKeyRow) -> bool:
        """Whether it was added: not if there is one of this purpose and version already."""
        ...

    async def rewrap(self, keys: Sequence[DataKeyRow]) -> None:
        """Put these in place of those of the same purposes and versions, all or none."""
        ...

    async def remove_data_key(self, tenant: str, purpose: Purpose, version: int) -> bool:
        """Whether it is gone: not while a subject or a credential is sealed under it. It leaves no trace in the
        files."""
        ...

    async def oldest(self, tenant: str, identifier: Alias, *, limit: int) -> list[SubjectRow]:
        """The subjects of the person whom this identifies, from the oldest, no more than `limit` of them."""
        ...

    async def join(self, tenant: str, people: Sequence[Known]) -> list[SubjectRow]:
        """For each of these people the oldest subject of the person whom one of its aliases identifies, or else its
        `fresh` one.

        Someone of whom nothing that identifies is known is the first person that any of the aliases stands for.

        From now on all of its aliases stand for that person, and so do all that one of them identified: these are one
        person. It takes and adds as much for a person of many subjects and aliases as for one of few.
        """
        ...

    async def person(self, tenant: str, aliases: Sequence[Alias]) -> list[SubjectRow]:
        """Every subject of whoever one of these aliases stands for; and those who are known by nothing that
        identifies, but share a name or a number with them."""
        ...

    async def keys_of(self, tenant: str, subjects: Sequence[str]) -> list[SubjectRow]:
        """Those of these subjects that have not been destroyed."""
        ...

    async def destroy(self, tenant: str, subjects: Sequence[str]) -> int:
        """Destroy the keys of subjects, and all that a person was known by with the last of its subjects; how many
        had one. It leaves no trace of the keys in the files of the database."""
        ...

    async def subjects_sealed_before(self, tenant: str, key_version: int, *, limit: int) -> list[SubjectRow]:
        """Subjects whose keys are wrapped under an older version."""
        ...

    async def reseal_subjects(self, rows: Sequence[SubjectRow]) -> None:
        """Put these in place of the rows of the same subjects; one that was destroyed meanwhile stays so."""
        ...

    async def credentials(self, tenant: str) -> list[CredentialRow]:
        """All versions of all credentials of a tenant, by vendor, principal, name and version."""
        ...

    async def add_credential(self, row: CredentialRow) -> None:
        """Add the newest version of a credential and retire those before it.

        Raises:
            StoreUnavailable: also if this version exists.
        """
        ...

    async def reseal_credentials(self, rows: Sequence[CredentialRow]) -> None:
        """Put these in place of the rows of the same versions; one that was removed meanwhile stays so, and one
        that was added in its place (`created_at` differs) stays as it is."""
        ...

    async def remove_credential(self, tenant: str, principal: str, vendor: str, name: str) -> int:
        """Remove all versions of a credential; how many there were. It leaves no trace in the files."""
        ...

    async def close(self) -> None: ...
