"""The audit log as the rest of the server writes and reads it."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from secrets import randbits

from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, EntryType, write_entry
from talent_mcp.audit.pseudonyms import Pseudonyms
from talent_mcp.identity import Caller
from talent_mcp.store.protocol import Head, Store
from talent_mcp.upstream.attempts import Attempt
from talent_tools.vendor import Vendor

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
CALL_ID_CHARACTERS = 20
CALL_ID_RANDOM_BITS = 52


def new_call_id(now: float) -> str:
    """An identifier that sorts by time: 48 bits of milliseconds, 52 random bits, in Crockford's base 32."""
    number = int(now * 1000) << CALL_ID_RANDOM_BITS | randbits(CALL_ID_RANDOM_BITS)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(5 * (CALL_ID_CHARACTERS - 1), -1, -5))


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecord:
    """What all entries of one call say in common.

    `tool` is None where the call named none that exists; `request` is the pseudonym of what a call asks for, once its
    arguments are known to fit.
    """

    call_id: str
    caller: Caller
    tool: str | None
    vendor: Vendor | None
    request: str | None = None


class AuditLog:
    """Writes the entries of calls. Every method that is awaited raises StoreUnavailable when it cannot.

    `ended` is told of each call whose outcome is durable.
    """

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        *,
        ended: Callable[[CallRecord], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pseudonyms = pseudonyms
        self._ended = ended
        self._clock = clock

    def begin(self, caller: Caller, tool: str | None, vendor: Vendor | None) -> CallRecord:
        """A new call, which nothing is written of yet."""
        return CallRecord(call_id=new_call_id(self._clock()), caller=caller, tool=tool, vendor=vendor)

    def identified(self, call: CallRecord, tool: str, arguments: JsonValue) -> CallRecord:
        """The call, with what it asks for as a pseudonym.

        Raises:
            StoreUnavailable: the key of the pseudonyms can be neither read nor made.
        """
        return replace(call, request=self._pseudonyms.of_request(tool, arguments))

    async def intent(self, call: CallRecord, *, decision: str, arguments: JsonValue, subjects: Iterable[str]) -> Head:
        """Write that the call is about to act; durable on return."""
        fields: dict[str, JsonValue] = {
            "decision": decision,
            "request": call.request,
            "subjects": [*self._pseudonyms.of(subjects)],
        }
        return await self._store.append(self._entry(call, "intent", fields, {"arguments": arguments}))

    def attempt(self, call: CallRecord, attempt: Attempt) -> None:
        """Write one request to a vendor; durable with the call's next entry."""
        fields: dict[str, JsonValue] = {
            "host": attempt.host,
            "method": attempt.method,
            "path": attempt.path,
            "number": attempt.number,
            "status": attempt.status,
            "error": attempt.error,
            "ms": attempt.milliseconds,
        }
        self._store.enqueue(self._entry(call, "attempt", fields, None, vendor=attempt.vendor))

    async def outcome(
        self, call: CallRecord, outcome: str, *, fields: Mapping[str, JsonValue], result: JsonValue
    ) -> Head:
        """Write how the call ended: success, failure or unknown; durable on return."""
        head = await self._store.append(self._entry(call, "outcome", {"outcome": outcome, **fields}, result))
        self._ended(call)
        return head

    async def denied(self, call: CallRecord, reason: str, *, arguments: JsonValue) -> Head:
        """Write that the call was refused before it could act; durable on return."""
        return await self._store.append(self._entry(call, "denied", {"reason": reason}, arguments))

    def _entry(
        self,
        call: CallRecord,
        type_: EntryType,
        fields: Mapping[str, JsonValue],
        payload: JsonValue,
        *,
        vendor: Vendor | None = None,
    ) -> Entry:
        who: dict[str, JsonValue] = {
            "principal": call.caller.principal,
            "transport": call.caller.transport,
            "client": call.caller.client,
            "tool": call.tool,
        }
        return write_entry(
            tenant=call.caller.tenant,
            call_id=call.call_id,
            type_=type_,
            at=self._clock(),
            vendor=vendor or call.vendor,
            fields={**who, **fields} if type_ in ("intent", "denied") else fields,
            payload=payload,
        )
