"""Calls, as a person reads them: the entries of each, summed up in one line."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.reading import mentions
from talent_mcp.store.protocol import Store

State = Literal["success", "failure", "unknown", "denied", "in doubt", "resolved"]
UNWRITTEN = {"preview": "preview", "unchanged": "nothing to change", "needs_approval": "waits for approval"}
CHOSEN = {"profile text": "named in profile text", "not checked": "origin not checked"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSummary:
    """One call: `state` is `in doubt` where an intent has no outcome: it is still running, or its process died.

    `resolved` is one that was unknown until a person said what became of it, which `detail` repeats. `plan` is the one
    that it waits for, where another call made that. `credits_at_most` is what it may have cost, where nobody reported
    that. `whom` is whose record it was about, or how many people it brought, where that was opened.
    """

    call_id: str
    time: str
    tool: str
    vendor: str
    client: str
    state: State
    detail: str
    credits: float | None
    requests: int
    credits_at_most: float | None = None
    plan: str | None = None
    whom: str | None = None


async def recent_calls(store: Store, tenant: str, *, limit: int) -> list[CallSummary]:
    """The newest calls, newest first.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    return [summary(await store.call(tenant, call_id)) for call_id in await store.recent_calls(tenant, limit=limit)]


async def calls_about(store: Store, tenant: str, subjects: frozenset[str], *, limit: int) -> list[CallSummary]:
    """The newest calls of which an entry is about one of these subjects, newest first.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    entries = store.entries(tenant)
    about = dict.fromkeys([one.entry.call_id async for one in entries if one.entry.call_id and mentions(one, subjects)])
    return [summary(await store.call(tenant, call_id)) for call_id in [*about][: -limit - 1 : -1]]


async def calls_in_doubt(store: Store, tenant: str) -> list[CallSummary]:
    """Calls with an intent and no outcome, or one that is unknown, oldest first.

    Raises:
        StoreUnavailable: the log cannot be read.
    """
    return [summary(await store.call(tenant, call_id)) for call_id in await store.calls_in_doubt(tenant)]


def summary(entries: list[StoredEntry]) -> CallSummary:
    """One line for the entries of one call, which are at least one and in order."""
    first, last = entries[0].envelope, entries[-1].envelope
    attempts = [entry.envelope for entry in entries if entry.entry.type == "attempt"]
    return CallSummary(
        call_id=entries[0].entry.call_id,
        time=str(first["time"]),
        tool=str(first.get("tool", "(unknown tool)")),
        vendor=str(first.get("vendor", "")),
        client=str(first.get("client", "")),
        state=state(last),
        detail="; ".join(filter(None, (became(last), undoes(entries), chosen(last)))),
        credits=number(last.get("credits")),
        requests=len(attempts),
        credits_at_most=number(last.get("credits_at_most")),
        plan=str(last["plan"]) if "plan" in last else None,
    )


def number(said: JsonValue) -> float | None:
    return said if isinstance(said, int | float) else None


def became(last: dict[str, JsonValue]) -> str:
    if "refused" in last:
        return f"a person had refused {last['refused']}"
    return str(last.get("error") or last.get("reason") or last.get("as") or repeated(last) or unwritten(last))


def undoes(entries: list[StoredEntry]) -> str:
    """Of a call that took another one back, which."""
    return next((f"undoes {entry.envelope['undoes']}" for entry in entries if "undoes" in entry.envelope), "")


def chosen(last: dict[str, JsonValue]) -> str:
    """Of a write that text may have chosen the record of, so much."""
    return CHOSEN.get(str(last.get("origin")), "")


def repeated(last: dict[str, JsonValue]) -> str:
    """Of a call that was answered by an earlier one, which."""
    return next((f"{how} {last[how]}" for how in ("repeats", "reuses") if how in last), "")


def unwritten(last: dict[str, JsonValue]) -> str:
    """Why a call that could have written did not, in words."""
    return UNWRITTEN.get(str(last.get("status")), "")


def state(last: dict[str, JsonValue]) -> State:
    if last["type"] == "denied":
        return "denied"
    if last["type"] == "resolved":
        return "resolved"
    if last["type"] == "shown":
        return "success"
    if last["type"] != "outcome":
        return "in doubt"
    outcome = last.get("outcome")
    return "success" if outcome == "success" else "failure" if outcome == "failure" else "unknown"
