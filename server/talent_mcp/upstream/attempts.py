"""One request to a vendor: while it is under way, and as the audit log remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from talent_tools.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it went: `status` is None when no answer came, `error` then says what happened instead.

    `path` is the template, not the path that was sent: an identifier of a person stays out of the envelope.
    """

    vendor: Vendor
    host: str
    method: str
    path: str
    number: int
    status: int | None
    error: str | None
    milliseconds: int


@dataclass(slots=True)
class Progress:
    """How far one request got: whether it may have left, and what is known of its answer."""

    left: bool = True
    status: int | None = None
    error: str | None = None

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Follows the transport's own events: while it connects, nothing has left."""
        if event.startswith("connection.") and event.endswith(".started"):
            self.left = False
        elif event.endswith("send_request_headers.started"):
            self.left = True
