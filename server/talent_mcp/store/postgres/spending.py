"""Spending in PostgreSQL: changed by entries, in the transaction that appends them, and summed by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from talent_mcp.errors import OverBudget
from talent_mcp.spending.effects import Reserve, Settle, effect
from talent_mcp.spending.limits import Limits, Used, first_of_month, last_of_month
from talent_mcp.store.batches import Ticket
from talent_mcp.store.postgres.rows import Db, rows_of
from talent_mcp.store.protocol import Spending

SELECT_USED = """
SELECT coalesce(sum(reserved + spent) FILTER (WHERE day = $2), 0)::bigint, coalesce(sum(reserved + spent), 0)::bigint,
       coalesce(sum(reserved + spent) FILTER (WHERE day = $2 AND principal = $5), 0)::bigint,
       coalesce(sum(reserved + spent) FILTER (WHERE principal = $5), 0)::bigint
FROM talent_audit.spending_by_day WHERE tenant = $1 AND day BETWEEN $3 AND $4
"""
SELECT_SPENDING = """
SELECT day, principal, tool, reserved, spent, assumed FROM talent_audit.spending_by_day
WHERE tenant = $1 AND day BETWEEN $2 AND $3 ORDER BY day, principal, tool
"""
RESERVE = """
INSERT INTO talent_audit.spending (tenant, call_id, principal, tool, day, reserved)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
"""
SETTLE = """
UPDATE talent_audit.spending
SET spent = coalesce(new.spent, reserved), assumed = CASE WHEN new.assumed THEN coalesce(new.spent, reserved) ELSE 0 END
FROM (SELECT * FROM unnest($2::text[], $3::bigint[], $4::boolean[]) AS settled (call_id, spent, assumed)) AS new
WHERE spending.tenant = $1 AND spending.call_id = new.call_id
"""


@dataclass(slots=True)
class Accounts:
    """What a tenant's batch does to its spending, judged in the order of its entries, with the head locked."""

    db: Db
    tenant: str
    reserved: dict[str, Reserve] = field(default_factory=dict[str, Reserve])
    settled: dict[str, Settle] = field(default_factory=dict[str, Settle])

    async def judge(self, tickets: Sequence[Ticket]) -> list[Ticket]:
        """Those that no budget refuses."""
        kept: list[Ticket] = []
        for ticket in tickets:
            told = effect(ticket.entry)
            try:
                if isinstance(told, Reserve) and ticket.limits is not None and ticket.limits.any:
                    await self._require(told, ticket.limits)
            except OverBudget as refusal:
                ticket.failure = refusal
                continue
            self._take(ticket.entry.call_id, told)
            kept.append(ticket)
        await self.write()
        return kept

    async def write(self) -> None:
        """Write what was judged so far."""
        if self.reserved:
            rows = [(call, one.principal, one.tool, one.day, one.hundredths) for call, one in self.reserved.items()]
            await self.db.execute(RESERVE, self.tenant, *map(list, zip(*rows, strict=True)))
        if self.settled:
            told = self.settled.values()
            values = [*self.settled], [one.spent for one in told], [one.assumed for one in told]
            await self.db.execute(SETTLE, self.tenant, *values)
        self.reserved.clear()
        self.settled.clear()

    def _take(self, call_id: str, told: Reserve | Settle | None) -> None:
        if isinstance(told, Reserve):
            self.reserved[call_id] = told
        elif told is not None:
            self.settled[call_id] = told

    async def _require(self, asked: Reserve, limits: Limits) -> None:
        await self.write()
        days = (asked.day, first_of_month(asked.day), last_of_month(asked.day))
        ((day, month, own_day, own_month),) = await rows_of(self.db, SELECT_USED, self.tenant, *days, asked.principal)
        limits.require(asked.hundredths, asked.day, Used(day, month), Used(own_day, own_month))


async def within_budget(db: Db, tenant: str, tickets: Iterable[Ticket]) -> list[Ticket]:
    """The tickets that no budget refuses; what they reserve and settle is written."""
    return await Accounts(db, tenant).judge([*tickets])


async def spending_between(db: Db, tenant: str, first: str, last: str) -> list[Spending]:
    return [
        Spending(day=day, principal=principal, tool=tool, reserved=reserved, spent=spent, assumed=assumed)
        for day, principal, tool, reserved, spent, assumed in await rows_of(db, SELECT_SPENDING, tenant, first, last)
    ]
