"""The report of a day: sums that agree with each other, and nothing of last month in this one's."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.spending.limits import Budget
from talent_mcp.spending.report import DAYS, Sum, first_day, report
from talent_mcp.store.protocol import Spending

TODAY = date(2026, 3, 10)
rows = st.lists(
    st.builds(
        Spending,
        day=st.dates(first_day(TODAY), TODAY).map(str),
        principal=st.sampled_from(["ada", "grace"]),
        tool=st.sampled_from(["search_people", "enrich_person"]),
        reserved=st.integers(0, 10_000),
        spent=st.integers(0, 10_000),
        assumed=st.integers(0, 10_000),
    )
)


@given(rows)
def test_tools_and_principals_and_days_add_up_to_the_month(rows: list[Spending]) -> None:
    found = report(rows, TODAY, principal="ada", tenant_budget=Budget(), own_budget=Budget())
    month = found.tenant.month
    for sums in (found.tools, found.principals):
        assert sum(each.spent for each in sums.values()) == month.spent
        assert sum(each.assumed for each in sums.values()) == month.assumed
        assert sum(each.reserved for each in sums.values()) == month.reserved
    assert found.days[str(TODAY)] == found.tenant.today
    assert found.principals.get("ada", Sum()) == found.principal.month
    assert month.used == sum(row.used for row in rows if row.day >= "2026-03-01")


def test_the_last_days_are_all_there_and_reach_into_the_month_before() -> None:
    february = Spending(day="2026-02-27", principal="ada", tool="search_people", reserved=5, spent=20)
    found = report([february], TODAY, principal="ada", tenant_budget=Budget(per_day=100), own_budget=Budget())
    assert list(found.days) == [str(TODAY - timedelta(days=before)) for before in range(DAYS - 1, -1, -1)]
    assert found.days["2026-02-27"] == Sum(spent=20, reserved=5)
    assert (found.tenant.month, found.tools, found.principals) == (Sum(), {}, {})
    shown = found.shown()
    assert shown["today"] == {
        "spent": 0.0,
        "assumed": 0.0,
        "reserved": 0.0,
        "budget": 1.0,
        "left": 1.0,
        "renews": "2026-03-11T00:00:00+00:00",
    }
    assert shown["month"] == {"spent": 0.0, "assumed": 0.0, "reserved": 0.0}
