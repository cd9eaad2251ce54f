"""What talent:// resources hold: the full result of a call, all about one person, and the state of the server."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import AuditLog
from talent_mcp.audit.reading import Reader, mentions
from talent_mcp.credentials.lookup import Credentials
from talent_mcp.errors import CredentialError
from talent_mcp.gate import Gate
from talent_mcp.identity import Caller
from talent_mcp.settings import Settings
from talent_mcp.spending.budgets import Budgets
from talent_mcp.store.protocol import Store
from talent_tools.text import clean
from talent_tools.vendor import VENDOR_NAMES, Vendor

if TYPE_CHECKING:
    from talent_mcp.audit.lineage import Answered

LOOK_BACK_CALLS = 200
"""How many of the newest calls are read to find a person: the log has no index of people, on purpose."""
MISSING = {
    "talent://calls": "There is no such call.",
    "talent://people": "No recent call brought anything about this person. Try enrich_person.",
}
OF_A_SEARCH = frozenset({"id", "relevance"})
"""Fields of a person in a result that say nothing about the person."""


class NothingThere(Exception):
    """A URI of ours that stands for nothing; the text says so to the reader."""


class Resources:
    """Reads `talent://calls/{call_id}`, `talent://people/{ocean_id}`, `talent://status` and `talent://budget`.

    Every method raises StoreUnavailable when the log cannot be read; or written, where what calls brought is shown
    again: the log says to whom.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        reader: Reader,
        credentials: Credentials,
        gate: Gate,
        budgets: Budgets,
        audit: AuditLog,
    ) -> None:
        self._settings = settings
        self._store = store
        self._reader = reader
        self._credentials = credentials
        self._gate = gate
        self._budgets = budgets
        self._audit = audit

    async def read(self, uri: str, caller: Caller) -> dict[str, JsonValue] | None:
        """What a URI stands for; None if it is none of ours.

        Raises:
            NothingThere: it names a call or a person that there is not.
        """
        kind, _, name = uri.rpartition("/")
        match kind:
            case "talent:/" if name == "status":
                return await self.status(caller)
            case "talent:/" if name == "budget":
                return await self.budget(caller)
            case "talent://calls":
                found = await self.call(unquote(name), caller)
            case "talent://people":
                found = await self.person(unquote(name), caller)
            case _:
                return None
        if found is None:
            raise NothingThere(MISSING[kind])
        return found

    async def call(self, call_id: str, caller: Caller) -> dict[str, JsonValue] | None:
        """Everything that the log holds of one of the caller's own calls, vendor text cleaned, and which later call
        brought what it is waiting for; None if there is no such call."""
        entries = await self._store.call(caller.tenant, call_id)
        if not belongs(entries, caller):
            return None
        await self._audit.shown(caller, [call_id], sorted({name for entry in entries for name in entry.subjects}))
        found: dict[str, JsonValue] = {"call_id": call_id, "entries": [*await self._reader.described(entries)]}
        answered = await self._answered(entries)
        if answered is not None and answered.call_id != call_id:
            found["followed_by"] = {"call_id": answered.call_id, "status": answered.status}
        return found

    async def _answered(self, entries: list[StoredEntry]) -> "Answered | None":
        # Loaded when somebody first reads a call: start-up need not wait for it.
        from talent_mcp.audit.lineage import unsettled

        lineage = unsettled(entries)
        if lineage is None:
            return None
        return await lineage.look(self._store, size=(await self._store.head(lineage.tenant)).size)

    async def subscribable(self, uri: str, caller: Caller) -> list[StoredEntry]:
        """What the log holds of the call that a URI stands for; calls are all that can be subscribed to.

        Raises:
            NothingThere: it stands for no call, or for none of the caller's own.
        """
        kind, _, name = uri.rpartition("/")
        if kind != "talent://calls":
            raise NothingThere("Only calls can be subscribed to: talent://calls/{call_id}.")
        entries = await self._store.call(caller.tenant, unquote(name))
        if not belongs(entries, caller):
            raise NothingThere(MISSING[kind])
        return entries

    async def recent_calls(self, caller: Caller, *, limit: int) -> AsyncIterator[list[StoredEntry]]:
        """The entries of the caller's own among the tenant's newest calls, newest first."""
        for call_id in await self._store.recent_calls(caller.tenant, limit=limit):
            entries = await self._store.call(caller.tenant, call_id)
            if belongs(entries, caller):
                yield entries

    async def person(self, ocean_id: str, caller: Caller) -> dict[str, JsonValue] | None:
        """Every value that Ocean.io gave of a person in the caller's own newest calls, the newest first, with the
        newest call that brought it, vendor text cleaned; None if there is none."""
        subjects = await self._reader.person(caller.tenant, [f"ocean:{ocean_id}"])
        sightings = [
            (person, source(entries))
            async for entries in self.recent_calls(caller, limit=LOOK_BACK_CALLS)
            if mentions(entries[-1], subjects)
            for person in await self.people_in(entries)
            if person.get("id") == ocean_id
        ]
        if not sightings:
            return None
        values_held = held_values(sightings)
        calls = dict.fromkeys(str(one["call_id"]) for values in values_held.values() for one in values)
        await self._audit.shown(caller, [*calls], sorted(subjects))
        held = {name: clean([*values]) for name, values in values_held.items()}
        return {"ocean_id": ocean_id, "looked_back_calls": LOOK_BACK_CALLS, "held": held}

    async def people_in(self, entries: list[StoredEntry]) -> list[dict[str, JsonValue]]:
        """The people in the result of a call of Ocean.io's; none if that is not there (any more)."""
        last = entries[-1]
        if last.entry.vendor != "ocean" or last.entry.body is None:
            return []
        (payload,) = await self._reader.payloads([last])
        return [*people_of(payload)]

    async def status(self, caller: Caller) -> dict[str, JsonValue]:
        """The vendors with their credentials and limits, Ocean's credits, and the audit log's head."""
        head = await self._store.head(caller.tenant)
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "approval": self._settings.approval,
            "audit": {"entries": head.size, "root": head.root.hex()},
            "vendors": {vendor: await self._vendor(vendor, caller) for vendor in VENDOR_NAMES},
        }

    async def budget(self, caller: Caller) -> dict[str, JsonValue]:
        """What was spent, is reserved and is left, for all together and for the caller, and what Ocean.io says of its
        own account; of no other principal."""
        report = (await self._budgets.report(caller.tenant, caller.principal)).shown()
        del report["principals"]
        prices = self._settings.ocean.prices.model_dump()
        balance = await self.ocean_balance(caller)
        own = {} if balance is None else {"ocean_balance": balance}
        return {**report, **own, "prices": {name: str(value) for name, value in prices.items()}}

    async def ocean_balance(self, caller: Caller) -> JsonValue:
        """The credits and requests that Ocean.io says are left, or why it does not; None without a key for it.

        Asking is free.
        """
        if await self._credential("ocean", caller) == "missing":
            return None
        # Loaded when somebody first asks: start-up need not wait for it.
        from talent_mcp.checks import CHECKS

        checked = await self._gate.run(CHECKS["ocean"], {}, caller)
        return checked.content if isinstance(checked.content, str) else checked.content["left"]

    async def _vendor(self, vendor: Vendor, caller: Caller) -> dict[str, JsonValue]:
        settings = self._settings.vendor(vendor)
        state: dict[str, JsonValue] = {
            "name": VENDOR_NAMES[vendor],
            "credential": await self._credential(vendor, caller),
            "requests_per_minute": settings.requests_per_minute or None,
            "requests_per_day": settings.requests_per_day or None,
        }
        if vendor == "ocean":
            state["left"] = await self.ocean_balance(caller)
        return {name: value for name, value in state.items() if value is not None}

    async def _credential(self, vendor: Vendor, caller: Caller) -> str:
        try:
            found = await self._credentials.find(vendor, caller)
        except CredentialError as error:
            return f"unusable: {error}"
        return "missing" if found is None else f"present ({found.reference})"


def belongs(entries: list[StoredEntry], caller: Caller) -> bool:
    """Whether this is a call, and the caller's own."""
    return bool(entries) and entries[0].envelope["principal"] == caller.principal


def people_of(payload: JsonValue) -> Iterator[dict[str, JsonValue]]:
    result = payload.get("result") if isinstance(payload, dict) else None
    if not isinstance(result, dict):
        return
    people = result.get("people", [result.get("person")])
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict) and "id" in person:
            yield person


def source(entries: list[StoredEntry]) -> dict[str, JsonValue]:
    """Where a value in the result of this call comes from."""
    first, last = entries[0], entries[-1]
    return {"call_id": first.entry.call_id, "time": last.envelope["time"], "tool": first.envelope["tool"]}


def held_values(
    sightings: list[tuple[dict[str, JsonValue], dict[str, JsonValue]]],
) -> dict[str, list[dict[str, JsonValue]]]:
    """Each field's different values, in the order of the sightings (a person and its source), with the first source."""
    held: dict[str, list[dict[str, JsonValue]]] = {}
    fields = [(name, value, source) for person, source in sightings for name, value in person.items()]
    for name, value, source in fields:
        if name not in OF_A_SEARCH and all(value != known["value"] for known in held.get(name, ())):
            held.setdefault(name, []).append({"value": value, **source})
    return held
