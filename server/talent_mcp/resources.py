"""What talent:// resources hold: the full result of a call, and the state of the server."""

from datetime import UTC, datetime

from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.checks import CHECKS
from talent_mcp.credentials.references import Credentials
from talent_mcp.errors import CredentialError
from talent_mcp.gate import VERBATIM, Gate
from talent_mcp.identity import Caller
from talent_mcp.settings import Settings
from talent_mcp.store.protocol import Store
from talent_tools.text import clean
from talent_tools.vendor import VENDOR_NAMES, Vendor


class Resources:
    """Reads behind `talent://calls/{call_id}` and `talent://status`."""

    def __init__(self, settings: Settings, store: Store, credentials: Credentials, gate: Gate) -> None:
        self._settings = settings
        self._store = store
        self._credentials = credentials
        self._gate = gate

    async def call(self, call_id: str, caller: Caller) -> dict[str, JsonValue] | None:
        """Everything that the log holds of one of the caller's own calls, vendor text cleaned; None if there is
        no such call."""
        entries = await self._store.call(caller.tenant, call_id)
        if not entries or entries[0].envelope["principal"] != caller.principal:
            return None
        return {"call_id": call_id, "entries": [described(entry) for entry in entries]}

    async def status(self, caller: Caller) -> dict[str, JsonValue]:
        """The vendors with their credentials and limits, Ocean's credits, and the audit log's head."""
        head = await self._store.head(caller.tenant)
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "approval": self._settings.approval,
            "audit": {"entries": head.size, "root": head.root.hex()},
            "vendors": {vendor: await self._vendor(vendor, caller) for vendor in VENDOR_NAMES},
        }

    async def _vendor(self, vendor: Vendor, caller: Caller) -> dict[str, JsonValue]:
        settings = self._settings.vendor(vendor)
        state: dict[str, JsonValue] = {
            "name": VENDOR_NAMES[vendor],
            "credential": await self._credential(vendor),
            "requests_per_minute": settings.requests_per_minute or None,
            "requests_per_day": settings.requests_per_day or None,
        }
        if vendor == "ocean" and state["credential"] != "missing":
            checked = await self._gate.run(CHECKS[vendor], {}, caller)
            state["left"] = checked.content if isinstance(checked.content, str) else checked.content["left"]
        return {name: value for name, value in state.items() if value is not None}

    async def _credential(self, vendor: Vendor) -> str:
        try:
            found = await self._credentials.find(vendor)
        except CredentialError as error:
            return f"unusable: {error}"
        return "missing" if found is None else f"present ({found[0]})"


def described(entry: StoredEntry) -> dict[str, JsonValue]:
    """An entry for a reader: its envelope and what is left of its payload."""
    payload = clean(entry.payload, verbatim=VERBATIM)
    described: dict[str, JsonValue] = {"index": entry.index, **entry.envelope}
    if isinstance(payload, dict):
        described |= payload
    return described
