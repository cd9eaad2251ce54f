"""The data keys of tenants: one a purpose and version, each wrapped under the master key."""

import hmac
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master, MasterKey
from talent_mcp.keys.sealing import DoesNotOpen, new_key, opened, seal
from talent_mcp.store.keys import DataKeyRow, KeyStore, Purpose

KIND = "data key"
CURRENT_SECONDS = 30.0
"""How long a process goes on with the newest version that it knows before it looks whether there is a newer one."""


class KeyGone(KeysUnavailable):
    """This version of a key was replaced and removed."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One version of a tenant's key for one purpose."""

    version: int
    key: SecretKey


@dataclass(slots=True)
class Ring:
    """The versions of one key that this process knows, and when it last looked (monotonic seconds)."""

    keys: dict[int, SecretKey] = field(default_factory=dict[int, SecretKey])
    read_at: float = float("-inf")

    def newest(self) -> DataKey:
        version = max(self.keys)
        return DataKey(version, self.keys[version])


class DataKeys:
    """Data keys by tenant and purpose, made at first need, unwrapped ones remembered.

    Every method raises KeysUnavailable if the master key cannot be had or is another one than a key was wrapped
    under, and StoreUnavailable if the database cannot be used. `clock` tells Unix seconds, `age_clock` monotonic ones.
    """

    def __init__(
        self,
        store: KeyStore,
        master: Master,
        *,
        clock: Callable[[], float] = time.time,
        age_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._age_clock = age_clock
        self._rings: dict[tuple[str, Purpose], Ring] = {}
        self._reading = anyio.Lock(fast_acquire=True)

    async def current(self, tenant: str, purpose: Purpose) -> DataKey:
        """The version to seal with: the newest, as of CURRENT_SECONDS ago at most. Ask anew each time, as what was
        sealed with a version that was removed meanwhile is refused by the store."""
        ring = self._ring(tenant, purpose)
        if self._is_old(ring):
            async with self._reading:
                if self._is_old(ring):
                    await self._read(ring, tenant, purpose)
                if not ring.keys:
                    await self._add(ring, tenant, purpose, 1)
        return ring.newest()

    async def version(self, tenant: str, purpose: Purpose, version: int) -> DataKey:
        """The version that something was sealed with.

        Raises:
            KeyGone: it is not there, any more or yet.
        """
        ring = self._ring(tenant, purpose)
        if version not in ring.keys:
            async with self._reading:
                if version not in ring.keys:
                    await self._read(ring, tenant, purpose)
        if version not in ring.keys:
            raise KeyGone(f"the key that this was sealed with (version {version}) is not there")
        return DataKey(version, ring.keys[version])

    async def add_version(self, tenant: str, purpose: Purpose, version: int) -> None:
        """Make this version, unless another process was quicker."""
        ring = self._ring(tenant, purpose)
        async with self._reading:
            await self._add(ring, tenant, purpose, version)

    async def digest(self, tenant: str, message: bytes) -> bytes:
        """HMAC-SHA256 under the tenant's key for indexes: the same for the same, and only within this tenant."""
        (digest,) = await self.digests(tenant, [message])
        return digest

    async def digests(self, tenant: str, messages: Iterable[bytes]) -> list[bytes]:
        """The same of each."""
        key = (await self.current(tenant, "index")).key.reveal()
        return [hmac.digest(key, message, "sha256") for message in messages]

    def _ring(self, tenant: str, purpose: Purpose) -> Ring:
        return self._rings.setdefault((tenant, purpose), Ring())

    def _is_old(self, ring: Ring) -> bool:
        return not ring.keys or self._age_clock() - ring.read_at > CURRENT_SECONDS

    async def _read(self, ring: Ring, tenant: str, purpose: Purpose) -> None:
        began = self._age_clock()
        rows = [row for row in await self._store.data_keys(tenant) if row.purpose == purpose]
        # What is known already need not be unwrapped again, and could not be under a master key that is new.
        ring.keys = {row.version: ring.keys.get(row.version) or await self._unwrapped(row) for row in rows}
        ring.read_at = began

    async def _unwrapped(self, row: DataKeyRow) -> SecretKey:
        master = await self._master.existing()
        if master is None:
            raise KeysUnavailable(lost(self._master.place, row.master))
        if master.fingerprint != row.master:
            raise KeysUnavailable(another(self._master.place, master.fingerprint, row.master))
        return unwrap(master, row)

    async def _add(self, ring: Ring, tenant: str, purpose: Purpose, version: int) -> None:
        master = await self._master_for_new_keys(tenant)
        row = wrap(master, new_key(), tenant, purpose, version, self._clock())
        await self._store.add_data_key(row)
        # Whoever was first has won; and while this was written, the others may have got another master key.
        await self._read(ring, tenant, purpose)
        self._require(master, await self._some_rows(tenant))

    async def _master_for_new_keys(self, tenant: str) -> MasterKey:
        """The master key that the keys in the store are wrapped under; made only where nothing is wrapped yet."""
        rows = await self._some_rows(tenant)
        if not rows:
            return await self._master.made()
        master = await self._master.existing()
        if master is None:
            raise KeysUnavailable(lost(self._master.place, rows[0].master))
        self._require(master, rows)
        return master

    async def _some_rows(self, tenant: str) -> list[DataKeyRow]:
        """This tenant's keys, and those of another one, as all are wrapped under one master key at a time."""
        rows = await self._store.data_keys(tenant)
        others = [other for other in await self._store.tenants() if other != tenant][:1]
        return rows + [row for other in others for row in await self._store.data_keys(other)]

    def _require(self, master: MasterKey, rows: Sequence[DataKeyRow]) -> None:
        for row in rows:
            if row.master != master.fingerprint:
                raise KeysUnavailable(another(self._master.place, master.fingerprint, row.master))


def wrap(
    master: MasterKey, key: SecretKey, tenant: str, purpose: Purpose, version: int, created_at: float
) -> DataKeyRow:
    """The key as a row that opens with this master key and as this row only."""
    return DataKeyRow(
        tenant=tenant,
        purpose=purpose,
        version=version,
        master=master.fingerprint,
        wrapped=seal(master.key, key, KIND, tenant, purpose, version, master.fingerprint),
        created_at=created_at,
    )


def unwrap(master: MasterKey, row: DataKeyRow) -> SecretKey:
    """The key of a row.

    Raises:
        KeysUnavailable: the row was changed or moved, or wrapped under another master key.
    """
    try:
        return opened(master.key, row.wrapped, KIND, row.tenant, row.purpose, row.version, row.master)
    except DoesNotOpen as error:
        raise KeysUnavailable(f"a stored key for {row.purpose} does not open: {error}") from None


CHOOSE = (
    "Set TALENT_MASTER_KEY as it was (in this terminal too), or change to the new one with `talent-mcp credentials "
    "rekey --master-key REFERENCE`"
)


def lost(place: str, wanted: str) -> str:
    return (
        f"there is no master key in {place}; the stored keys were wrapped under the one with fingerprint {wanted}. "
        f"{CHOOSE}"
    )


def another(place: str, found: str, wanted: str) -> str:
    return (
        f"these keys were wrapped under another master key (fingerprint {wanted}); the one in {place} has fingerprint "
        f"{found}. {CHOOSE}"
    )
