"""People in the audit log: each a subject with a random name and a key of its own, found by what it is known by.

What a person is known by (`kind:normalised identifier`) is kept only as keyed hashes, under a key of the tenant's.
The envelope names subjects, and what is recorded about a person is sealed under its key. When the key and the
hashes are destroyed, the name in the envelopes is a random number that stands for nobody.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from secrets import token_bytes

from talent_mcp.audit.tenant_keys import TenantKeys
from talent_mcp.keys.sealing import new_key
from talent_mcp.keys.subject_keys import unwrap_subject, wrap_subject
from talent_mcp.store.keys import Alias, KeyStore, Known, SubjectRow

Subject = Sequence[str]
"""One person, by each identifier that is known of it."""
IDENTIFYING = frozenset({"email", "external", "jarvi", "linkedin", "ocean", "stardex"})
"""Kinds that belong to one person; a telephone may ring on several desks, and names are shared."""
NAME_BYTES = 16
REMEMBERED_SECONDS = 30.0
"""How long another process may go on with a key after it was destroyed. What it seals with it, nobody can read."""
MOST_REMEMBERED = 2_000
"""Enough for the calls of half a minute, of which each asks for the same people at its intent and at its outcome."""


Place = tuple[str, tuple[Alias, ...]]
"""A tenant, and all that a person is known by."""


@dataclass(frozen=True, slots=True, repr=False)
class SubjectKey:
    """A subject and its key."""

    subject: str
    key: bytes


class Subjects:
    """The people of all tenants.

    Every method raises StoreUnavailable when the keys cannot be read or made.
    """

    def __init__(self, store: KeyStore, keys: TenantKeys, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._remembered: OrderedDict[Place, tuple[float, SubjectKey]] = OrderedDict()

    async def of(self, tenant: str, people: Iterable[Subject]) -> list[SubjectKey | None]:
        """The subject of each of these people, in order: None for one of whom nothing is known.

        Those that nobody knew are known from now on.
        """
        wanted = [(tenant, await self._aliases(tenant, person)) for person in people]
        keys = {place: key for place in wanted if (key := self._recall(place))}
        if missing := {place for place in wanted if place[1] and place not in keys}:
            keys |= await self._joined(tenant, [*missing])
        return [keys.get(place) for place in wanted]

    async def unnamed(self, tenant: str) -> SubjectKey:
        """A new subject that stands for whoever something is about, which nobody knows."""
        (row,) = await self._store.join(tenant, [Known((), await self._fresh(tenant))])
        return await self._opened(row)

    async def person(self, tenant: str, person: Subject) -> list[str]:
        """Every subject that is this person."""
        return [row.subject for row in await self._store.person(tenant, await self._aliases(tenant, person))]

    async def oldest(self, tenant: str, identifier: str, *, limit: int) -> list[str]:
        """The subjects of the person whom this identifies, from the oldest, no more than `limit` of them."""
        (alias,) = await self._aliases(tenant, [identifier])
        return [row.subject for row in await self._store.oldest(tenant, alias, limit=limit)]

    async def keys(self, tenant: str, subjects: Iterable[str]) -> dict[str, bytes]:
        """The keys of those that have not been destroyed."""
        rows = await self._store.keys_of(tenant, [*dict.fromkeys(subjects)])
        return {row.subject: (await self._opened(row)).key for row in rows}

    async def destroy(self, tenant: str, subjects: Sequence[str]) -> int:
        """Destroy the keys of subjects and what they were known by; how many had one."""
        self._remembered.clear()
        return await self._store.destroy(tenant, subjects)

    async def _aliases(self, tenant: str, person: Subject) -> tuple[Alias, ...]:
        known = [*dict.fromkeys(person)]
        digests = await self._keys.digests(tenant, [identifier.encode() for identifier in known])
        kinds = (identifier.partition(":")[0] for identifier in known)
        return tuple(Alias(digest, kind in IDENTIFYING) for digest, kind in zip(digests, kinds, strict=True))

    async def _joined(self, tenant: str, places: Sequence[Place]) -> dict[Place, SubjectKey]:
        people = [Known(aliases, await self._fresh(tenant)) for _, aliases in places]
        rows = await self._store.join(tenant, people)
        keys = {place: await self._opened(row) for place, row in zip(places, rows, strict=True)}
        for place, key in keys.items():
            self._remember(place, key)
        return keys

    async def _fresh(self, tenant: str) -> SubjectRow:
        under = await self._keys.current(tenant, "subjects")
        return wrap_subject(under, new_key(), tenant, token_bytes(NAME_BYTES).hex(), self._clock())

    async def _opened(self, row: SubjectRow) -> SubjectKey:
        under = await self._keys.version(row.tenant, "subjects", row.key_version)
        return SubjectKey(row.subject, unwrap_subject(under, row).reveal())

    def _recall(self, place: Place) -> SubjectKey | None:
        since, key = self._remembered.get(place, (-math.inf, None))
        # Nothing is remembered from the future: the clock was put back since.
        return key if 0.0 <= self._clock() - since <= REMEMBERED_SECONDS else None

    def _remember(self, place: Place, key: SubjectKey) -> None:
        self._remembered[place] = (self._clock(), key)
        self._remembered.move_to_end(place)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
