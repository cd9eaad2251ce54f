"""The audit log as the rest of the server writes it."""

import json
import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from secrets import randbits, token_hex

from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, EntryType, Seal, write_entry
from talent_mcp.audit.payloads import Payload, Payloads
from talent_mcp.audit.recent import RecentCalls
from talent_mcp.audit.subjects import Subject
from talent_mcp.audit.tenant_keys import TenantKeys
from talent_mcp.credentials.sources import FoundCredential
from talent_mcp.errors import StoreUnavailable
from talent_mcp.identity import Caller
from talent_mcp.spending.amounts import in_credits
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Head, Store
from talent_mcp.upstream.attempts import Attempt
from talent_tools.plans import Plan
from talent_tools.vendor import Vendor

logger = logging.getLogger(__name__)

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
CALL_ID_CHARACTERS = 20
CALL_ID_RANDOM_BITS = 52
REQUEST_BYTES = 16
PLAN_BYTES = 32


def new_call_id(now: float) -> str:
    """An identifier that sorts by time: 48 bits of milliseconds, 52 random bits, in Crockford's base 32."""
    number = int(now * 1000) << CALL_ID_RANDOM_BITS | randbits(CALL_ID_RANDOM_BITS)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(5 * (CALL_ID_CHARACTERS - 1), -1, -5))


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecord:
    """What all entries of one call say in common.

    `tool` is None where the call named none that exists. Once its arguments are known to fit, `request` is a keyed
    hash of what it asks for, and `people` are those that it is about. `undoes` is the call that it takes back.
    """

    call_id: str
    caller: Caller
    tool: str | None
    vendor: Vendor | None
    request: str | None = None
    people: Sequence[Subject] = ()
    undoes: str | None = None


class AuditLog:
    """Writes the entries of calls. Every method that is awaited raises StoreUnavailable when it cannot.

    `ended` is told of each call whose outcome is durable. `process` names this process among those on one store, and
    `recent` is what it writes of its newest calls.
    """

    def __init__(
        self,
        store: Store,
        keys: TenantKeys,
        payloads: Payloads,
        *,
        ended: Callable[[CallRecord], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.process = token_hex(8)
        self.recent = RecentCalls()
        self._store = store
        self._keys = keys
        self._payloads = payloads
        self._ended = ended
        self._clock = clock

    def begin(
        self, caller: Caller, tool: str | None, vendor: Vendor | None, *, undoes: str | None = None
    ) -> CallRecord:
        """A new call, which nothing is written of yet."""
        call_id = new_call_id(self._clock())
        return CallRecord(call_id=call_id, caller=caller, tool=tool, vendor=vendor, undoes=undoes)

    async def identified(
        self, call: CallRecord, tool: str, arguments: JsonValue, people: Sequence[Subject]
    ) -> CallRecord:
        """The call, with what it asks for and whom it is about."""
        text = f"request:{canonical_json([tool, arguments])}"
        with for_want_of_keys():
            asked = await self._keys.digest(call.caller.tenant, text.encode())
        return replace(call, request=asked[:REQUEST_BYTES].hex(), people=people)

    async def intent(
        self,
        call: CallRecord,
        *,
        decision: str,
        arguments: JsonValue,
        reserves: int | None = None,
        limits: Limits | None = None,
    ) -> Head:
        """Write that the call is about to act, and reserve what it may cost (hundredths of a credit); durable on
        return.

        Raises:
            OverBudget: `limits` do not allow it; nothing was written.
        """
        payload = Payload(content={"arguments": arguments}, about=call.people)
        with for_want_of_keys():
            sealable = await self._payloads.sealable(call.caller.tenant, payload)
        subjects: list[JsonValue] = [*sealable.subjects]
        fields: dict[str, JsonValue] = {"decision": decision, "request": call.request, "subjects": subjects}
        if reserves is not None:
            fields["reserves"] = in_credits(reserves)
        entry = self._entry(call, "intent", {**self._who(call), **fields}, sealable.seal)
        self.recent.asked(call.call_id, payload.content, len(entry.body or b""))
        return await self._store.append(entry, limits=limits)

    async def planned(self, call: CallRecord, plan: Plan, digest: str, fields: Mapping[str, JsonValue]) -> Head:
        """Write what is about to change, field by field, and who allowed it; durable on return.

        Raises:
            Claimed: what `fields` claim was claimed before.
        """
        changes: list[JsonValue] = [change.recorded() for change in plan.changes]
        content: dict[str, JsonValue] = {
            "target": plan.target,
            "name": plan.name,
            "changes": changes,
            "notes": [*plan.notes],
        }
        said: dict[str, JsonValue] = {"vendor": call.vendor, "digest": digest, **fields}
        if call.undoes is not None:
            said["undoes"] = call.undoes
        payload = Payload(content=content, about=[*call.people, plan.subject])
        with for_want_of_keys():
            sealable = await self._payloads.sealable(call.caller.tenant, payload)
        said["subjects"] = [*sealable.subjects]
        return await self._store.append(self._entry(call, "plan", said, sealable.seal))

    async def plan_digest(self, call: CallRecord, plan: Plan) -> str:
        """What stands for this plan alone: who wants it, of what record as it was read, what would be sent, and that
        text named it, if it did."""
        caller = call.caller
        whole: list[JsonValue] = [caller.tenant, caller.principal, call.tool, plan.target, plan.fingerprint, plan.body]
        whole += plan.origins
        with for_want_of_keys():
            digest = await self._keys.digest(caller.tenant, f"plan:{canonical_json(whole)}".encode())
        return digest[:PLAN_BYTES].hex()

    def attempt(self, call: CallRecord, attempt: Attempt) -> None:
        """Write one request to a vendor; durable with the call's next entry."""
        fields: dict[str, JsonValue] = {
            "vendor": attempt.vendor,
            "host": attempt.host,
            "method": attempt.method,
            "path": attempt.path,
            "number": attempt.number,
            "status": attempt.status,
            "error": attempt.error,
            "ms": attempt.milliseconds,
        }
        self._store.enqueue(self._entry(call, "attempt", fields))

    def credential_used(self, call: CallRecord, vendor: Vendor, found: FoundCredential) -> None:
        """Write which credential serves a call; durable with the call's next entry."""
        fields: dict[str, JsonValue] = {
            "vendor": vendor,
            "credential": str(found.reference),
            "scope": found.scope,
            "version": found.version,
        }
        self._store.enqueue(self._entry(call, "credential.used", fields))

    async def outcome(
        self, call: CallRecord, outcome: str, *, fields: Mapping[str, JsonValue], payload: Payload | None
    ) -> Head:
        """Write how the call ended: success, failure or unknown; durable on return.

        Where the payload cannot be sealed the rest is written without it: that the call ended must not be lost.
        """
        said: dict[str, JsonValue] = {"vendor": call.vendor, "outcome": outcome, **fields}
        seal = None
        if payload is not None:
            seal = await self._sealed(call, payload, said)
        entry = self._entry(call, "outcome", said, seal)
        if payload is not None:
            self.recent.brought(call.call_id, payload.content, len(entry.body or b""))
        head = await self._append(entry)
        self._ended(call)
        return head

    async def shown(self, caller: Caller, calls: Sequence[str], subjects: Sequence[str]) -> Head:
        """Write that what earlier calls brought of these subjects is read again; durable on return."""
        record = self.begin(caller, None, None)
        fields: dict[str, JsonValue] = {**self._who(record), "calls": [*calls], "subjects": [*subjects]}
        return await self._store.append(self._entry(record, "shown", fields))

    async def denied(self, call: CallRecord, reason: str, *, payload: Payload | None) -> Head:
        """Write that the call was refused before it could act; durable on return."""
        said: dict[str, JsonValue] = {**self._who(call), "reason": reason}
        seal = None if payload is None else await self._sealed(call, payload, said)
        return await self._append(self._entry(call, "denied", said, seal))

    def refused(self, call: CallRecord, reason: str) -> None:
        """Write, once that is possible, that the call was refused as its intent could not be written."""
        self._store.enqueue(self._entry(call, "denied", {**self._who(call), "reason": reason}))

    async def _append(self, entry: Entry) -> Head:
        """Append, or else leave it to the next entry that can be written: what happened must not be lost."""
        try:
            return await self._store.append(entry)
        except StoreUnavailable:
            self._store.enqueue(entry)
            raise

    async def _sealed(self, call: CallRecord, payload: Payload, said: dict[str, JsonValue]) -> Seal | None:
        try:
            sealable = await self._payloads.sealable(call.caller.tenant, payload)
        except StoreUnavailable as failure:
            logger.error("what call %s brought could not be recorded: %s", call.call_id, failure)
            said["unsealed"] = True
            return None
        if sealable.subjects:
            said["subjects"] = [*sealable.subjects]
        return sealable.seal

    def _who(self, call: CallRecord) -> dict[str, JsonValue]:
        return {
            "principal": call.caller.principal,
            "transport": call.caller.transport,
            "client": call.caller.client,
            "tool": call.tool,
            "vendor": call.vendor,
            "process": self.process,
        }

    def _entry(
        self, call: CallRecord, type_: EntryType, fields: Mapping[str, JsonValue], seal: Seal | None = None
    ) -> Entry:
        return write_entry(
            tenant=call.caller.tenant, call_id=call.call_id, type_=type_, at=self._clock(), fields=fields, seal=seal
        )


@contextmanager
def for_want_of_keys() -> Generator[None]:
    """Say that it is the keys that stand in the way."""
    try:
        yield
    except StoreUnavailable as failure:
        raise StoreUnavailable(f"its keys cannot be used: {failure}") from failure


def canonical_json(value: JsonValue) -> str:
    """One text for one value: names sorted, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
