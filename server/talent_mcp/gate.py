"""Every tool call passes here: decide and record, then act, then record how it ended."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import BaseModel, JsonValue
from pydantic_core import from_json, to_jsonable_python

from talent_mcp.approvals.spends import Spend, Spends
from talent_mcp.approvals.writes import Made, Writes
from talent_mcp.arguments import validated
from talent_mcp.audit.entries import as_json
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.audit.payloads import Payload
from talent_mcp.completed import Completed
from talent_mcp.errors import (
    Denied,
    NeedsApproval,
    OverBudget,
    SaidNo,
    StoreUnavailable,
    TalentError,
    UnderWay,
    describe_crash,
    explain,
)
from talent_mcp.identity import Caller
from talent_mcp.policy import Policy
from talent_mcp.spending.amounts import in_credits
from talent_mcp.spending.budgets import Budgets
from talent_mcp.spending.kept_answers import Answer, Flight, KeptAnswers
from talent_mcp.store.protocol import Head
from talent_mcp.upstream.trip import Report, Trip
from talent_tools.arguments import Arguments
from talent_tools.errors import InvalidArguments, Outcome, ToolFailure, UnreadableAnswer
from talent_tools.people import apart
from talent_tools.plans import HOW_ARGUMENTS, WriteArguments
from talent_tools.result import VERBATIM
from talent_tools.spec import AnyTool, LoadTools, ReadTool
from talent_tools.text import clean

if TYPE_CHECKING:
    from talent_tools.clients import Clients

logger = logging.getLogger(__name__)


MOST_REFUSED_BYTES = 65_536
KEPT_ANSWER = "kept answer"
"""The decision, in a word for the audit log, where what was asked for is there."""


class UnknownTool(TalentError):
    """No tool has this name."""


class Cancelled(TalentError):
    """A call was given up before anything of it was asked of a vendor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A call whose arguments fit: what it asks for (`given` are the same as JSON values), by which decision it may, and
    what it brings to its requests."""

    tool: AnyTool
    call: CallRecord
    asked: Any
    given: dict[str, Any]
    decision: str
    trip: Trip


class Gate:
    """Runs tools for callers. No record, no action: a call whose intent cannot be written sends nothing."""

    def __init__(
        self,
        tools: LoadTools,
        audit: AuditLog,
        clients: "Callable[[Trip], Clients]",
        *,
        policy: Policy,
        writes: Writes,
        budgets: Budgets,
        spends: Spends,
        answers: KeptAnswers,
        call_seconds: float,
    ) -> None:
        self._tools = tools
        self._audit = audit
        self._clients = clients
        self._policy = policy
        self._writes = writes
        self._budgets = budgets
        self._answers = answers
        self._spends = spends
        self._call_seconds = call_seconds

    async def call(
        self,
        name: str,
        arguments: Mapping[str, JsonValue],
        caller: Caller,
        report: Report | None = None,
        *,
        seconds: float = math.inf,
    ) -> Completed:
        """Run a tool, in no more than so many seconds; `report` tells its client of waits.

        Raises:
            UnknownTool: there is no such tool; the log says that somebody asked.
        """
        tool = self._tools().get(name)
        if tool is None:
            await self._refuse(self._audit.begin(caller, None, None), UnknownTool(), None)
            raise UnknownTool(name)
        return await self.run(tool, arguments, caller, report, seconds=seconds)

    async def run(
        self,
        tool: AnyTool,
        arguments: Mapping[str, JsonValue],
        caller: Caller,
        report: Report | None = None,
        *,
        seconds: float = math.inf,
        undoes: str | None = None,
    ) -> Completed:
        """Run this tool, which need not be one that clients can name; `undoes` is the call that it takes back."""
        call = self._audit.begin(caller, tool.name, tool.vendor, undoes=undoes)
        trip = Trip(
            anyio.current_time() + min(seconds, self._call_seconds),
            caller,
            record=lambda attempt: self._audit.attempt(call, attempt),
            used=lambda vendor, found: self._audit.credential_used(call, vendor, found),
            report=report,
        )
        try:
            return await self._run(tool, call, arguments, trip)
        except Exception as crash:  # noqa: BLE001  # the call boundary: a crash is recorded, and told as no more than that
            logger.error("call %s crashed: %s", call.call_id, describe_crash(crash))
            if trip.begun:
                return await self._failed(call, trip, crash)
            return await self._refuse(call, crash, None)
        except anyio.get_cancelled_exc_class():
            if not trip.begun:
                with anyio.CancelScope(shield=True):
                    await self._refuse(call, Cancelled(), unread(arguments))
            raise

    async def _run(self, tool: AnyTool, call: CallRecord, arguments: Mapping[str, JsonValue], trip: Trip) -> Completed:
        try:
            asked = validated(tool, arguments)
            decision = self._policy.admit(tool, preview=isinstance(asked, WriteArguments) and bool(asked.preview))
        except (InvalidArguments, Denied) as refusal:
            return await self._refuse(call, refusal, unread(arguments))
        given = dumped(asked)
        try:
            call = await self._audit.identified(call, tool.name, wished(given), [*apart(tool.people(asked))])
            running = Running(tool=tool, call=call, asked=asked, given=given, decision=decision, trip=trip)
            async with self._answers.turn(tool, call, asked, until=trip.deadline) as flight:
                return await self._begun(running, flight)
        except (OverBudget, UnderWay) as refusal:
            refused = await self._refuse(call, refusal, Payload(content={"arguments": given}, about=call.people))
            return await self._with_budget(refused, call)
        except StoreUnavailable as failure:
            self._audit.refused(call, error_name(failure))
            return Completed(call_id=call.call_id, content=explain(failure, call.call_id), head=None)

    async def _begun(self, running: Running, flight: Flight) -> Completed:
        """Record that a call is about to act, and act; where its answer is there already, nothing is asked for.

        Raises:
            StoreUnavailable: that could not be recorded, or is more than a budget allows; nothing was done.
        """
        tool, call = running.tool, running.call
        await self._audit.intent(
            call,
            decision=running.decision if flight.answer is None else KEPT_ANSWER,
            arguments=running.given,
            reserves=None if flight.answer else self._budgets.worst_case(tool, running.asked),
            limits=self._budgets.limits,
        )
        running.trip.begun = True
        completed = await self._act(running, flight)
        return await self._with_budget(completed, call) if tool.billable else completed

    async def _with_budget(self, completed: Completed, call: CallRecord) -> Completed:
        if not self._budgets.limits.any:
            return completed
        try:
            return replace(completed, budget=await self._budgets.left(call.caller))
        except StoreUnavailable as failure:
            logger.error("what is left after call %s could not be read: %s", call.call_id, failure)
            return completed

    async def _refuse(self, call: CallRecord, refusal: Exception, payload: Payload | None) -> Completed:
        head = None
        try:
            head = await self._audit.denied(call, error_name(refusal), payload=payload)
        except StoreUnavailable as failure:
            logger.error("call %s was refused and could not be recorded: %s", call.call_id, failure)
        return Completed(call_id=call.call_id, content=explain(refusal, call.call_id), head=head)

    async def _act(self, running: Running, flight: Flight) -> Completed:
        tool, call, asked, trip = running.tool, running.call, running.asked, running.trip
        try:
            made = await self._made(running, flight.answer)
            full = dumped(made.result)
            shown = clean(tool.present(asked, full), verbatim=VERBATIM)
        except (ToolFailure, TalentError) as failure:
            return await self._failed(call, trip, failure)
        except anyio.get_cancelled_exc_class():
            await self._finish(call, "unknown" if trip.risked else "failure", {"error": "cancelled"}, None)
            raise
        return await self._done(running, flight, made, full, shown)

    async def _done(self, running: Running, flight: Flight, made: Made, full: dict[str, Any], shown: Any) -> Completed:
        """Record what was done, whatever becomes of the caller."""
        tool, call, asked, names = running.tool, running.call, running.asked, list[JsonValue]()
        fields: dict[str, JsonValue] = {"status": full.get("status"), "credits": full.get("credits_used"), **made.told}
        at_most = self._budgets.cost(tool, asked, full)
        if fields["credits"] is None and at_most is not None:
            fields["credits_at_most"] = in_credits(at_most)
            shown = {**shown, "credits_at_most": in_credits(at_most)} if at_most else shown
        if flight.answer is None:
            with anyio.CancelScope(shield=True):
                names += await self._answers.names(tool, call, asked, full)
        if names:
            fields["answers"] = names
        head = await self._finish(call, "success", fields, recorded(tool, call, asked, full))
        if flight.answer is None:
            flight.answer = self._answers.answer(tool, call, made.result, full)
        return Completed(call_id=call.call_id, content=noted(shown, head), head=head)

    async def _made(self, running: Running, answer: Answer | None) -> Made:
        """The result of what the tool does; nothing is asked for where the answer is there."""
        tool, asked, trip = running.tool, running.asked, running.trip
        clients = self._clients(trip)
        if isinstance(tool, ReadTool) and tool.reuse is not None and answer is not None:
            result = tool.reuse.free(answer.result, answer.told())
            result = result if tool.beside is None else await tool.beside(asked, result, clients)
            return Made(result, {"reuses": answer.call_id})
        if isinstance(tool, ReadTool):
            at_most = self._budgets.worst_case(tool, asked)
            if at_most is not None:
                wish, balance = wished(running.given), clients.ocean.credits
                spend = Spend(call=running.call, at_most=at_most, wish=wish, balance=balance)
                trip.permit = self._spends.permit(spend)
            return Made(await tool.handler(asked, clients))
        return await self._writes.made(
            tool, running.call, asked, lambda: tool.propose(asked, clients), until=trip.deadline
        )

    async def _failed(self, call: CallRecord, trip: Trip, error: Exception) -> Completed:
        fields: dict[str, JsonValue] = {"error": error_name(error)}
        if isinstance(error, SaidNo):
            fields["refused"] = error.plan_id
        payload = None
        if isinstance(error, UnreadableAnswer):
            payload = Payload(content={"answer": error.raw}, about=call.people, unread=True)
        head = await self._finish(call, outcome_of(error, trip), fields, payload)
        plan_id = error.plan_id if isinstance(error, NeedsApproval) else None
        return Completed(call_id=call.call_id, content=explain(error, call.call_id), head=head, plan_id=plan_id)

    async def _finish(
        self, call: CallRecord, outcome: str, fields: Mapping[str, JsonValue], payload: Payload | None
    ) -> Head | None:
        """Write the outcome whatever becomes of the caller; None if that was impossible."""
        head = None
        try:
            with anyio.CancelScope(shield=True):
                head = await self._audit.outcome(call, outcome, fields=fields, payload=payload)
        except StoreUnavailable as failure:
            logger.error("the outcome of call %s could not be recorded: %s", call.call_id, failure)
        return head


def recorded(tool: AnyTool, call: CallRecord, asked: Arguments, full: dict[str, Any]) -> Payload:
    """What to record of a result, with everybody that it is about."""
    people = [*tool.found(asked, full)]
    return Payload(
        content={"result": full},
        about=[*call.people, *(person.subject for person in people if not person.path)],
        found=[(("result", *one.path), (one.subject, *one.perhaps)) for one in people if one.path],
    )


def unread(arguments: Mapping[str, JsonValue]) -> Payload:
    """Arguments of a call that did not come to be looked at."""
    return Payload(content={"arguments": kept(arguments)}, unread=True)


def kept(arguments: Mapping[str, JsonValue]) -> JsonValue:
    """What is recorded of arguments that were refused: whoever is refused must not fill the disk, nor leave what
    nobody can read again."""
    try:
        text = as_json(dict(arguments))
        from_json(text)
    except (ValueError, RecursionError):
        return "nested too deeply to be kept"
    return dict(arguments) if len(text) <= MOST_REFUSED_BYTES else f"{len(text)} bytes, too many to be kept"


def wished(given: dict[str, Any]) -> dict[str, Any]:
    """What a call asks for, however it is made, and whether or not its defaults are spelt out; zero is no default."""
    asked = {name: value for name, value in given.items() if name not in HOW_ARGUMENTS}
    return {name: value for name, value in asked.items() if value is not False and value not in ([], {})}


def dumped(model: BaseModel) -> dict[str, Any]:
    """A model as JSON values, in our names, without its null fields."""
    values: dict[str, Any] = to_jsonable_python(model, by_alias=False, exclude_none=True)
    return values


def error_name(error: Exception) -> str:
    anticipated = isinstance(error, ToolFailure | TalentError)
    return type(error).__name__ if anticipated else describe_crash(error)


def outcome_of(error: Exception, trip: Trip) -> Outcome:
    """A vendor that said no changed nothing; after anything else, a request that left may have taken effect."""
    if isinstance(error, ToolFailure) and not isinstance(error, UnreadableAnswer):
        return error.outcome
    return "unknown" if trip.risked else "failure"


def noted(shown: Any, head: Head | None) -> dict[str, Any]:
    """The result, with a word about it if its outcome could not be recorded."""
    if head is not None:
        return {**shown}
    return {
        **shown,
        "audit_note": "The call succeeded, but its outcome could not be recorded. Tell the person.",
    }
