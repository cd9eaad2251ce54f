"""What a call may cost at most, by the prices that are set, and what is left of the budgets."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from pydantic import JsonValue

from talent_mcp.audit.entries import moment
from talent_mcp.identity import Caller
from talent_mcp.settings import Settings
from talent_mcp.spending.amounts import in_credits, reserved_hundredths
from talent_mcp.spending.limits import Budget, Limits, Used, first_of_month, last_of_month, remaining
from talent_mcp.store.protocol import Spending, Store
from talent_tools.arguments import Arguments
from talent_tools.prices import Prices
from talent_tools.spec import AnyTool


class Budgets:
    """The operator's prices and budgets."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], float]) -> None:
        prices = settings.ocean.prices
        self.prices = Prices(
            search_result=prices.search_result, enrichment=prices.enrichment, email=prices.email, phone=prices.phone
        )
        budget = settings.budget
        own = budget.principal
        self.limits = Limits(
            tenant=budget_of(budget.per_call, budget.per_day, budget.per_month),
            principal=budget_of(own.per_call, own.per_day, own.per_month),
        )
        self._store = store
        self._clock = clock

    def worst_case(self, tool: AnyTool, asked: Arguments) -> int | None:
        """The most that a call with these arguments costs, in hundredths of a credit; None if it never costs any."""
        return None if tool.worst_case is None else reserved_hundredths(tool.worst_case(asked, self.prices))

    async def left(self, caller: Caller) -> Mapping[str, JsonValue]:
        """The credits that are left to a caller today and this month, where there is a limit.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        day = moment(self._clock())[:10]
        rows = await self._store.spending(caller.tenant, first=first_of_month(day), last=last_of_month(day))
        own = [row for row in rows if row.principal == caller.principal]
        pairs = ((self.limits.tenant, used_of(rows, day)), (self.limits.principal, used_of(own, day)))
        today = [remaining(budget.per_day, used.day) for budget, used in pairs if budget.per_day is not None]
        month = [remaining(budget.per_month, used.month) for budget, used in pairs if budget.per_month is not None]
        left: dict[str, JsonValue] = {}
        if today:
            left["left_today"] = in_credits(min(today))
        if month:
            left["left_this_month"] = in_credits(min(month))
        return left


def budget_of(per_call: Decimal | None, per_day: Decimal | None, per_month: Decimal | None) -> Budget:
    return Budget(per_call=limit(per_call), per_day=limit(per_day), per_month=limit(per_month))


def limit(amount: Decimal | None) -> int | None:
    return None if amount is None else reserved_hundredths(amount)


def used_of(rows: list[Spending], day: str) -> Used:
    """What these rows of one month say of a day and of the month."""
    return Used(sum(row.used for row in rows if row.day == day), sum(row.used for row in rows))
