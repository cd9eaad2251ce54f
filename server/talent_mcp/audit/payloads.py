"""What is recorded of a call besides its envelope: split by people, sealed for each, and put together again."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.audit.entries import Entry, Seal, StoredEntry, as_json
from talent_mcp.audit.sealing import PartKey, SealedPart, Unreadable, open_parts, parts_of, seal
from talent_mcp.audit.subjects import Subject, SubjectKey, Subjects
from talent_mcp.audit.tenant_keys import TenantKeys

Path = tuple[str | int, ...]
OpenedPart = tuple[PartKey, bytes | None]
ERASED: JsonValue = {"erased": True}
"""What a reader sees in the place of what was about somebody who was erased."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """What to record: `about` are the people that all of it is about, `found` those at places of their own in it, each
    sealed for everyone that it may be about.

    What is `unread` may be about anybody: it gets a key of its own, so that it can be erased from every copy too.
    """

    content: dict[str, JsonValue]
    about: Sequence[Subject] = ()
    found: Sequence[tuple[Path, Sequence[Subject]]] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Sealable:
    """A payload whose keys are at hand: the people it is about, and what seals it for an envelope."""

    subjects: list[str]
    seal: Seal


@dataclass(slots=True)
class Split:
    """A payload's parts: what is left of the whole, and what stood at the places of people."""

    content: JsonValue
    places: list[Path] = field(default_factory=list[Path])
    taken: list[JsonValue] = field(default_factory=list[JsonValue])

    def take(self, path: Path) -> None:
        self.content, value = without(self.content, path)
        self.places.append(path)
        self.taken.append(value)


class Payloads:
    """Seals and opens payloads. Every method raises StoreUnavailable or CredentialError when keys cannot be used."""

    def __init__(self, subjects: Subjects, keys: TenantKeys) -> None:
        self._subjects = subjects
        self._keys = keys

    async def sealable(self, tenant: str, payload: Payload) -> Sealable:
        found = [(path, people) for path, people in payload.found if any(people)]
        known = iter(await self._subjects.of(tenant, [*payload.about, *(one for _, people in found for one in people)]))
        keys = [*islice(known, len(payload.about))]
        places = [[*islice(known, len(people))] for _, people in found]
        named = [*dict.fromkeys(key.subject for key in chain(keys, *places) if key is not None)]
        if payload.unread and not any(keys):
            keys = [await self._subjects.unnamed(tenant)]
        split = Split({**payload.content})
        for path, _ in found:
            split.take(path)
        whole: JsonValue = {"content": split.content, "places": [[*path] for path in split.places]}
        parts = [(*await self._key(tenant, keys), as_json(whole))]
        parts += [
            (*await self._key(tenant, them), as_json(value)) for them, value in zip(places, split.taken, strict=True)
        ]
        return Sealable(named, lambda envelope: seal(parts, envelope))

    async def sealable_as(self, tenant: str, subjects: Sequence[str], content: dict[str, JsonValue]) -> Sealable:
        """What is about the same people as an entry that is there, by the names that its envelope has for them."""
        keys = await self._subjects.keys(tenant, subjects)
        known = [SubjectKey(subject, key) for subject, key in keys.items()]
        whole: JsonValue = {"content": content, "places": []}
        part = (*await self._key(tenant, known), as_json(whole))
        return Sealable([*keys], lambda envelope: seal([part], envelope))

    async def open(self, tenant: str, entries: Iterable[StoredEntry]) -> list[JsonValue]:
        """What each entry's payload holds: None where there is none (any more), ERASED in the place of people who
        were erased.

        Raises:
            Unreadable: one is not what was written.
        """
        wanted = [stored.entry for stored in entries]
        bodies = [entry.body for entry in wanted if entry.body is not None]
        material = await self._material(tenant, bodies)
        return [
            None if entry.body is None else put_together(open_parts(entry.body, entry.sealed_for, material.get))
            for entry in wanted
        ]

    async def parts(self, tenant: str, entries: Sequence[StoredEntry]) -> list[list[OpenedPart]]:
        """The parts of each entry's body as JSON, None for those that nobody can read any more, and whom each is
        about; none of a body that is not what was written, which `audit verify` tells more of."""
        sealed = [(stored.entry, readable(stored.entry.body)) for stored in entries]
        material = await self._material(tenant, [entry.body for entry, parts in sealed if parts and entry.body])
        return [opened(entry, parts, material) for entry, parts in sealed]

    async def _key(self, tenant: str, people: Iterable[SubjectKey | None]) -> tuple[PartKey, bytes]:
        """What seals a part about these people: all of their keys, so that to destroy one is enough."""
        keys = {key.subject: key.key for key in people if key is not None}
        if not keys:
            own = await self._keys.current(tenant, "payloads")
            return PartKey(version=own.version), own.key.reveal()
        named = sorted(keys)
        return PartKey(tuple(named)), b"".join(keys[subject] for subject in named)

    async def _material(self, tenant: str, bodies: Iterable[bytes]) -> dict[PartKey, bytes]:
        names = {part.key for body in bodies for part in parts_of(body)}
        keys = await self._subjects.keys(tenant, {subject for name in names for subject in name.subjects})
        versions = {name.version for name in names if not name.subjects}
        own = [await self._keys.version(tenant, "payloads", version) for version in versions]
        material = {PartKey(version=key.version): key.key.reveal() for key in own}
        for name in names:
            if name.subjects and all(subject in keys for subject in name.subjects):
                material[name] = b"".join(keys[subject] for subject in name.subjects)
        return material


def readable(body: bytes | None) -> list[SealedPart]:
    with suppress(Unreadable):
        return [] if body is None else parts_of(body)
    return []


def opened(entry: Entry, parts: Sequence[SealedPart], material: Mapping[PartKey, bytes]) -> list[OpenedPart]:
    with suppress(Unreadable):
        texts = open_parts(entry.body or b"", entry.sealed_for, material.get) if parts else []
        return [(part.key, text) for part, text in zip(parts, texts, strict=True)]
    return []


def put_together(texts: Sequence[bytes | None]) -> JsonValue:
    whole, *people = texts
    if whole is None:
        left: list[JsonValue] = [from_json(text) for text in people if text is not None]
        return {"erased": True, "left": left} if left else ERASED
    split: dict[str, Any] = from_json(whole)
    content: JsonValue = split["content"]
    for path, text in zip(split["places"], people, strict=True):
        content = with_value(content, path, ERASED if text is None else from_json(text))
    return content


def without(content: JsonValue, path: Path) -> tuple[JsonValue, JsonValue]:
    """The content with null in one place, and what stood there; what was given is left as it was."""
    value: Any = content
    for step in path:
        value = value[step]
    return with_value(content, path, None), value


def with_value(content: JsonValue, path: Sequence[str | int], value: JsonValue) -> JsonValue:
    """The content with another value in one place."""
    if not path:
        return value
    step, *rest = path
    if isinstance(content, dict):
        return {**content, str(step): with_value(content.get(str(step)), rest, value)}
    if isinstance(content, list) and isinstance(step, int) and step < len(content):
        return [*content[:step], with_value(content[step], rest, value), *content[step + 1 :]]
    raise Unreadable("the payload has no such place")
