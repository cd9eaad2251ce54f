"""From a proposed write to one that is made: only with a yes, with each yes once, and each wish once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, JsonValue

from talent_mcp.approvals.desk import Desk
from talent_mcp.approvals.origins import Origins, marked
from talent_mcp.approvals.plans import WaitingPlan, use_claim
from talent_mcp.approvals.wishes import Act, Earlier, Wishes, act_claim, wish_claim
from talent_mcp.audit.log import AuditLog, CallRecord
from talent_mcp.background import background_work
from talent_mcp.errors import Denied, InDoubt, SaidNo, UnderWay
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
        propose: Callable[[], Awaitable[Proposal[WriteResult]]],
        *,
        until: float,
    ) -> Made:
        """What came of a proposal, before a time of the anyio clock if it has to wait for the same call elsewhere.

        Raises:
            Denied: the operator, or a person, does not want it; or it was made before, and how that ended is unknown.
            ToolFailure: what the vendor's client raises; then it may have been made.
            StoreUnavailable: it could not be recorded.
        """
        async with background_work() as beside:
            look = self._origins.look(call, beside)
            proposal = await propose()
            if not proposal.plan.changes:
                return Made(proposal.unwritten("unchanged"))
            origin = await self._origins.of(look, call, asked, tool.names)
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
        made = await self._next(write, asked.plan_id)
        return replace(made, told={**made.told, **write.told})

    async def _next(self, write: Write, plan_id: str | None) -> Made:
        """What came of the same wish before, or else of carrying it out."""
        while True:
            act = await self._wishes.last_act(write.call)
            found = None if act is None else await self._ended(write, act)
            if found is not None:
                return found
            try:
                return await self._acted(write, plan_id, 0 if act is None else act.number + 1)
            except Claimed:
                # The same call elsewhere was faster.
                continue

    async def _acted(self, write: Write, plan_id: str | None, number: int) -> Made:
        """What comes of carrying a wish out for the time of this number, if a person allows it who has to.

        Raises:
            Claimed: another call does, or has used the person's yes.
        """
        act = act_claim(write.call, number)
        if write.allowed != "ask":
            return await self._made(write, {"approval": write.allowed, "claim": act})
        known, free = await self._known_plan(write, plan_id)
        if known is None:
            await self._require_last(write, number)
            claim = wish_claim(write.call, free, write.digest)
            fields: dict[str, JsonValue] = {"waits": True, "claim": claim, **write.told}
            await self._audit.planned(write.call, write.plan, write.digest, fields)
            return self._waits(write, write.call.call_id)
        if known.state == "waiting":
            return self._waits(write, known.plan_id)
        if known.state == "refused":
            told = REFUSED.format(window=self._wishes.window)
            told = await self._desk.with_reason(told, write.call.caller.tenant, known.plan_id)
            raise SaidNo(told, plan_id=known.plan_id)
        claims: list[JsonValue] = [act, use_claim(known.plan_id)]
        return await self._made(write, {"approval": known.by, "plan": known.plan_id, "claim": claims})

    async def _require_last(self, write: Write, number: int) -> None:
        """Raises Claimed: the wish was carried out meanwhile, which may be what used up its plan."""
        act = await self._wishes.last_act(write.call)
        if act is not None and act.number >= number:
            raise Claimed

    def _waits(self, write: Write, plan_id: str) -> Made:
        """The result where a person has to decide first."""
        told = (
            f"Nothing was changed: a person has to approve this with `{self._desk.command(plan_id)}`. Show them the "
            "changes and ask them to; then make the same call with this plan_id."
        )
        result = write.proposal.unwritten("needs_approval").model_copy(update={"plan_id": plan_id, "next": told})
        return Made(result, {} if plan_id == write.call.call_id else {"plan": plan_id})

    async def _made(self, write: Write, fields: Mapping[str, JsonValue]) -> Made:
        await self._audit.planned(write.call, write.plan, write.digest, {**fields, **write.told})
        return await made_or_read_back(write.proposal)

    async def _known_plan(self, write: Write, plan_id: str | None) -> tuple[WaitingPlan | None, int]:
        """The plan of this very change that a person was asked to decide on: the one that the call names, or the
        newest. None where a new one is needed, with its place in the line."""
        named = None if plan_id is None else await self._open_plan(write, plan_id)
        if named is not None:
            return named, 0
        place = await self._wishes.last(write.call, write.digest)
        if place is None:
            return None, 0
        known = await self._open_plan(write, place.plan.entry.call_id)
        if known is not None and known.state == "refused" and not self._wishes.is_recent(known.decided):
            known = None
        return known, place.number + 1

    async def _open_plan(self, write: Write, plan_id: str) -> WaitingPlan | None:
        """The caller's plan of this identifier, if it is of this very change, in time, and its yes is not used."""
        known = await self._desk.own_plan(write.call.caller, plan_id)
        if known is None or known.digest != write.digest or known.state == "expired":
            return None
        if known.state != "refused" and not await self._desk.is_shown(known):
            return None
        return None if await self._wishes.is_used(write.call.caller.tenant, plan_id) else known

    async def _ended(self, write: Write, act: Act) -> Made | None:
        """The answer that the call which carried the wish out stands for; None if that may be done anew."""
        earlier = act.earlier
        if earlier.became == "running":
            earlier = await self._wishes.ended(act, until=write.until)
            if earlier.became in ("running", "failed"):
                # What this call read is old by now.
                how = "is under way" if earlier.became == "running" else "has just failed"
                raise UnderWay(f"The same call {how} (call {earlier.call_id}), so nothing was sent. Make it again.")
        if earlier.became == "failed":
            return None
        recent = self._wishes.is_recent(earlier.settled)
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
                f"unless they ask for it; that works from {self._wishes.over(earlier)} on."
            )
        again = f"To make it once more on purpose, wait until {self._wishes.over(earlier)}."
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


def in_doubt(earlier: Earlier) -> str:
    """What the model is told of a call that is not made again."""
    return (
        f"The same call was made at {earlier.clock_time()} (call {earlier.call_id}), and whether it took effect is not "
        "known, so nothing was sent. Ask the person to look at the record; then the operator says which with "
        f"`talent-mcp audit resolve {earlier.call_id} --as happened` or `--as did-not`."
    )
