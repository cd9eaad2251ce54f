"""Opaque cursors, each bound to the query that produced it."""

import base64
import hashlib
import json
from typing import Any

UNBOUND = {"size", "search_after", "fields"}


class ForeignCursorError(ValueError):
    """The cursor is damaged or belongs to another query."""


def fingerprint(query: dict[str, Any]) -> str:
    canonical = json.dumps(query, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def cursor_after(query: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{query}:{position}".encode()).decode().rstrip("=")


def position_after(query: str, cursor: str | None) -> int:
    """Where the next page starts; 0 without a cursor."""
    if not cursor:
        return 0
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError as error:
        raise ForeignCursorError("searchAfter cannot be read") from error
    owner, _, position = text.partition(":")
    if owner != query or not position.isdecimal():
        raise ForeignCursorError("searchAfter belongs to another query")
    return int(position)
