"""Asking the person through the MCP client, where that declares that it can; in both protocol eras.

A client that answers for the person is no person: what comes back faster than anybody reads is no answer, and the
plan then waits where no client can decide it.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
from mcp import MCPError
from mcp.types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from pydantic import ValidationError

from talent_mcp.approvals.desk import Decision, Desk, NotWaiting
from talent_mcp.approvals.plans import DECIDE_SECONDS
from talent_mcp.approvals.wording import spends, text
from talent_mcp.completed import Completed
from talent_mcp.identity import Caller

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

READING_SECONDS = 1.0
"""Nobody has read a plan and decided in less."""
LONGEST_QUESTION = 6_000
QUESTION = "approval"
SPEND: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approve": {
            "type": "boolean",
            "title": "Let it spend this",
            "description": "Yes lets the call go on; no spends nothing.",
        }
    },
    "required": ["approve"],
}
FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approve": {
            "type": "boolean",
            "title": "Approve this change",
            "description": "Yes makes the change; no leaves the record as it is.",
        }
    },
    "required": ["approve"],
}
MODERN = "2026-07-28"

WRITE_SECONDS = 10.0
"""What is left of a call's time for the write, once a person has been asked."""

OFFER_SECONDS = 10.0
"""For how long a browser may open, while others wait for theirs: an answer in time is worth more."""

# Written as text: to name its parameters would make a model of its own.
AnyContext: TypeAlias = "Context[dict[str, Any], Any]"
Arguments = Mapping[str, Any]
RunCall = Callable[[Arguments, float], Awaitable[Completed]]
"""Runs a tool with these arguments, in no more than so many seconds."""
AskTask = Callable[[dict[str, Any]], Awaitable[Any]]
"""Puts a request to the client of a task, and waits for its response, however long that takes."""
Offer = Callable[[str, str], Awaitable[bool]]
"""Brings a tenant's plan before a person elsewhere; whether it could. Raises NotWaiting and StoreUnavailable."""

OPENED = (
    "Nothing was changed: a person has to approve this. It is open in the browser of the person at this computer, and "
    "waits in `{command}` too. Show them the changes and ask them to decide; then make the same call with this plan_id."
)
OPENED_TOO = "It is open in the browser of the person at this computer, too."


async def nowhere(tenant: str, plan_id: str) -> bool:
    """There is no page: plans wait for the terminal."""
    return False


def no_task() -> AskTask | None:
    """Calls are no tasks here."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Asks for a decision on a plan, and records what a person says.

    `task` is the way to ask where a call has become a task by now: that is asked through the task, until the plan
    expires. Where the client cannot ask, or nobody answers there, `offer` is the next way, for `offer_seconds` at
    most. All else takes no more than `call_seconds`; `clock` is in Unix seconds.
    """

    desk: Desk
    call_seconds: float
    task: Callable[[], AskTask | None] = no_task
    offer: Offer = nowhere
    offer_seconds: float = OFFER_SECONDS
    clock: Callable[[], float] = time.time

    async def run(
        self, call: RunCall, arguments: Arguments, context: "AnyContext | None", caller: Caller
    ) -> Completed | InputRequiredResult:
        """Make a call, and once more if it leaves a plan that the person at the client then decides on.

        Raises what `call` does, and StoreUnavailable if the log cannot be used in between.
        """
        answer = await self._asked(call, arguments, context, caller)
        return answer if isinstance(answer, InputRequiredResult) else await self._offered(answer, caller)

    async def _asked(
        self, call: RunCall, arguments: Arguments, context: "AnyContext | None", caller: Caller
    ) -> Completed | InputRequiredResult:
        """The same, with nobody asked but at the client."""
        began = anyio.current_time()
        if answered := self._answered(context):
            asked_of, since, answer = answered
            await self._take(answer, caller, asked_of, since=since)
            return await call({**arguments, "plan_id": asked_of}, self.call_seconds)
        completed = await call(arguments, self.call_seconds)
        plan_id = new_plan(arguments, completed)
        if context is None or plan_id is None or not can_ask(context):
            return completed
        if (ask := self.task()) is not None:
            await self._ask_task(ask, caller, plan_id)
            return await call({**arguments, "plan_id": plan_id}, self.call_seconds)
        spent = anyio.current_time() - began
        question = await self._ask(context, caller, plan_id, seconds=self.call_seconds - spent - WRITE_SECONDS)
        if question is not None:
            return question
        return await call({**arguments, "plan_id": plan_id}, self.call_seconds - (anyio.current_time() - began))

    async def _offered(self, completed: Completed, caller: Caller) -> Completed:
        """The same, with a word about the page if that is where the plan waits now."""
        plan_id = waiting_plan(completed)
        if plan_id is None:
            return completed
        if not await self._is_shown(caller.tenant, plan_id):
            return completed
        if isinstance(completed.content, str):
            return replace(completed, content=f"{completed.content} {OPENED_TOO}")
        told = OPENED.format(command=self.desk.command(plan_id))
        return replace(completed, content={**completed.content, "next": told})

    async def _is_shown(self, tenant: str, plan_id: str) -> bool:
        with anyio.move_on_after(self.offer_seconds), suppress(NotWaiting):
            return await self.offer(tenant, plan_id)
        return False

    async def _ask(
        self, context: "AnyContext", caller: Caller, plan_id: str, *, seconds: float
    ) -> InputRequiredResult | None:
        """The question to answer this request with; None once a client of the older era was asked instead."""
        form, began = await self._form(caller, plan_id), self.clock()
        if form is None:
            return None
        if (context.protocol_version or "") >= MODERN:
            # The SDK seals the state for this server, tool, arguments and caller: a client cannot make one up.
            state = f"{plan_id} {began}"
            return InputRequiredResult(input_requests={QUESTION: ElicitRequest(params=form)}, request_state=state)
        with anyio.move_on_after(seconds):
            try:
                answer = await context.session.elicit_form(form.message, form.requested_schema, context.request_id)
            except (MCPError, ValueError):
                return None
            await self._take(answer, caller, plan_id, since=began)
        return None

    async def _ask_task(self, ask: AskTask, caller: Caller, plan_id: str) -> None:
        """Ask the client of the task that a call has become: there is nobody any more to answer the call with."""
        form, began = await self._form(caller, plan_id), self.clock()
        if form is None:
            return
        request = ElicitRequest(params=form).model_dump(by_alias=True, mode="json", exclude_none=True)
        with anyio.move_on_after(DECIDE_SECONDS), suppress(ValidationError):
            await self._take(ElicitResult.model_validate(await ask(request)), caller, plan_id, since=began)

    async def _form(self, caller: Caller, plan_id: str) -> ElicitRequestFormParams | None:
        """The question in words; None if it is not one for a form."""
        try:
            plan = await self.desk.shown(caller.tenant, plan_id)
        except NotWaiting:
            # Whom it is about was erased just now.
            return None
        words, schema = text(plan), SPEND if spends(plan) else FORM
        # A form that a client cuts would get a yes to what nobody saw: a terminal shows all of it.
        return (
            None if len(words) > LONGEST_QUESTION else ElicitRequestFormParams(message=words, requested_schema=schema)
        )

    def _answered(self, context: "AnyContext | None") -> tuple[str, float, ElicitResult] | None:
        """The plan that this request answers a question about, when that was asked, and the answer."""
        if context is None or context.request_state is None or not can_ask(context):
            return None
        plan_id, _, since = context.request_state.partition(" ")
        answer = (context.input_responses or {}).get(QUESTION)
        return (plan_id, float(since), answer) if isinstance(answer, ElicitResult) else None

    async def _take(self, answer: ElicitResult, caller: Caller, plan_id: str, *, since: float) -> None:
        """Record a decision, if somebody made one since the question was asked; the plan goes on waiting otherwise."""
        decision = decision_in(answer)
        plan = await self.desk.own_plan(caller, plan_id)
        if decision is None or plan is None:
            return
        if self.clock() - since < READING_SECONDS:
            return
        try:
            await self.desk.decide(caller.tenant, plan_id, decision, by="elicitation", principal=caller.principal)
        except NotWaiting:
            # Somebody was faster, elsewhere: the call is answered by that decision.
            return


def decision_in(answer: ElicitResult) -> Decision | None:
    """What a person said; None if nobody said anything."""
    if answer.action == "decline":
        return "refused"
    approve = (answer.content or {}).get("approve") if answer.action == "accept" else None
    return None if not isinstance(approve, bool) else "approved" if approve else "refused"


def new_plan(arguments: Arguments, completed: Completed) -> str | None:
    """The plan that this call has just left for a person."""
    plan_id = waiting_plan(completed)
    return None if arguments.get("plan_id") == plan_id else plan_id


def waiting_plan(completed: Completed) -> str | None:
    """The plan that a person has to decide on before this call does anything."""
    if isinstance(completed.content, str) or completed.content.get("status") != "needs_approval":
        return completed.plan_id
    plan_id: str = completed.content["plan_id"]
    return plan_id


def can_ask(context: "AnyContext") -> bool:
    """Whether the client declares that it can show a form."""
    capabilities = context.client_capabilities
    declared = None if capabilities is None else capabilities.elicitation
    # To declare nothing more was to declare forms, when there was nothing else.
    return declared is not None and (declared.form is not None or declared.url is None)
