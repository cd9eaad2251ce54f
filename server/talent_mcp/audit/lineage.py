"""Lineage: a call that brought nothing yet, and the later ones that ask for the same."""

from dataclasses import dataclass

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import CallRecord
from talent_mcp.store.protocol import Store

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Answered:
    """The call that brought the answer, and the status of its result."""

    call_id: str
    status: str


class Lineage:
    """An unsettled call and those that may answer it; each look reads only what the log holds behind the last one."""

    def __init__(self, entries: list[StoredEntry]) -> None:
        intent = entries[0]
        self.tenant = intent.entry.tenant
        self._call_id = intent.entry.call_id
        self._principal = str(intent.envelope["principal"])
        self._request = str(intent.envelope["request"])
        self._running: dict[str, None] = {} if is_pending(entries) else {self._call_id: None}
        self._seen = intent.index + 1

    def concerns(self, call: CallRecord) -> bool:
        """Whether this call, which has ended, may be the answer."""
        asked = (call.caller.tenant, call.caller.principal, call.request)
        return asked == (self.tenant, self._principal, self._request)

    async def look(self, store: Store, *, size: int) -> Answered | None:
        """The first call that brought an answer, in a log of `size` entries; None while there is none.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        if size == self._seen:
            return None
        later = await store.calls_with_request(self.tenant, self._principal, self._request, start=self._seen, stop=size)
        self._running |= dict.fromkeys(later)
        for call_id in [*self._running]:
            answered = await self._judge(store, call_id)
            if answered is not None:
                return answered
        # Not before all were judged: a look that fails midway is made again.
        self._seen = size
        return None

    async def _judge(self, store: Store, call_id: str) -> Answered | None:
        entries = await store.call(self.tenant, call_id)
        if not has_ended(entries):
            return None
        del self._running[call_id]
        end = entries[-1].envelope
        succeeded = end.get("outcome") == "success"
        if is_pending(entries) or not (succeeded or call_id == self._call_id):
            return None
        return Answered(call_id, str(end.get("status") or end.get("outcome") or end.get("as")))


def unsettled(entries: list[StoredEntry]) -> Lineage | None:
    """The lineage of a call that may still be answered: it runs, or its vendor said that it needs more time.

    None for every other call, and for those of versions that did not record what a call asks for.
    """
    intent = entries[0]
    if intent.entry.type != "intent" or "request" not in intent.envelope:
        return None
    return None if has_ended(entries) and not is_pending(entries) else Lineage(entries)


def has_ended(entries: list[StoredEntry]) -> bool:
    return entries[-1].entry.type in ("outcome", "resolved", "denied")


def is_pending(entries: list[StoredEntry]) -> bool:
    """Whether the vendor said that it needs more time."""
    return has_ended(entries) and entries[-1].envelope.get("status") == PENDING
