"""Until when a process is surely alive, as its intents say so; written together with them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from talent_mcp.audit.entries import Entry

LEASE_SECONDS = 180.0
"""How long a process is taken to be alive after an intent: longer than a call with its outcome can last."""
RENEWED_AT_LEAST = 120.0
"""Seconds that are left of a lease when an intent that does not renew it is written."""


class Leases:
    """The leases of the processes that write through one store; with no more than one, of its own."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def due(self, entries: Iterable[Entry]) -> dict[str, float]:
        """What has to be written together with these entries: a process, and until when (Unix seconds)."""
        due: dict[str, float] = {}
        for entry in entries:
            process = entry.fields.get("process") if entry.type == "intent" else None
            if isinstance(process, str) and (until := self._renewed(process, entry)):
                due[process] = until
        return due

    def taken(self, leases: Mapping[str, float]) -> None:
        """They have been written."""
        self._until |= leases

    def processes(self) -> list[str]:
        return [*self._until]

    def _renewed(self, process: str, entry: Entry) -> float | None:
        at = datetime.fromisoformat(str(entry.fields["time"])).timestamp()
        left = self._until.get(process, 0.0) - at
        # Too much is left where the clock was put back.
        return None if RENEWED_AT_LEAST <= left <= LEASE_SECONDS else at + LEASE_SECONDS
