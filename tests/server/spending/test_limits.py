"""Budgets: what they allow, when they renew, and how they say so."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Budget, Limits, Used, first_of_month, last_of_month, next_day, next_month

limits = st.none() | st.integers(0, 500)
budgets = st.builds(Budget, per_call=limits, per_day=limits, per_month=limits)
used = st.builds(Used, st.integers(0, 500), st.integers(0, 500))
days = st.dates(date(2000, 1, 1), date(9998, 12, 31))


@given(budgets, used, st.integers(1, 500))
def test_what_is_allowed_keeps_every_limit(budget: Budget, used: Used, asked: int) -> None:
    kept = (
        (budget.per_call is None or asked <= budget.per_call)
        and (budget.per_day is None or used.day + asked <= budget.per_day)
        and (budget.per_month is None or used.month + asked <= budget.per_month)
    )
    assert budget.allows(asked, used) == kept


@given(budgets, used)
def test_what_costs_nothing_is_always_allowed(budget: Budget, used: Used) -> None:
    assert budget.allows(0, used)


@given(days)
def test_days_and_months_follow_each_other(day: date) -> None:
    assert (next_day(day) - day).days == 1
    following = next_month(day)
    assert following.day == 1
    assert (following.year * 12 + following.month) - (day.year * 12 + day.month) == 1
    assert first_of_month(str(day)) <= str(day) <= last_of_month(str(day)) < str(following)


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        (Limits(tenant=Budget(per_call=50)), "Left are 0.5 for each call."),
        (Limits(tenant=Budget(per_day=110)), "Left are 0.1 of 1.1 today, renewed 2027-01-01 00:00 UTC."),
        (Limits(tenant=Budget(per_month=150)), "Left are 0 of 1.5 this month, renewed 2027-01-01 00:00 UTC."),
        (Limits(principal=Budget(per_call=20)), "Left are of your own 0.2 for each call."),
    ],
)
def test_a_refusal_says_what_is_left_when_it_renews_and_who_can_raise_it(limits: Limits, left: str) -> None:
    with pytest.raises(OverBudget) as refused:
        limits.require(60, "2026-12-31", Used(100, 170), Used(0, 0))
    assert left in str(refused.value)
    assert "up to 0.6 credits" in str(refused.value)
    assert "can raise [budget] in its settings" in str(refused.value)


def test_without_a_limit_everything_is_allowed() -> None:
    assert not Limits().any
    assert Limits(principal=Budget(per_call=0)).any
    Limits().require(10**12, "2026-12-31", Used(10**12, 10**12), Used(10**12, 10**12))
