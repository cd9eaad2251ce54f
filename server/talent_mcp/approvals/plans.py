"""Plans that wait for a person, as the audit log tells of them: nothing else keeps them.

A plan is known by the call that made it. Its entry holds the digest of exactly what would be written to exactly what
was read, and, sealed, what a person is shown. The decision is an entry of its own; it and the one use of an approval
each claim a name that no other entry of the log can claim again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from talent_mcp.audit.entries import StoredEntry

DECIDE_SECONDS = 3_600.0
"""How long a plan waits for a person."""
USE_SECONDS = 3_600.0
"""How long an approval may be used after it was given."""

CLOCKS_APART_SECONDS = 600.0
"""How far the clocks of servers on one log may be apart."""
PlanState = Literal["waiting", "approved", "refused", "expired"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingPlan:
    """A plan and what a person said of it; `by` is how the decision came about. Times are in Unix seconds.

    `client` is what the one that asked calls itself. `decided` is when that was, or else when the plan was made.
    """

    plan_id: str
    principal: str
    client: str | None
    digest: str
    state: PlanState
    by: str | None
    decided: float
    expires: float
    entry: StoredEntry


def waiting_entry(entries: Sequence[StoredEntry]) -> StoredEntry | None:
    """The plan that a call left for a person, among the call's entries."""
    return next((one for one in entries if one.entry.type == "plan" and one.envelope.get("waits")), None)


def known_plan(first: StoredEntry, made: StoredEntry, decided: StoredEntry | None, now: float) -> WaitingPlan:
    """A plan from the first entry of its call, its own, and the decision if there is one."""
    since = seconds(decided or made)
    expires = since + (USE_SECONDS if decided else DECIDE_SECONDS)
    state: PlanState = "waiting"
    if decided is not None:
        state = "approved" if decided.entry.type == "plan.approved" else "refused"
    # From later than now: a clock was put back since, and nobody knows how old it is.
    if state != "refused" and not since - CLOCKS_APART_SECONDS <= now < expires:
        state = "expired"
    return WaitingPlan(
        plan_id=made.entry.call_id,
        principal=str(first.envelope.get("principal")),
        client=None if (client := first.envelope.get("client")) is None else str(client),
        digest=str(made.envelope["digest"]),
        state=state,
        by=None if decided is None else str(decided.envelope["by"]),
        decided=since,
        expires=expires,
        entry=made,
    )


def seconds(one: StoredEntry) -> float:
    return datetime.fromisoformat(str(one.envelope["time"])).timestamp()


def decision_claim(plan_id: str) -> str:
    """What only one decision on a plan can claim."""
    return f"decision on plan {plan_id}"


def use_claim(plan_id: str, number: int = 0) -> str:
    """What only one use of an approval can claim. A write uses it once; what is spent uses it again, under the next
    number, as long as that brought nothing."""
    return f"use of plan {plan_id}" if number == 0 else f"use of plan {plan_id}, number {number}"
