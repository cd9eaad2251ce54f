"""Where plans wait and people decide: the only way to a yes, and no argument of a tool leads here."""

import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

from pydantic import JsonValue

from talent_mcp.approvals.contents import PlanContent, plan_content
from talent_mcp.approvals.plans import (
    DECIDE_SECONDS,
    PlanState,
    WaitingPlan,
    decision_claim,
    known_plan,
    use_claim,
    waiting_entry,
)
from talent_mcp.audit.entries import StoredEntry, moment, write_entry
from talent_mcp.audit.payloads import Payloads, Sealable
from talent_mcp.audit.reading import Reader
from talent_mcp.errors import TalentError
from talent_mcp.identity import Caller
from talent_mcp.store.protocol import Claimed, Head, Store
from talent_tools.text import clean

Decision = Literal["approved", "refused"]
By = Literal["elicitation", "page", "terminal", "demo"]
"""Where; the demo says yes in the place of a person, to changes of people who do not exist."""
MOST_REASON = 500
"""Characters of a reason that are kept."""


class NotWaiting(TalentError):
    """A plan that cannot be decided; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPlan(PlanContent):
    """A plan as a person is shown it: who asks, and for what.

    `client` is what the asking one calls itself; `expires` is in Unix seconds.
    """

    plan_id: str
    principal: str
    client: str | None
    digest: str
    state: PlanState
    expires: float


NO_PLAN = "there is no such plan here; if it was made with --sandbox, add --sandbox"
NOT_SHOWN_ANY_MORE = "whom it is about was erased since, so nobody can decide on it; the same call makes a new one"
NOT_WAITING: dict[PlanState, str] = {
    "approved": "it was approved already",
    "refused": "it was refused already",
    "expired": "it waited too long for a decision, or the decision for its use; the same call makes a new one",
}


class Desk:
    """Plans that wait for a person. Every method that is awaited raises StoreUnavailable when the log cannot be used.

    `options` are those that a command at the terminal needs to find this log.
    """

    def __init__(
        self,
        store: Store,
        reader: Reader,
        payloads: Payloads,
        clock: Callable[[], float] = time.time,
        *,
        options: str = "",
    ) -> None:
        self._store = store
        self._reader = reader
        self._payloads = payloads
        self._clock = clock
        self._options = options

    def command(self, plan_id: str) -> str:
        """What a person types to decide on a plan."""
        return " ".join(filter(None, ("talent-mcp approve", plan_id, self._options)))

    async def plan(self, tenant: str, plan_id: str) -> WaitingPlan | None:
        """The plan of this identifier, in whatever state."""
        entries = await self._store.call(tenant, plan_id)
        made = waiting_entry(entries)
        if made is None:
            return None
        decided = await self._store.claimant(tenant, decision_claim(plan_id))
        return known_plan(entries[0], made, decided, self._clock())

    async def is_shown(self, plan: WaitingPlan) -> bool:
        """Whether a person can still see what there is to decide: not once whom it is about was erased."""
        return await self._shown(plan) is not None

    async def own_plan(self, caller: Caller, plan_id: str) -> WaitingPlan | None:
        """The same, if it is this caller's."""
        plan = await self.plan(caller.tenant, plan_id)
        return plan if plan is not None and plan.principal == caller.principal else None

    async def story(self, tenant: str, call_id: str) -> list[StoredEntry]:
        """All entries of a call; if it left a plan, or used one, also the decision on that, and the entries that used
        the one it left."""
        entries = await self._store.call(tenant, call_id)
        plans = {str(one.envelope.get("plan", call_id)) for one in entries if one.entry.type == "plan"}
        decisions = [await self._store.claimant(tenant, decision_claim(plan)) for plan in plans]
        entries += [decided for decided in decisions if decided is not None]
        if waiting_entry(entries) is not None:
            entries += [use async for use in self._uses(tenant, call_id)]
        return entries

    async def _uses(self, tenant: str, plan_id: str) -> AsyncIterator[StoredEntry]:
        for number in count():
            use = await self._store.claimant(tenant, use_claim(plan_id, number))
            if use is None:
                return
            yield use

    async def waiting(self, tenant: str) -> list[ShownPlan]:
        """Every plan that waits, oldest first."""
        since = moment(self._clock() - DECIDE_SECONDS)
        plans = [await self.plan(tenant, call_id) for call_id in await self._store.plans_since(tenant, since)]
        shown = [await self._shown(plan) for plan in plans if plan is not None and plan.state == "waiting"]
        return [plan for plan in shown if plan is not None]

    async def shown(self, tenant: str, plan_id: str) -> ShownPlan:
        """What a person decides on.

        Raises:
            NotWaiting: there is no such plan, or it cannot be read any more.
        """
        return (await self._readable(tenant, plan_id))[1]

    async def _readable(self, tenant: str, plan_id: str) -> tuple[WaitingPlan, ShownPlan]:
        """A plan, and what there is to see of it; raises NotWaiting."""
        plan = await self.plan(tenant, plan_id)
        if plan is None:
            raise NotWaiting(NO_PLAN)
        shown = await self._shown(plan)
        if shown is None:
            raise NotWaiting(NOT_SHOWN_ANY_MORE)
        return plan, shown

    async def reason(self, tenant: str, plan_id: str) -> str | None:
        """Why a person decided as they did, if they said it and it can still be read."""
        decided = await self._store.claimant(tenant, decision_claim(plan_id))
        (held,) = await self._reader.payloads([decided]) if decided else (None,)
        reason = held.get("reason") if isinstance(held, dict) else None
        return reason if isinstance(reason, str) else None

    async def with_reason(self, told: str, tenant: str, plan_id: str) -> str:
        """What a model is told of a refusal, with the person's reason as data, if there is one."""
        reason = await self.reason(tenant, plan_id)
        return f"{told} Why, in their words: {json.dumps(reason, ensure_ascii=False)}" if reason else told

    async def decide(
        self, tenant: str, plan_id: str, decision: Decision, *, by: By, principal: str, reason: str = ""
    ) -> Head:
        """Record what a person said, and why, in words that are kept like those of the plan; durable on return.

        Raises:
            NotWaiting: there is no such plan, or it is too late for it.
        """
        plan, _ = await self._readable(tenant, plan_id)
        if plan.state != "waiting":
            raise NotWaiting(NOT_WAITING[plan.state])
        sealable = await self._sealable(plan, reason)
        fields: dict[str, JsonValue] = {
            "principal": principal,
            "by": by,
            "plan": plan_id,
            "digest": plan.digest,
            "claim": decision_claim(plan_id),
            "subjects": [*sealable.subjects] if sealable else None,
        }
        entry = write_entry(
            tenant=tenant,
            type_="plan.approved" if decision == "approved" else "plan.refused",
            at=self._clock(),
            fields=fields,
            seal=sealable.seal if sealable else None,
        )
        try:
            return await self._store.append(entry)
        except Claimed:
            raise NotWaiting("somebody else has just decided") from None

    async def _sealable(self, plan: WaitingPlan, reason: str) -> Sealable | None:
        """What seals a reason, if there is one; it is erased with the person that the plan is about."""
        told = " ".join(str(clean(reason)).split())[:MOST_REASON]
        about = plan.entry.envelope.get("subjects")
        subjects = [str(name) for name in about] if isinstance(about, list) else []
        return await self._payloads.sealable_as(plan.entry.entry.tenant, subjects, {"reason": told}) if told else None

    async def _shown(self, plan: WaitingPlan) -> ShownPlan | None:
        """What there is to see; None where whom it is about was erased: nobody can say yes to that."""
        (held,) = await self._reader.payloads([plan.entry])
        content = plan_content(held)
        if content is None:
            return None
        return ShownPlan(
            plan_id=plan.plan_id,
            principal=plan.principal,
            client=plan.client,
            digest=plan.digest,
            state=plan.state,
            expires=plan.expires,
            target=content.target,
            name=content.name,
            changes=content.changes,
            notes=content.notes,
        )
