"""Answers that were paid for: kept in the audit log, found again, and shared by calls that are made at once.

An outcome that brings such an answer says under which names it can be found: that of what was asked, and the random
name by which the log knows the person. Once a person is erased that name stands for nobody and the answer cannot be
read, so that nothing of it serves again.
"""

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import BaseModel, ValidationError

from talent_mcp.approvals.plans import CLOCKS_APART_SECONDS, seconds
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import CallRecord
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.subjects import IDENTIFYING, Subject, Subjects
from talent_mcp.errors import StoreUnavailable, UnderWay
from talent_mcp.store.protocol import Store
from talent_tools.spec import AnyTool, ReadTool

if TYPE_CHECKING:
    from talent_tools.reuse import PaidArguments, Reuse

logger = logging.getLogger(__name__)

MOST_NAMES = 20
"""By how many names of a person an answer is looked for. It is kept under the oldest of its time: who turned out more
often than that to be somebody older is paid for again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The full result of a call, and when that ended (Unix seconds)."""

    result: BaseModel
    call_id: str
    at: float

    def told(self) -> str:
        """What a later call with this answer is told."""
        day = f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%d %H:%M} UTC"
        return f"free: Ocean.io's answer of {day} (call {self.call_id}); refresh: true pays for a new one"


@dataclass(slots=True)
class Flight:
    """A call that is being made; others that ask for the same wait until it has `ended`, and have its answer.

    Those that ask for the same person wait too, for what it leaves to be found.
    """

    request: str | None = None
    answer: Answer | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)


class KeptAnswers:
    """`kept_seconds` is for how long the answers of each tool serve again, by its name: with 0 every call is asked.
    `clock` is in Unix seconds. `place` is where the vendor is asked, if not at its own address: what a stand-in answers
    serves for nobody else."""

    def __init__(
        self,
        store: Store,
        reader: Reader,
        subjects: Subjects,
        kept_seconds: Mapping[str, float],
        clock: Callable[[], float] = time.time,
        *,
        place: str | None = None,
    ) -> None:
        self._elsewhere = "" if place is None else f" at {place}"
        self._store = store
        self._reader = reader
        self._subjects = subjects
        self._kept_seconds = kept_seconds
        self._clock = clock
        self._flights: dict[tuple[str, str], Flight] = {}

    @asynccontextmanager
    async def turn(self, tool: AnyTool, call: CallRecord, asked: BaseModel, *, until: float) -> AsyncGenerator[Flight]:
        """The only call of this process that asks for this, or for this person, now; its `answer` is there if there is
        nothing to ask.

        Waits for such a call until a time of the anyio clock.

        Raises:
            UnderWay: that was not over by then.
            StoreUnavailable: the log cannot be read.
        """
        # Loaded with the tools that take them.
        from talent_tools.reuse import PaidArguments

        if not isinstance(asked, PaidArguments) or not self._kept_seconds[tool.name]:
            yield Flight()
            return
        identifier = whom(tool, asked)
        places = [(call.caller.tenant, place) for place in places_of(call, identifier, refresh=bool(asked.refresh))]
        while (other := next((self._flights[place] for place in places if place in self._flights), None)) is not None:
            is_same = other.request == call.request
            with anyio.CancelScope(deadline=until):
                await other.ended.wait()
            if not other.ended.is_set():
                which = "The same call" if is_same else "Another call about this person"
                raise UnderWay(f"{which} is under way, so nothing was sent. Make it again.")
            if is_same and other.answer is not None:
                yield Flight(answer=other.answer)
                return
        flight = Flight(request=call.request)
        self._flights |= dict.fromkeys(places, flight)
        try:
            if not asked.refresh:
                flight.answer = await self._kept(tool, call, asked, identifier)
            yield flight
        finally:
            for place in places:
                del self._flights[place]
            flight.ended.set()

    def answer(self, tool: AnyTool, call: CallRecord, result: BaseModel, full: dict[str, Any]) -> Answer | None:
        """What a call has just brought, if it serves those who wait for it."""
        if isinstance(tool, ReadTool) and tool.reuse is not None and not tool.reuse.is_shared(full):
            return None
        return Answer(result=result, call_id=call.call_id, at=self._clock())

    async def names(self, tool: AnyTool, call: CallRecord, asked: Any, full: dict[str, Any]) -> list[str]:
        """Under which names a result that was just paid for can be found again; none if it is no answer.

        Whoever was to pay for it has it in any case: where keys cannot be had, it is not kept.
        """
        if not isinstance(tool, ReadTool) or tool.reuse is None or not self._kept_seconds[tool.name]:
            return []
        if not tool.reuse.keeps(full):
            return []
        found = [person.subject for person in tool.found(asked, full) if person.path == tool.reuse.person_at]
        try:
            keys = await self._subjects.of(call.caller.tenant, found)
        except StoreUnavailable as failure:
            logger.error("the answer to call %s is not kept: %s", call.call_id, failure)
            return []
        people = [key.subject for key in keys if key is not None]
        held = [*parts_of(tool.reuse.holds(full))]
        return [self._by_request(call), *(self._by_subject(one, parts) for one in people for parts in held)]

    async def _kept(
        self, tool: AnyTool, call: CallRecord, asked: "PaidArguments", identifier: str | None
    ) -> Answer | None:
        if not isinstance(tool, ReadTool) or tool.reuse is None:
            return None
        named = list[str]()
        if identifier is not None:
            known = await self._subjects.oldest(call.caller.tenant, identifier, limit=MOST_NAMES)
            named = [self._by_subject(name, tool.reuse.parts(asked)) for name in known]
        async for entry in self._candidates(call.caller.tenant, [self._by_request(call)], named):
            answer = await self._serving(tool, tool.reuse, call, asked, entry, identifier)
            if answer is not None:
                return answer
        return None

    async def _candidates(self, tenant: str, same: list[str], named: list[str]) -> AsyncIterator[StoredEntry]:
        """The newest answer to the same call or about the person; as that may hold less than an older one, then the
        newest of each."""
        newest = await self._store.newest_answer(tenant, [*same, *named])
        if newest is None:
            return
        yield newest
        for names in (named, same):
            other = await self._store.newest_answer(tenant, names) if names else None
            if other is not None and other.index != newest.index:
                yield other

    async def _serving(
        self,
        tool: ReadTool[Any, Any],
        reuse: "Reuse[Any, Any]",
        call: CallRecord,
        asked: "PaidArguments",
        entry: StoredEntry,
        identifier: str | None,
    ) -> Answer | None:
        """What an entry brings, if it serves."""
        # From later than now: the clock was put back since, and nobody knows how old it is.
        if not -CLOCKS_APART_SECONDS <= self._clock() - seconds(entry) < self._kept_seconds[tool.name]:
            return None
        full = await self._result(entry)
        if full is None or not reuse.parts(asked) <= reuse.holds(full):
            return None
        # Who asked for two people as one has joined them in the log: only what the answer says tells whom it is about.
        if self._by_request(call) not in entry.entry.answers and identifier not in reuse.identifiers(full):
            return None
        try:
            result = tool.result.model_validate(full)
        except ValidationError:
            # Somebody in it was erased.
            return None
        return Answer(result=result, call_id=entry.entry.call_id, at=seconds(entry))

    async def _result(self, entry: StoredEntry) -> dict[str, Any] | None:
        (held,) = await self._reader.payloads([entry])
        result = held.get("result") if isinstance(held, dict) else None
        return result if isinstance(result, dict) else None

    def _by_request(self, call: CallRecord) -> str:
        return f"request {call.request}{self._elsewhere}"

    def _by_subject(self, subject: str, parts: frozenset[str]) -> str:
        return " ".join(("person", subject, *(("with", *sorted(parts)) if parts else ()))) + self._elsewhere


def whom(tool: AnyTool, asked: BaseModel) -> str | None:
    """By what somebody is asked for whose answer may serve again; nobody can be told apart by a name or a telephone."""
    if not isinstance(tool, ReadTool) or tool.reuse is None or tool.reuse.person_at is None:
        return None
    people: Iterable[Subject] = tool.people(asked)
    return next((one for person in people for one in person if one.partition(":")[0] in IDENTIFYING), None)


def places_of(call: CallRecord, identifier: str | None, *, refresh: bool) -> list[str]:
    """What no two calls may ask for at the same time. A new answer is for whoever asks for it alone."""
    if refresh:
        return [f"new {call.request}"]
    return [f"request {call.request}", *([] if identifier is None else [f"person {identifier}"])]


def parts_of(held: frozenset[str]) -> Iterator[frozenset[str]]:
    """Everything that may be asked for and is there: all parts, some, or none."""
    for number in range(len(held) + 1):
        yield from map(frozenset, combinations(sorted(held), number))
