"""Entries: an envelope in clear that is hashed and kept for ever, and a sealed body apart that holds the people.

The envelope says who did what, when, to which vendor and how it ended, with people as subjects: random names that
stand for nobody once their keys are destroyed. It commits to its body as SHA-256 over the sealed bytes, so a body
can be removed, or become unreadable, and the log still verifies; and it is what the body is sealed for.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Literal

from pydantic import JsonValue
from pydantic_core import from_json, to_json

EntryType = Literal[
    "intent",
    "plan",
    "plan.approved",
    "plan.refused",
    "credential.used",
    "attempt",
    "outcome",
    "denied",
    "resolved",
    "shown",
    "subject.erased",
    "payloads.pruned",
    "checkpoint",
]
FORMAT = 2
COMMIT = re.compile(rb',"commit":"([0-9a-f]{64})"\}\Z')
"""How an envelope that commits to a body ends."""

Seal = Callable[[bytes], bytes]
"""Makes the body for an envelope that does not commit to it yet."""


@dataclass(frozen=True)
class Entry:
    """An entry as it is stored: the exact bytes of `envelope` are hashed; `body` is None where there is none."""

    tenant: str
    envelope: bytes
    body: bytes | None = None

    @cached_property
    def fields(self) -> dict[str, JsonValue]:
        """What the envelope says; raises ValueError if it is not readable."""
        fields: dict[str, JsonValue] = from_json(self.envelope)
        return fields

    @property
    def type(self) -> str:
        return str(self.fields["type"])

    @property
    def call_id(self) -> str:
        """The call that the entry is of; empty where it is of none."""
        return str(self.fields.get("call", ""))

    @property
    def vendor(self) -> str | None:
        vendor = self.fields.get("vendor")
        return None if vendor is None else str(vendor)

    @property
    def claims(self) -> list[str]:
        """Names of which each can be claimed by only one entry of a tenant's log; all of them, or none."""
        claimed = self.fields.get("claim", [])
        return [str(claim) for claim in claimed] if isinstance(claimed, list) else [str(claimed)]

    @property
    def answers(self) -> list[str]:
        """The names under which the answer that an entry brings can be found again."""
        names = self.fields.get("answers")
        return [str(name) for name in names] if isinstance(names, list) else []

    @property
    def outcome(self) -> str | None:
        """How a call ended, in an entry that says so."""
        outcome = self.fields.get("outcome")
        return None if outcome is None else str(outcome)

    @property
    def settles(self) -> bool:
        """Whether nothing is left to find out about the call once this entry is there."""
        return self.type in ("resolved", "denied") or (self.type == "outcome" and self.outcome != "unknown")

    @property
    def sealed_for(self) -> bytes:
        """The envelope as it was when the body was sealed for it."""
        return COMMIT.sub(b"}", self.envelope)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry and its place: `index` counts from 0 in its tenant's log."""

    index: int
    entry: Entry

    @property
    def envelope(self) -> dict[str, JsonValue]:
        """The envelope's fields."""
        return self.entry.fields

    @property
    def subjects(self) -> list[str]:
        """The people that it is about, by the names that stand for them."""
        named = self.envelope.get("subjects")
        return [str(name) for name in named] if isinstance(named, list) else []


def write_entry(
    *,
    tenant: str,
    type_: EntryType,
    at: float,
    call_id: str | None = None,
    fields: Mapping[str, JsonValue],
    seal: Seal | None = None,
) -> Entry:
    """An entry of this moment (Unix seconds); fields that are None are left out of the envelope."""
    known: dict[str, JsonValue] = {
        "v": FORMAT,
        "type": type_,
        "call": call_id,
        "tenant": tenant,
        "time": moment(at),
        **fields,
    }
    said: dict[str, JsonValue] = {name: value for name, value in known.items() if value is not None}
    envelope = to_json(said)
    if seal is None:
        return known_entry(Entry(tenant, envelope), said)
    body = seal(envelope)
    commit = commitment(body)
    entry = Entry(tenant, b'%b,"commit":"%b"}' % (envelope[:-1], commit.encode()), body)
    return known_entry(entry, {**said, "commit": commit})


def known_entry(entry: Entry, fields: dict[str, JsonValue]) -> Entry:
    """The entry, whose envelope need not be read to know what it says: it was just written."""
    vars(entry)["fields"] = fields
    return entry


def moment(at: float) -> str:
    """RFC 3339, in UTC, to the millisecond; two moments compare as their texts do."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def as_json(value: JsonValue) -> bytes:
    """Any value that a client can send, half a surrogate pair and NaN included: refused calls are kept too."""
    try:
        return to_json(value)
    except ValueError:
        return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def committed(envelope: bytes) -> str | None:
    """What an envelope says of its body; None where it has none."""
    found = COMMIT.search(envelope)
    return None if found is None else found[1].decode()


def commitment(body: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(body).hexdigest()
