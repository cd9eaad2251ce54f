"""The way back from a write that was made: what the log kept of it, turned round and bound to the record as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from talent_mcp.approvals.plans import use_claim
from talent_mcp.approvals.wishes import Earlier, Wishes, what_became
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.reading import Reader
from talent_mcp.errors import Moved, TalentError
from talent_mcp.store.protocol import Store
from talent_tools.clients import Clients
from talent_tools.plans import ANOTHER_RECORD, FieldChange, Plan, Proposal, WriteResult, field_label, recorded_change
from talent_tools.spec import AnyTool, WriteTool
from talent_tools.undo import moved

MOVED = (
    "The record has changed since in {fields}, so nothing was undone: that would overwrite what came after. Look at "
    "the record, and change it by hand if you still want to."
)


class NotUndoable(TalentError):
    """A call that cannot be undone; the text says why."""


@dataclass(kw_only=True, slots=True)
class Reversal:
    """What takes a call back: a tool that refuses a record that moved on, its arguments, and the fields that stay as
    they are. `plan` is what the tool would change, once it was asked."""

    call_id: str
    tool: AnyTool
    arguments: Mapping[str, JsonValue]
    lost: Sequence[str]
    plan: Plan | None = None


class Undoing:
    """Finds the way back from calls. Every method raises StoreUnavailable when the log cannot be used."""

    def __init__(self, tools: Iterable[AnyTool], store: Store, reader: Reader, wishes: Wishes) -> None:
        self._tools = {tool.name: tool for tool in tools if isinstance(tool, WriteTool)}
        self._store = store
        self._reader = reader
        self._wishes = wishes

    async def reversal(self, tenant: str, call_id: str) -> Reversal:
        """How a call is taken back.

        Raises:
            NotUndoable: it did not write, was undone, or nothing of it can be brought back.
        """
        entries = await self._writing_call(tenant, call_id)
        tool = self._tools[str(entries[0].envelope["tool"])]
        acted = entries[0].entry.call_id
        undo = await self._wishes.undone(tenant, acted)
        if undo is not None and undo.became == "happened":
            raise NotUndoable(await self._after(tenant, undo))
        if undo is not None:
            raise NotUndoable(
                f"call {undo.call_id} is undoing it, or died over that. Wait for three minutes, look at the record, "
                f"and say what became of it with `talent-mcp audit resolve {undo.call_id}`"
            )
        plan = next(one for one in reversed(entries) if one.entry.type == "plan")
        held, brought = await self._reader.payloads([plan, entries[-1]])
        if not isinstance(held, dict) or "target" not in held:
            raise NotUndoable("what was there before is not kept any more")
        changes = [recorded_change(kept) for kept in rows(held.get("changes"))]
        back = tool.undo(str(held["target"]), changes)
        if back.arguments is None:
            raise NotUndoable(f"nothing of it can be brought back ({', '.join(map(field_label, back.lost))})")
        left = left_by(changes, brought)
        if ANOTHER_RECORD in left:
            raise NotUndoable("it went into another record than the one that its plan named; look at both by hand")

        async def propose(asked: Any, clients: Clients) -> Proposal[WriteResult]:
            proposal = await tool.propose(asked, clients)
            fields = moved(back, left, proposal.plan.changes)
            if fields:
                raise Moved(MOVED.format(fields=", ".join(map(field_label, fields))))
            reversal.plan = proposal.plan
            return proposal

        guarded = replace(tool, propose=propose)
        reversal = Reversal(call_id=acted, tool=guarded, arguments=back.arguments, lost=back.lost)
        return reversal

    async def _after(self, tenant: str, undo: Earlier) -> str:
        """What became of a call that was undone: an undo may be undone itself, and that again."""
        in_place = False
        while (later := await self._wishes.undone(tenant, undo.call_id)) is not None and later.became == "happened":
            undo, in_place = later, not in_place
        if in_place:
            return f"it was undone, and is in place again by call {undo.call_id}; to take it back, undo that one"
        return f"it was undone by call {undo.call_id}; to have the change again, undo that one"

    async def _writing_call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        """The entries of the call that wrote: this one, the one that used the plan it left, or the one it repeats."""
        entries = await self._store.call(tenant, call_id)
        if not entries:
            raise NotUndoable("there is no such call")
        end = entries[-1]
        if "repeats" in end.envelope:
            return await self._writing_call(tenant, str(end.envelope["repeats"]))
        plans = [one for one in entries if one.entry.type == "plan"]
        if plans and plans[-1].envelope.get("waits"):
            used = await self._store.claimant(tenant, use_claim(call_id))
            if used is None:
                raise NotUndoable("it changed nothing: its plan was never carried out")
            return await self._writing_call(tenant, used.entry.call_id)
        if not plans or entries[0].envelope.get("tool") not in self._tools:
            raise NotUndoable("it changed nothing")
        became = what_became(end)
        if became == "running":
            raise NotUndoable("it may still be running; wait for three minutes and try again")
        if became == "failed":
            raise NotUndoable("it changed nothing: it failed")
        return entries


def left_by(changes: Sequence[FieldChange], brought: JsonValue) -> dict[str, JsonValue]:
    """What each field held after a write, by its place: as it was read again, or else as it was written; nothing of
    fields of one name of which one was read otherwise, as nobody knows which."""
    result = brought.get("result") if isinstance(brought, dict) else None
    left = {change.place: change.after for change in changes}
    for difference in rows(result.get("differences")) if isinstance(result, dict) else ():
        name = str(difference["field"])
        places = [change.place for change in changes if change.field == name] or [name]
        for place in places:
            left.pop(place, None)
        if len(places) == 1:
            left[places[0]] = difference.get("after")
    return left


def rows(kept: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []
