"""What a call may cost at most, by the prices that are set, and what is left of the budgets."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from talent_mcp.identity import Caller
from talent_mcp.money_settings import PrincipalBudget
from talent_mcp.settings import Settings
from talent_mcp.spending.amounts import in_credits, reserved_hundredths
from talent_mcp.spending.limits import Budget, Limits, remaining
from talent_mcp.store.protocol import Store
from talent_tools.arguments import Arguments
from talent_tools.prices import Prices
from talent_tools.spec import AnyTool

if TYPE_CHECKING:
    from talent_mcp.spending.report import Report


class Budgets:
    """The operator's prices and budgets, and how much of these is used up."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], float]) -> None:
        prices = settings.ocean.prices
        self._prices = Prices(
            search_result=prices.search_result, enrichment=prices.enrichment, email=prices.email, phone=prices.phone
        )
        self.limits = Limits(tenant=budget_of(settings.budget), principal=budget_of(settings.budget.principal))
        self._store = store
        self._clock = clock

    def worst_case(self, tool: AnyTool, asked: Arguments) -> int | None:
        """The most that a call with these arguments costs, in hundredths of a credit; None if it never costs any."""
        return None if tool.worst_case is None else reserved_hundredths(tool.worst_case(asked, self._prices))

    def cost(self, tool: AnyTool, asked: Arguments, result: dict[str, Any]) -> int | None:
        """The most that a call with this full result did cost, in hundredths of a credit; None if it never costs."""
        return None if tool.cost is None else reserved_hundredths(tool.cost(asked, result, self._prices))

    async def left(self, caller: Caller) -> Mapping[str, JsonValue]:
        """The credits that are left to a caller today and this month, where there is a limit.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        report = await self.report(caller.tenant, caller.principal)
        accounts = (report.tenant, report.principal)
        today = least([(account.budget.per_day, account.today.used) for account in accounts])
        month = least([(account.budget.per_month, account.month.used) for account in accounts])
        named = {"left_today": today, "left_this_month": month}
        return {name: in_credits(left) for name, left in named.items() if left is not None}

    async def report(self, tenant: str, principal: str) -> "Report":
        """What a tenant used up, and one of its principals, as of now.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        # Loaded when somebody first asks: start-up need not wait for it.
        from talent_mcp.spending.report import first_day, report

        day = self._today()
        rows = await self._store.spending(tenant, first=str(first_day(day)), last=str(day))
        limits = self.limits
        return report(rows, day, principal=principal, tenant_budget=limits.tenant, own_budget=limits.principal)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()


def least(pairs: Iterable[tuple[int | None, int]]) -> int | None:
    """What the tightest of some limits leaves, each given with what is used of it; None where there is none."""
    return min((remaining(most, used) for most, used in pairs if most is not None), default=None)


def budget_of(settings: PrincipalBudget) -> Budget:
    """The limits that are set, in hundredths."""
    limits = (settings.per_call, settings.per_day, settings.per_month)
    per_call, per_day, per_month = (None if limit is None else reserved_hundredths(limit) for limit in limits)
    return Budget(per_call=per_call, per_day=per_day, per_month=per_month)
