"""Text has no hands: a write to what only the text of a profile names is told from one that a caller chose."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import anyio
import anyio.abc
from pydantic_core import to_jsonable_python

from talent_mcp.approvals.given import WINDOW_SECONDS, Given, Readings
from talent_mcp.audit.log import CallRecord
from talent_mcp.errors import StoreUnavailable
from talent_tools.naming import Role, can_be_told, named_in
from talent_tools.plans import Proposal, Unwritten, WriteArguments, WriteResult

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How long a write may wait for the log to be read; what was read until then is kept for the next one."""
NOTES: Mapping[Role, str] = {
    "record": "The record to change was named in the text of a profile.",
    "file": "A file to send was named in the text of a profile.",
    "field": "A field to change was named in the text of a profile.",
    "value": "An e-mail address to store stands in the text of a profile.",
}
HANDS: frozenset[Role] = frozenset({"record", "handle", "file", "field"})
"""What a name chooses by which something is done to somebody."""
NOT_CHECKED = "Whether the text of a profile named what is changed here could not be checked."
FROM_TEXT, UNKNOWN = "profile text", "not checked"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the names in a write come from: what a person is told of it, and a word for the log if text, or nobody
    knows what, may have chosen the record, a file or a field."""

    notes: tuple[str, ...] = ()
    doubt: str | None = None


@dataclass(slots=True)
class Look:
    """What the principal of a call was given until it made it, once that is looked up; None if it cannot be."""

    at: float
    given: Given | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)


class Origins:
    """Looks up where the names in a write were read."""

    def __init__(
        self, readings: Readings, clock: Callable[[], float] = time.time, *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._readings = readings
        self._clock = clock
        self._look_seconds = look_seconds

    def look(self, call: CallRecord, beside: anyio.abc.TaskGroup) -> Look:
        """Begin to look up what may have told of the names in a call, while its vendor is asked."""
        look = Look(self._clock())
        beside.start_soon(self._look_up, call, look)
        return look

    async def _look_up(self, call: CallRecord, look: Look) -> None:
        try:
            # Nobody else ends it: to break a query off costs a database more than to answer it.
            with anyio.move_on_after(self._look_seconds, shield=True):
                look.given = await self._readings.given(call.caller.tenant, call.caller.principal, now=look.at)
        except StoreUnavailable as failure:
            logger.error("what call %s names could not be looked up: %s", call.call_id, failure)
        look.ended.set()

    async def of(self, look: Look, call: CallRecord, asked: WriteArguments, places: Mapping[str, Role]) -> Origin:
        """The origin of what stands at these places of a call's arguments; one that cannot be looked up is unknown."""
        if call.undoes is not None:
            # A person at the terminal named the call, and the log what it changed.
            return Origin()
        await look.ended.wait()
        given = look.given
        if given is None:
            return Origin((NOT_CHECKED,), UNKNOWN)
        named = [*named_in(to_jsonable_python(asked, by_alias=False, exclude_none=True), places)]
        handed = [one for one in named if one.role in HANDS and can_be_told(one)]
        if any(given.is_unsure(one, look.at - WINDOW_SECONDS) for one in handed):
            return Origin((NOT_CHECKED,), UNKNOWN)
        roles = {one.role for one in named if given.only_in_text(one)}
        notes = tuple(note for role, note in NOTES.items() if role in roles)
        return Origin(notes, FROM_TEXT if roles - {"value"} else None)


def marked(proposal: Proposal[WriteResult], notes: tuple[str, ...]) -> Proposal[WriteResult]:
    """The proposal, with more to tell whoever sees its plan or its result."""
    if not notes:
        return proposal
    plan = replace(proposal.plan, notes=(*notes, *proposal.plan.notes), origins=notes)

    def told(result: WriteResult) -> WriteResult:
        return result.model_copy(update={"notes": [*plan.notes]})

    async def write() -> WriteResult:
        return told(await proposal.write())

    async def read_back() -> WriteResult | None:
        result = await proposal.read_back()
        return None if result is None else told(result)

    def unwritten(status: Unwritten) -> WriteResult:
        return told(proposal.unwritten(status))

    return Proposal(plan=plan, unwritten=unwritten, write=write, read_back=read_back)
