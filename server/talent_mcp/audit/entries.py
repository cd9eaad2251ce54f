"""Entries: an envelope in clear that is hashed and kept for ever, and a payload apart that holds the people.

The envelope says who did what, when, to which vendor and how it ended, with people as keyed pseudonyms.
The payload holds arguments and results; the envelope commits to it as SHA-256 over its salted bytes, so a
payload can be removed and the log still verifies.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Literal

from pydantic import JsonValue
from pydantic_core import from_json, to_json

EntryType = Literal["intent", "attempt", "outcome", "denied"]
FORMAT = 1
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is stored: the bytes of `envelope` are hashed; `payload` is salt and JSON, or None.

    The other fields repeat the envelope for the database's indexes; `at` is in Unix seconds.
    """

    tenant: str
    call_id: str
    type: EntryType
    at: float
    vendor: str | None
    envelope: bytes
    payload: bytes | None

    @property
    def settles(self) -> bool:
        """Whether nothing is left to find out about the call once this entry is there."""
        return self.type == "outcome" and from_json(self.envelope).get("outcome") != "unknown"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry and its place: `index` counts from 0 in its tenant's log."""

    index: int
    entry: Entry

    @property
    def envelope(self) -> dict[str, JsonValue]:
        """The envelope's fields."""
        fields: dict[str, JsonValue] = from_json(self.entry.envelope)
        return fields

    @property
    def payload(self) -> JsonValue:
        """What the payload holds, or None where there is none (any more)."""
        return None if self.entry.payload is None else from_json(self.entry.payload[SALT_BYTES:])


def write_entry(
    *,
    tenant: str,
    call_id: str,
    type_: EntryType,
    at: float,
    vendor: str | None = None,
    fields: Mapping[str, JsonValue],
    payload: JsonValue = None,
) -> Entry:
    """An entry of this moment; fields that are None are left out of the envelope."""
    sealed = None if payload is None else token_bytes(SALT_BYTES) + as_json(payload)
    envelope: dict[str, JsonValue] = {
        "v": FORMAT,
        "type": type_,
        "call": call_id,
        "tenant": tenant,
        "time": moment(at),
    }
    known: dict[str, JsonValue] = {"vendor": vendor, **fields}
    envelope |= {name: value for name, value in known.items() if value is not None}
    if sealed is not None:
        envelope["commit"] = commitment(sealed)
    return Entry(tenant, call_id, type_, at, vendor, to_json(envelope), sealed)


def moment(at: float) -> str:
    """RFC 3339, in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def as_json(value: JsonValue) -> bytes:
    """Any value that a client can send, half a surrogate pair and NaN included: refused calls are kept too."""
    try:
        return to_json(value)
    except ValueError:
        return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def commitment(payload: bytes) -> str:
    """What an envelope says of its payload: SHA-256 in hex over the salt and the JSON."""
    return sha256(payload).hexdigest()
