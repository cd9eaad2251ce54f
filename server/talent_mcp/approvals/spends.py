"""Calls that may cost more than goes without asking: a person decides, by the same plans as for a write.

A plan says what may be spent, on what, and what is left. The yes is for the same call of the same principal, up to the
same credits, and is used up by the first call that brought an answer, or may have; and by so many that the vendor was
not ready for, as nobody says that these are free.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
from pydantic import JsonValue

from talent_mcp.approvals.desk import Desk
from talent_mcp.approvals.plans import WaitingPlan, use_claim
from talent_mcp.approvals.wishes import Earlier, Place, Wishes, wish_claim
from talent_mcp.approvals.wording import SPENDS, value
from talent_mcp.audit.lineage import PENDING
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.errors import NeedsApproval, SaidNo, UnderWay
from talent_mcp.spending.amounts import reserved_hundredths, spelt
from talent_mcp.spending.budgets import Budgets
from talent_mcp.store.protocol import Claimed
from talent_mcp.upstream.trip import Permit
from talent_tools.errors import ToolFailure
from talent_tools.plans import Plan

if TYPE_CHECKING:
    from talent_tools.ocean.client import Balance

NEEDS_APPROVAL = (
    "This may cost up to {credits} credits, and above {above} a person decides, so nothing was spent. Tell them what "
    "it is for, and ask them to approve it with `{command}`; then make the same call again."
)
REFUSED = (
    "A person refused to spend this, so nothing was spent. Do not try it again unless they ask for it; the same call "
    "makes a new plan {window} after they refused."
)

MOST_UNREADY = 5
UNREADY = f"where Ocean.io needs more time, asking again is allowed too, {MOST_UNREADY} times at the most"

BALANCE_SECONDS = 5.0
"""How long a plan waits to be told what is left: a person can decide without it."""

AskBalance = Callable[[], Awaitable["Balance"]]
"""Asks the vendor what is left, which costs nothing. Raises ToolFailure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spend:
    """A call that wants to spend, up to how much (hundredths of a credit), and what it asks for."""

    call: CallRecord
    at_most: int
    wish: dict[str, JsonValue]
    balance: AskBalance


class Spends:
    """Lets calls spend. `above` is how many credits one may cost without asking; None is any number."""

    def __init__(self, audit: AuditLog, desk: Desk, wishes: Wishes, budgets: Budgets, *, above: Decimal | None) -> None:
        self._audit = audit
        self._desk = desk
        self._wishes = wishes
        self._budgets = budgets
        self._above = None if above is None else reserved_hundredths(above)

    def permit(self, spend: Spend) -> Permit | None:
        """What has to happen before this is spent; None where nobody is asked.

        It raises NeedsApproval where a person has to decide first, SaidNo where one refused, UnderWay where the same
        call is under way, and StoreUnavailable where that cannot be recorded.
        """
        if self._above is None or spend.at_most <= self._above:
            return None
        asking = Asked(self._audit, self._desk, self._wishes, self._budgets, spend, self._above)
        return asking.allowed


@dataclass(frozen=True, slots=True)
class Asked:
    """One spend that a person decides on."""

    audit: AuditLog
    desk: Desk
    wishes: Wishes
    budgets: Budgets
    spend: Spend
    above: int

    async def allowed(self) -> None:
        """Returns once a yes is used for it. What it raises stands at `Spends.permit`."""
        call, plan = self.spend.call, spend_plan(self.spend)
        digest = await self.audit.plan_digest(call, plan)
        while True:
            place = await self.wishes.last(call)
            if place is not None and await self._is_answered(place, plan, digest):
                return
            shown = replace(plan, notes=[*plan.notes, *[note async for note in self._left()]])
            claim = wish_claim(call, 0 if place is None else place.number + 1)
            try:
                await self.audit.planned(call, shown, digest, {"waits": True, "claim": claim})
            except Claimed:
                # The same call elsewhere was faster.
                continue
            raise self._needed(call.call_id)

    async def _is_answered(self, place: Place, plan: Plan, digest: str) -> bool:
        """Whether the newest plan of the same wish is a yes that can be used; False if a new plan is needed."""
        known = await self.desk.own_plan(self.spend.call.caller, place.plan.entry.call_id)
        if known is None or known.digest != digest:
            return False
        if known.state != "refused" and not await self.desk.is_shown(known):
            return False
        if known.state == "waiting":
            raise self._needed(known.plan_id)
        if known.state == "refused" and self.wishes.is_recent(known.decided):
            told = REFUSED.format(window=self.wishes.window)
            told = await self.desk.with_reason(told, self.spend.call.caller.tenant, known.plan_id)
            raise SaidNo(told, plan_id=known.plan_id)
        return known.state == "approved" and await self._use(known, plan)

    async def _use(self, known: WaitingPlan, plan: Plan) -> bool:
        """Use a yes; False if it is used up."""
        number = unready = 0
        while True:
            claim = use_claim(known.plan_id, number)
            fields: dict[str, JsonValue] = {"approval": known.by, "plan": known.plan_id, "claim": claim}
            try:
                await self.audit.planned(self.spend.call, plan, known.digest, fields)
            except Claimed:
                earlier = await self.wishes.claimed(self.spend.call.caller.tenant, claim)
                if earlier is not None and not brought_nothing(earlier):
                    return False
                unready += earlier is not None and is_unready(earlier)
                if unready > MOST_UNREADY:
                    return False
                number += 1
            else:
                return True

    async def _left(self) -> AsyncIterator[str]:
        """What is left, as far as it is known, in lines."""
        left = await self.budgets.left(self.spend.call.caller)
        for name, when in (("left_today", "today"), ("left_this_month", "this month")):
            if name in left:
                yield f"of the budget {left[name]} credits are left {when}, if this costs as much"
        balance = await self._balance()
        if balance is not None:
            yield f"at Ocean.io {balance:g} credits are left now"

    async def _balance(self) -> float | None:
        with anyio.move_on_after(BALANCE_SECONDS), suppress(ToolFailure):
            return in_all(await self.spend.balance())
        return None

    def _needed(self, plan_id: str) -> NeedsApproval:
        credits_, above, command = spelt(self.spend.at_most), spelt(self.above), self.desk.command(plan_id)
        told = NEEDS_APPROVAL.format(credits=credits_, above=above, command=command)
        return NeedsApproval(told, plan_id=plan_id)


def spend_plan(spend: Spend) -> Plan:
    """The plan of a spend, without what is left: that moves, and is no part of what is agreed to."""
    return Plan(
        target=f"{SPENDS}{spelt(spend.at_most)} credits for {spend.call.tool}",
        name=None,
        subject=(),
        changes=(),
        body=spend.wish,
        fingerprint="",
        notes=[*(f"{name.replace('_', ' ')}: {value(part)}" for name, part in spend.wish.items()), UNREADY],
    )


def brought_nothing(earlier: Earlier) -> bool:
    """Whether a call that was allowed ended without an answer that is paid for, so that its yes is still good.

    Raises:
        UnderWay: it has not ended.
    """
    if earlier.became == "running":
        raise UnderWay(f"The same call is under way (call {earlier.call_id}), so nothing was sent. Make it again.")
    return earlier.became == "failed" or is_unready(earlier)


def is_unready(earlier: Earlier) -> bool:
    """Whether the vendor said that it needs more time."""
    return earlier.end.envelope.get("status") == PENDING


def in_all(balance: "Balance") -> float | None:
    """The credits of all kinds that serve for anything."""
    kinds = (balance.credits.one_time, balance.credits.recurrent) if balance.credits else ()
    known = [each for each in kinds if each is not None]
    return sum(known) if known else None
