"""From a proposed write to one that is made: only with a yes, with each yes once, and each wish once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, JsonValue

from talent_mcp.approvals.desk import Desk
from talent_mcp.approvals.origins import Origins, marked
from talent_mcp.approvals.plans import WaitingPlan, use_claim
from talent_mcp.approvals.wishes import Earlier, Place, Wishes, wish_claim
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.errors import Denied, InDoubt, UnderWay
from talent_mcp.policy import Allowed, Policy
from talent_mcp.store.protocol import Claimed
from talent_tools.errors import OutcomeUnknown, UnreadableAnswer
from talent_tools.plans import Plan, Proposal, WriteArguments, WriteResult
from talent_tools.spec import WriteTool

REFUSED = (
    "A person refused this change, so nothing was changed. Do not try it again unless they ask for it; a call without "
    "plan_id makes a new plan {window} after they refused."
)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a call: its result, and what the log is told beside that."""

    result: BaseModel
    told: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """One call that wants to write: what it proposes, who has to allow that, until when it must be answered, and what
    the log is told of where its names come from."""

    tool: WriteTool[WriteArguments, WriteResult]
    call: CallRecord
    proposal: Proposal[WriteResult]
    allowed: Allowed
    digest: str
    until: float
    told: Mapping[str, JsonValue]

    @property
    def plan(self) -> Plan:
        return self.proposal.plan


class Writes:
    """Makes proposed writes, leaves their plans for a person, or answers with what came of the same call before."""

    def __init__(self, audit: AuditLog, desk: Desk, policy: Policy, wishes: Wishes, origins: Origins) -> None:
        self._audit = audit
        self._desk = desk
        self._policy = policy
        self._wishes = wishes
        self._origins = origins

    async def made(
        self,
        tool: WriteTool[WriteArguments, WriteResult],
        call: CallRecord,
        asked: WriteArguments,
        proposal: Proposal[WriteResult],
        *,
        until: float,
    ) -> Made:
        """What came of a proposal, before a time of the anyio clock if it has to wait for the same call elsewhere.

        Raises:
            Denied: the operator, or a person, does not want it; or it was made before, and how that ended is unknown.
            ToolFailure: what the vendor's client raises; then it may have been made.
            StoreUnavailable: it could not be recorded.
        """
        if not proposal.plan.changes:
            return Made(proposal.unwritten("unchanged"))
        origin = await self._origins.of(call, asked, tool.names)
        proposal = marked(proposal, origin.notes)
        if asked.preview:
            return Made(proposal.unwritten("preview"))
        write = Write(
            tool=tool,
            call=call,
            proposal=proposal,
            allowed=self._policy.allowance(tool, proposal.plan.changes, doubtful=origin.doubt is not None),
            digest=await self._audit.plan_digest(call, proposal.plan),
            until=until,
            told={} if origin.doubt is None else {"origin": origin.doubt},
        )
        named = await self._named(write, asked.plan_id) if asked.plan_id else None
        made = named or await self._next(write)
        return replace(made, told={**made.told, **write.told})

    async def _named(self, write: Write, plan_id: str) -> Made | None:
        """What the plan that the call names leads to; None if a new one is needed."""
        known = await self._desk.own_plan(write.call.caller, plan_id)
        if known is None or known.digest != write.digest or write.allowed != "ask":
            return None
        return await self._decided(write, known)

    async def _next(self, write: Write) -> Made:
        """What the newest plan of the same wish leads to, or else a new one."""
        while True:
            place = await self._wishes.last(write.call)
            found = None if place is None else await self._before(write, place)
            if found is not None:
                return found
            claim = wish_claim(write.call, 0 if place is None else place.number + 1)
            try:
                return await self._anew(write, claim)
            except Claimed:
                # The same call elsewhere was faster.
                continue

    async def _anew(self, write: Write, claim: str) -> Made:
        if write.allowed == "ask":
            await self._audit.planned(
                write.call, write.plan, write.digest, {"waits": True, "claim": claim, **write.told}
            )
            return waits(write.proposal, write.call.call_id)
        fields: dict[str, JsonValue] = {"approval": write.allowed, "claim": claim, **write.told}
        await self._audit.planned(write.call, write.plan, write.digest, fields)
        return await made_or_read_back(write.proposal)

    async def _before(self, write: Write, place: Place) -> Made | None:
        """What this plan of the same wish leads to; None if a new one is needed."""
        earlier = await self._wishes.carried_out(place.plan)
        if earlier is not None:
            return await self._ended(write, place.plan, earlier)
        known = await self._desk.own_plan(write.call.caller, place.plan.entry.call_id)
        if known is None or known.digest != write.digest or write.allowed != "ask":
            return None
        if known.state == "refused" and not self._wishes.is_recent(known.decided):
            return None
        return await self._decided(write, known)

    async def _decided(self, write: Write, known: WaitingPlan) -> Made | None:
        """What a person's answer to this very plan leads to; None if a new plan is needed."""
        if known.state == "waiting":
            return waits(write.proposal, known.plan_id)
        if known.state == "refused":
            raise Denied(REFUSED.format(window=self._wishes.window))
        if known.state == "expired":
            return None
        claim = use_claim(known.plan_id)
        fields: dict[str, JsonValue] = {"approval": known.by, "plan": known.plan_id, "claim": claim, **write.told}
        try:
            await self._audit.planned(write.call, write.plan, write.digest, fields)
        except Claimed:
            earlier = await self._wishes.carried_out(known.entry)
            return None if earlier is None else await self._ended(write, known.entry, earlier)
        return await made_or_read_back(write.proposal)

    async def _ended(self, write: Write, plan: StoredEntry, earlier: Earlier) -> Made | None:
        """The answer that the call which carried this plan out stands for; None if it may be made anew."""
        if earlier.became == "running":
            earlier = await self._wishes.ended(plan, earlier, until=write.until)
            if earlier.became in ("running", "failed"):
                # What this call read is old by now.
                how = "is under way" if earlier.became == "running" else "has just failed"
                raise UnderWay(f"The same call {how} (call {earlier.call_id}), so nothing was sent. Make it again.")
        if earlier.became == "failed":
            return None
        recent = self._wishes.is_recent(earlier.at)
        if earlier.became == "unknown":
            if write.tool.idempotent and not recent:
                return None
            raise InDoubt(in_doubt(earlier))
        return await self._repeated(write, earlier) if recent else None

    async def _repeated(self, write: Write, earlier: Earlier) -> Made:
        made = f"The same call was made at {earlier.clock_time()} (call {earlier.call_id})"
        undo = await self._wishes.undone(write.call.caller.tenant, earlier.call_id)
        if undo is not None:
            raise Denied(
                f"{made}, and a person took it back (call {undo.call_id}), so nothing was sent. Do not make it again "
                f"unless they ask for it; that works {self._wishes.window} from then."
            )
        again = f"To make it once more on purpose, wait {self._wishes.window} from then."
        held = await self._wishes.result(earlier)
        if held is None:
            raise Denied(f"{made} and took effect; what it brought is not kept. Nothing was sent now. {again}")
        result = write.tool.result.model_validate(held)
        told = f"{made}: this is what came of it, and nothing was sent now. {again}"
        return Made(result.model_copy(update={"next": told}), {"repeats": earlier.call_id})


async def made_or_read_back(proposal: Proposal[WriteResult]) -> Made:
    """Make a write; where no answer tells what became of it, the record may.

    Raises what the vendor's client raises.
    """
    try:
        return Made(await proposal.write())
    except (OutcomeUnknown, UnreadableAnswer) as failure:
        result = await proposal.read_back()
        if result is None:
            raise
        return Made(result, {"settled": "read-back", "error": type(failure).__name__})


def waits(proposal: Proposal[WriteResult], plan_id: str) -> Made:
    """The result where a person has to decide first."""
    told = (
        f"Nothing was changed: a person has to approve this with `talent-mcp approve {plan_id}`. Show them the changes "
        "and ask them to; then make the same call with this plan_id."
    )
    update = {"plan_id": plan_id, "next": told}
    return Made(proposal.unwritten("needs_approval").model_copy(update=update))


def in_doubt(earlier: Earlier) -> str:
    """What the model is told of a call that is not made again."""
    return (
        f"The same call was made at {earlier.clock_time()} (call {earlier.call_id}), and whether it took effect is not "
        "known, so nothing was sent. Ask the person to look at the record; then the operator says which with "
        f"`talent-mcp audit resolve {earlier.call_id} --as happened` or `--as did-not`."
    )
