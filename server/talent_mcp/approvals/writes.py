"""From a proposed write to one that is made: only with a yes, and with each yes once."""

from pydantic import JsonValue

from talent_mcp.approvals.desk import Desk
from talent_mcp.approvals.plans import WaitingPlan, use_claim
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.errors import Denied
from talent_mcp.policy import Policy
from talent_mcp.store.protocol import Claimed
from talent_tools.plans import Plan, Proposal, WriteArguments, WriteResult
from talent_tools.spec import AnyTool

REFUSED = "A person refused this change, so nothing was changed. Do not try it again unless they ask for it."
USED = "This plan was carried out already; nothing was changed by this call. To change something, leave plan_id out."


class Writes:
    """Makes proposed writes, or leaves their plans for a person."""

    def __init__(self, audit: AuditLog, desk: Desk, policy: Policy) -> None:
        self._audit = audit
        self._desk = desk
        self._policy = policy

    async def result(
        self, tool: AnyTool, call: CallRecord, asked: WriteArguments, proposal: Proposal[WriteResult]
    ) -> WriteResult:
        """What came of a proposal.

        Raises:
            Denied: the operator, or a person, does not want it.
            ToolFailure: what the vendor's client raises; then it may have been made.
            StoreUnavailable: it could not be recorded.
        """
        plan = proposal.plan
        if not plan.changes:
            return proposal.unwritten("unchanged")
        if asked.preview:
            return proposal.unwritten("preview")
        allowed = self._policy.allowance(tool, plan.changes)
        digest = await self._audit.plan_digest(call, plan)
        if allowed != "ask":
            await self._audit.planned(call, plan, digest, {"approval": allowed})
            return await proposal.write()
        known = await self._desk.own_plan(call.caller, asked.plan_id) if asked.plan_id else None
        if known is None or known.digest != digest or known.state == "expired":
            await self._audit.planned(call, plan, digest, {"waits": True})
            return waits(proposal, call.call_id)
        if known.state == "waiting":
            return waits(proposal, known.plan_id)
        await self._use(call, plan, known)
        return await proposal.write()

    async def _use(self, call: CallRecord, plan: Plan, known: WaitingPlan) -> None:
        if known.state == "refused":
            raise Denied(REFUSED)
        fields: dict[str, JsonValue] = {
            "approval": known.by,
            "plan": known.plan_id,
            "claim": use_claim(known.plan_id),
        }
        try:
            await self._audit.planned(call, plan, known.digest, fields)
        except Claimed:
            raise Denied(USED) from None


def waits(proposal: Proposal[WriteResult], plan_id: str) -> WriteResult:
    """The result where a person has to decide first."""
    told = (
        f"Nothing was changed: a person has to approve this with `talent-mcp approve {plan_id}`. Show them the changes "
        "and ask them to; then make the same call with this plan_id."
    )
    return proposal.unwritten("needs_approval").model_copy(update={"plan_id": plan_id, "next": told})
