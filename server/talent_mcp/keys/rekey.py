"""Keys are changed while servers run: what they hold in memory goes on working, and nothing is lost if this is killed.

Each step leaves a store that opens, and a second run goes on where the first one ended.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from talent_mcp.credentials.stored import resealed
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.data_keys import CURRENT_SECONDS, DataKey, DataKeys, unwrap, wrap
from talent_mcp.keys.master import MasterKey
from talent_mcp.keys.subject_keys import rewrapped
from talent_mcp.store.keys import CredentialRow, DataKeyRow, KeyStore, Purpose

RENEWED: tuple[Purpose, ...] = ("credentials", "subjects")
"""Keys that can be replaced: all that they seal lies in the store of keys itself."""
PAGE = 500
NOTICE_SECONDS = CURRENT_SECONDS + 15.0
"""After so long every process seals with a new version: it looks for one every CURRENT_SECONDS, and what it seals
is written, or refused, soon after."""
ROUNDS = 8

Wait = Callable[[float], Awaitable[None]]


async def rewrap_all(store: KeyStore, masters: Sequence[MasterKey], new: MasterKey) -> int:
    """Wrap every data key of every tenant under the new master key; how many were not yet.

    All change in one transaction; what another process adds meanwhile is wrapped in the next.

    Raises:
        KeysUnavailable: one was wrapped under a master key that is none of these; nothing was changed then.
        StoreUnavailable: the database cannot be used.
    """
    known = {master.fingerprint: master for master in (*masters, new)}
    changed = 0
    while stale := [row for row in await all_rows(store) if row.master != new.fingerprint]:
        require_known(stale, [*known.values()])
        await store.rewrap([rewrapped_key(row, known[row.master], new) for row in stale])
        changed += len(stale)
    return changed


def require_known(rows: Sequence[DataKeyRow], masters: Sequence[MasterKey]) -> None:
    """Make sure that all of these rows can be opened.

    Raises:
        KeysUnavailable: one was wrapped under a master key that is none of these.
    """
    known = {master.fingerprint for master in masters}
    for row in rows:
        if row.master not in known:
            raise KeysUnavailable(
                f"some keys were wrapped under a master key that is not here (fingerprint {row.master})"
            )


async def all_rows(store: KeyStore) -> list[DataKeyRow]:
    return [row for tenant in await store.tenants() for row in await store.data_keys(tenant)]


def rewrapped_key(row: DataKeyRow, old: MasterKey, new: MasterKey) -> DataKeyRow:
    return wrap(new, unwrap(old, row), row.tenant, row.purpose, row.version, row.created_at)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was sealed anew, and how many older keys were removed."""

    sealed: int
    removed: int


class Renewal:
    """Gives every tenant new keys for credentials and for people, and seals anew what was under the older ones.

    In this order: every new version is there before anything is sealed with it; every process knows of it before the
    last is sealed anew; and an older version goes only once nothing needs it, which the store itself makes sure of.
    Where there are several versions already, an earlier run was not finished: this one finishes it, and no more.
    """

    def __init__(
        self,
        store: KeyStore,
        keys: DataKeys,
        *,
        wait: Wait,
        page: int = PAGE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._keys = keys
        self._wait = wait
        self._page = page
        self._clock = clock

    async def run(self) -> Renewed:
        """All tenants.

        Raises:
            TalentError: something does not open, or the database cannot be used. What was sealed anew stays so.
        """
        await self._add_versions()
        await self._notice()
        done = [await self._renew(rows) for rows in await self._renewable()]
        return Renewed(sum(each.sealed for each in done), sum(each.removed for each in done))

    async def _renewable(self) -> list[list[DataKeyRow]]:
        """Each key of each tenant that can be renewed, as its versions, oldest first."""
        found: dict[tuple[str, Purpose], list[DataKeyRow]] = {}
        for row in await all_rows(self._store):
            if row.purpose in RENEWED:
                found.setdefault((row.tenant, row.purpose), []).append(row)
        return [*found.values()]

    async def _add_versions(self) -> None:
        """Give every key a newer version, unless an earlier run did and was not finished."""
        keys = await self._renewable()
        begun = [versions[-1].created_at for versions in keys if len(versions) > 1]
        # What that run finished is as new as what it did not.
        done_since = min(begun, default=float("inf")) - NOTICE_SECONDS
        for newest in (versions[0] for versions in keys if len(versions) == 1):
            if newest.created_at < done_since:
                await self._keys.add_version(newest.tenant, newest.purpose, newest.version + 1)

    async def _notice(self) -> None:
        """Wait until every process has noticed the newest keys."""
        newest = max((versions[-1].created_at for versions in await self._renewable()), default=0.0)
        await self._wait(min(max(0.0, newest + NOTICE_SECONDS - self._clock()), NOTICE_SECONDS))

    async def _renew(self, rows: list[DataKeyRow]) -> Renewed:
        tenant, purpose = rows[0].tenant, rows[0].purpose
        *older, newest = [row.version for row in rows]
        new = await self._keys.version(tenant, purpose, newest)
        sealed = removed = 0
        for _ in range(ROUNDS):
            sealed += await self._seal_anew(tenant, purpose, new)
            gone = [version for version in older if await self._store.remove_data_key(tenant, purpose, version)]
            older = [version for version in older if version not in gone]
            removed += len(gone)
            if not older:
                return Renewed(sealed, removed)
        raise KeysUnavailable(f"something is still sealed under an older key for {purpose}; run this again")

    async def _seal_anew(self, tenant: str, purpose: Purpose, new: DataKey) -> int:
        return await (self._credentials(tenant, new) if purpose == "credentials" else self._subjects(tenant, new))

    async def _subjects(self, tenant: str, new: DataKey) -> int:
        count = 0
        while page := await self._store.subjects_sealed_before(tenant, new.version, limit=self._page):
            old = {row.key_version: await self._keys.version(tenant, "subjects", row.key_version) for row in page}
            await self._store.reseal_subjects([rewrapped(row, old[row.key_version], new) for row in page])
            count += len(page)
        return count

    async def _credentials(self, tenant: str, new: DataKey) -> int:
        stale = [row for row in await self._store.credentials(tenant) if row.key_version < new.version]
        for start in range(0, len(stale), self._page):
            page = stale[start : start + self._page]
            await self._store.reseal_credentials([await self._resealed(row, new) for row in page])
        return len(stale)

    async def _resealed(self, row: CredentialRow, new: DataKey) -> CredentialRow:
        return resealed(row, await self._keys.version(row.tenant, "credentials", row.key_version), new)
