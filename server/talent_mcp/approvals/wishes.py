"""What became of a wish before: the same call of the same principal, which acts once however often it is made.

Whoever is about to carry a wish out claims the next place in a line of its own, and the database gives each place once:
of two calls at once, in whatever processes and with whatever plans, one goes on and the other finds it there. Plans
that wait for a person stand in a line too, so that the same plan is found again. The lines are in the audit log and
nowhere else, so that they hold across restarts.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import anyio
from pydantic import JsonValue

from talent_mcp.approvals.plans import CLOCKS_APART_SECONDS, seconds, use_claim
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.lineage import has_ended
from talent_mcp.audit.log import CallRecord
from talent_mcp.audit.reading import Reader
from talent_mcp.store.protocol import Store

LOOK_SECONDS = 0.05, 1.0
"""How soon, and at the most how late, is looked again whether the same call elsewhere has ended."""

Became = Literal["happened", "failed", "unknown", "running"]
BECAME: Mapping[object, Became] = {
    "success": "happened",
    "happened": "happened",
    "failure": "failed",
    "did-not": "failed",
}
"""By the words of the log, of the call itself or of the person who closed it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the line of a wish, and the plan that has it."""

    number: int
    plan: StoredEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """The call that carried out a plan, when it did and when that was settled (Unix seconds), and what became of it;
    `end` is its last entry."""

    call_id: str
    at: float
    settled: float
    became: Became
    end: StoredEntry

    def clock_time(self) -> str:
        return clock_time(self.at)


@dataclass(frozen=True, slots=True)
class Act:
    """A place in the line of those who carried a wish out, the plan by which that call did, and what became of it."""

    number: int
    plan: StoredEntry
    earlier: Earlier


class Wishes:
    """Looks wishes up. Every method raises StoreUnavailable when the log cannot be used."""

    def __init__(
        self, store: Store, reader: Reader, *, repeat_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self.repeat_seconds = repeat_seconds
        self._store = store
        self._reader = reader
        self._clock = clock

    @property
    def window(self) -> str:
        """For how long a call is taken for a repetition, in words."""
        minutes = self.repeat_seconds / 60
        return f"{minutes:.0f} minutes" if minutes >= 2 else f"{self.repeat_seconds:.0f} seconds"

    def over(self, earlier: Earlier) -> str:
        """From when on the same call is no repetition of this one any more, in words: the next whole minute."""
        return clock_time(earlier.settled + self.repeat_seconds + 60)

    def is_recent(self, at: float) -> bool:
        """Whether something (Unix seconds) is so near that the same call is taken for a repetition."""
        # From later than now: a clock was put back since, and nobody knows how long ago it was.
        return at - CLOCKS_APART_SECONDS <= self._clock() < at + self.repeat_seconds

    async def last(self, call: CallRecord, digest: str | None = None) -> Place | None:
        """The newest plan of this wish that waited for a person; where a record is written, of this very plan."""
        return await self._last(call.caller.tenant, line_of(call, digest))

    async def last_act(self, call: CallRecord) -> Act | None:
        """Who carried this wish out last, under whatever plan, or is about to."""
        return await self._act(call.caller.tenant, line_of(call))

    async def is_used(self, tenant: str, plan_id: str) -> bool:
        """Whether the approval of this plan has been used."""
        return await self._store.claimant(tenant, use_claim(plan_id)) is not None

    async def claimed(self, tenant: str, claim: str) -> Earlier | None:
        """What became of the call that made a claim; None if nobody did."""
        entry = await self._store.claimant(tenant, claim)
        return None if entry is None else await self._earlier(entry)

    async def ended(self, act: Act, *, until: float) -> Earlier:
        """What became of an act, as soon as it is over; until a time of the anyio clock, it may be running then."""
        pause, longest = LOOK_SECONDS
        earlier = act.earlier
        while earlier.became == "running" and (left := until - anyio.current_time()) > 0:
            await anyio.sleep(min(pause, left))
            pause = min(2 * pause, longest)
            earlier = await self._earlier(act.plan)
        return earlier

    async def undone(self, tenant: str, call_id: str) -> Earlier | None:
        """The call that took another one back, or may have."""
        undo = await self._act(tenant, undo_line(call_id))
        return None if undo is None or undo.earlier.became == "failed" else undo.earlier

    async def _act(self, tenant: str, line: str) -> Act | None:
        place = await self._last(tenant, act_of(line))
        return None if place is None else Act(place.number, place.plan, await self._earlier(place.plan))

    async def _earlier(self, plan: StoredEntry) -> Earlier:
        """What became of the call that wrote this as it was about to act."""
        call_id = plan.entry.call_id
        end = (await self._store.call(plan.entry.tenant, call_id))[-1]
        return Earlier(call_id=call_id, at=seconds(plan), settled=seconds(end), became=what_became(end), end=end)

    async def _last(self, tenant: str, line: str) -> Place | None:
        async def at(number: int) -> Place | None:
            plan = await self._store.claimant(tenant, place_claim(line, number))
            return None if plan is None else Place(number, plan)

        return await last_place(at)

    async def result(self, earlier: Earlier) -> dict[str, JsonValue] | None:
        """The result that a call ended with; None where it is not kept (any more)."""
        (held,) = await self._reader.payloads([earlier.end])
        result = held.get("result") if isinstance(held, dict) else None
        return result if isinstance(result, dict) else None


def clock_time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M} UTC"


async def last_place(at: Callable[[int], Awaitable[Place | None]]) -> Place | None:
    """The last place that is taken; they are taken without a gap, so that few looks find the end of a long line."""
    found = await at(0)
    if found is None:
        return None
    step = 1
    while (further := await at(found.number + step)) is not None:
        found, step = further, step * 2
    while step > 1:
        step //= 2
        found = await at(found.number + step) or found
    return found


def what_became(end: StoredEntry) -> Became:
    """What the last entry of a call that was about to write says of it."""
    if not has_ended([end]):
        return "running"
    said = end.envelope.get("as") if end.entry.type == "resolved" else end.envelope.get("outcome")
    return BECAME.get(said, "unknown")


def line_of(call: CallRecord, digest: str | None = None) -> str:
    """The line of a wish: who wants what; of an undo what it takes back, whoever wants that. With a digest, that of the
    plans of it which are the same."""
    line = undo_line(call.undoes) if call.undoes else f"wish {call.request} of {call.caller.principal}"
    return line if digest is None else f"{line} as {digest}"


def undo_line(call_id: str) -> str:
    return f"undo of {call_id}"


def act_of(line: str) -> str:
    return f"act of {line}"


def wish_claim(call: CallRecord, number: int, digest: str | None = None) -> str:
    """What only one plan of a wish that waits can claim, for each number from 0 on."""
    return place_claim(line_of(call, digest), number)


def act_claim(call: CallRecord, number: int) -> str:
    """What only one call can claim that carries a wish out, for each number from 0 on."""
    return place_claim(act_of(line_of(call)), number)


def place_claim(line: str, number: int) -> str:
    return f"{line}, number {number}"
