"""What was spent, what is reserved and what is left: for `talent-mcp budget` and `talent://budget`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import JsonValue

from talent_mcp.spending.amounts import in_credits
from talent_mcp.spending.limits import Budget, next_day, next_month, remaining
from talent_mcp.store.protocol import Spending

DAYS = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """Hundredths of a credit: what is spent, how much of that is assumed and was not reported, and what calls may cost
    that are running or in doubt."""

    spent: int = 0
    assumed: int = 0
    reserved: int = 0

    @property
    def used(self) -> int:
        """What counts against a budget."""
        return self.spent + self.reserved

    def shown(self) -> dict[str, JsonValue]:
        """In credits."""
        return {
            "spent": in_credits(self.spent),
            "assumed": in_credits(self.assumed),
            "reserved": in_credits(self.reserved),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What a tenant or a principal used up today and this month, and its budget."""

    today: Sum
    month: Sum
    budget: Budget

    def shown(self, day: date) -> dict[str, JsonValue]:
        """In credits, with when each budget renews."""
        shown: dict[str, JsonValue] = {}
        if self.budget.per_call is not None:
            shown["per_call"] = in_credits(self.budget.per_call)
        shown["today"] = against(self.today, self.budget.per_day, next_day(day))
        shown["month"] = against(self.month, self.budget.per_month, next_month(day))
        return shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything about a tenant's credits on a `day` of UTC.

    `principal` is the account of one of its principals; `days` are the last 14, the oldest first; `tools` and
    `principals` are those of this month.
    """

    day: date
    tenant: Account
    principal: Account
    days: Mapping[str, Sum]
    tools: Mapping[str, Sum]
    principals: Mapping[str, Sum]

    def shown(self) -> dict[str, JsonValue]:
        """As JSON, in credits."""
        return {
            "day": str(self.day),
            **self.tenant.shown(self.day),
            "own": self.principal.shown(self.day),
            "days": listed("day", self.days),
            "tools": listed("tool", self.tools),
            "principals": listed("principal", self.principals),
        }


def first_day(day: date) -> date:
    """From when on a report of this day needs to know what was spent."""
    return min(day.replace(day=1), day - timedelta(days=DAYS - 1))


def report(rows: Iterable[Spending], day: date, *, principal: str, tenant_budget: Budget, own_budget: Budget) -> Report:
    """The report of a day, from what was spent since `first_day` of it."""
    rows = list(rows)
    month = [row for row in rows if row.day >= str(day.replace(day=1))]
    days = {str(day - timedelta(days=before)): Sum() for before in reversed(range(DAYS))}
    by_day = by(lambda row: row.day, rows)
    return Report(
        day=day,
        tenant=account(month, day, tenant_budget),
        principal=account([row for row in month if row.principal == principal], day, own_budget),
        days={name: by_day.get(name, nothing) for name, nothing in days.items()},
        tools=by(lambda row: row.tool, month),
        principals=by(lambda row: row.principal, month),
    )


def account(month: Iterable[Spending], day: date, budget: Budget) -> Account:
    by_day = by(lambda row: row.day, month)
    return Account(today=by_day.get(str(day), Sum()), month=total(by_day.values()), budget=budget)


def by(key: Callable[[Spending], str], rows: Iterable[Spending]) -> dict[str, Sum]:
    """The sums by what `key` says of each row."""
    sums: dict[str, Sum] = {}
    for row in rows:
        name = key(row)
        sums[name] = total([sums.get(name, Sum()), Sum(spent=row.spent, assumed=row.assumed, reserved=row.reserved)])
    return dict(sorted(sums.items()))


def total(sums: Iterable[Sum]) -> Sum:
    sums = list(sums)
    return Sum(
        spent=sum(each.spent for each in sums),
        assumed=sum(each.assumed for each in sums),
        reserved=sum(each.reserved for each in sums),
    )


def against(used: Sum, most: int | None, renews: date) -> dict[str, JsonValue]:
    shown = used.shown()
    if most is not None:
        shown |= {
            "budget": in_credits(most),
            "left": in_credits(remaining(most, used.used)),
            "renews": f"{renews}T00:00:00+00:00",
        }
    return shown


def listed(name: str, sums: Mapping[str, Sum]) -> list[JsonValue]:
    return [{name: of, **each.shown()} for of, each in sums.items()]
