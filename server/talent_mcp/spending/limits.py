"""Budgets: how much a call, a day and a month may cost. Days and months are those of UTC."""

from dataclasses import dataclass
from datetime import date, timedelta

from talent_mcp.errors import OverBudget
from talent_mcp.spending.amounts import spelt

HOW_TO_RAISE = (
    "Ask for less, or tell the person: whoever runs talent-mcp can raise [budget] in its settings "
    "(TALENT_BUDGET_PER_CALL, TALENT_BUDGET_PER_DAY, TALENT_BUDGET_PER_MONTH)."
)


@dataclass(frozen=True, slots=True)
class Used:
    """Hundredths of a credit that are spent or reserved: on a day, and in its month."""

    day: int = 0
    month: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """The most, in hundredths of a credit; None is no limit."""

    per_call: int | None = None
    per_day: int | None = None
    per_month: int | None = None

    def allows(self, hundredths: int, used: Used) -> bool:
        """Whether that much may be reserved on top. What costs nothing always may."""
        kept = ((self.per_call, 0), (self.per_day, used.day), (self.per_month, used.month))
        return not hundredths or all(most is None or before + hundredths <= most for most, before in kept)

    def left(self, day: date, used: Used) -> list[str]:
        """What is left and when it renews, in words."""
        words: list[str] = []
        if self.per_call is not None:
            words.append(f"{spelt(self.per_call)} for each call")
        if self.per_day is not None:
            left = remaining(self.per_day, used.day)
            words.append(f"{spelt(left)} of {spelt(self.per_day)} today, renewed {next_day(day)} 00:00 UTC")
        if self.per_month is not None:
            left = remaining(self.per_month, used.month)
            words.append(f"{spelt(left)} of {spelt(self.per_month)} this month, renewed {next_month(day)} 00:00 UTC")
        return words


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The budget of a tenant, and the one that each of its principals has."""

    tenant: Budget = Budget()
    principal: Budget = Budget()

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return (self.tenant, self.principal) != (Budget(), Budget())

    def require(self, hundredths: int, day: str, tenant: Used, principal: Used) -> None:
        """Let a call reserve that much on a day (YYYY-MM-DD).

        Raises:
            OverBudget: one of the budgets does not have it.
        """
        if self.tenant.allows(hundredths, tenant) and self.principal.allows(hundredths, principal):
            return
        today = date.fromisoformat(day)
        own = [f"of your own {words}" for words in self.principal.left(today, principal)]
        left = "; ".join([*self.tenant.left(today, tenant), *own])
        raise OverBudget(
            f"This call may cost up to {spelt(hundredths)} credits, which is over the budget, so nothing was sent. "
            f"Left are {left}. {HOW_TO_RAISE}"
        )


def remaining(most: int, used: int) -> int:
    """What is left; nothing where more was used than was foreseen."""
    return max(0, most - used)


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def first_of_month(day: str) -> str:
    """The first day of the month of a day, both YYYY-MM-DD."""
    return f"{day[:8]}01"


def last_of_month(day: str) -> str:
    """What no day of the month of a day comes after, as texts compare."""
    return f"{day[:8]}31"
