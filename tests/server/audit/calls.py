"""Calls in a log, without a vendor: each begins and ends when the test says so."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.audit.payloads import Payloads
from talent_mcp.audit.subjects import Subjects
from talent_mcp.identity import Caller
from talent_mcp.store.protocol import Store
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.keys import MadeUpKeys

ADA = Caller(principal="ada", tenant="default", transport="test")
BEN = Caller(principal="ben", tenant="default", transport="test")
PERSON: dict[str, JsonValue] = {"person": {"id": "p-1"}}


class Calls:
    """Writes calls; `ended` lists those whose outcome is durable."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.ended: list[CallRecord] = []
        keys = MadeUpKeys()
        payloads = Payloads(Subjects(SqliteKeys(home / "keys.db"), keys), keys)
        self._audit = AuditLog(store, keys, payloads, ended=self.ended.append)

    async def begin(self, caller: Caller = ADA, arguments: JsonValue = PERSON) -> CallRecord:
        call = self._audit.begin(caller, "enrich_person", "ocean")
        call = await self._audit.identified(call, "enrich_person", arguments, [])
        await self._audit.intent(call, decision="read-only", arguments=arguments)
        return call

    async def end(self, call: CallRecord, status: str | None, outcome: str = "success") -> None:
        await self._audit.outcome(call, outcome, fields={"status": status}, payload=None)

    async def whole(self, status: str, caller: Caller = ADA, arguments: JsonValue = PERSON) -> CallRecord:
        """A call that begins and ends."""
        call = await self.begin(caller, arguments)
        await self.end(call, status)
        return call

    async def refuse(self, caller: Caller = ADA) -> CallRecord:
        call = self._audit.begin(caller, "enrich_person", "ocean")
        await self.deny(call)
        return call

    async def deny(self, call: CallRecord) -> None:
        await self._audit.denied(call, "InvalidArguments", payload=None)

    async def entries(self, call: CallRecord) -> list[StoredEntry]:
        return await self.store.call(call.caller.tenant, call.call_id)

    async def size(self) -> int:
        return (await self.store.head(ADA.tenant)).size


@asynccontextmanager
async def calls_in(home: Path) -> AsyncGenerator[Calls]:
    store = SqliteStore(home / "audit.db")
    try:
        yield Calls(store, home)
    finally:
        await store.close()
