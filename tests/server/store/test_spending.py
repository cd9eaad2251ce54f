"""Credits in the log: reserved with the intent, settled with the outcome, and never over a budget, in every store."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talent_mcp.audit.closing import What, close_call
from talent_mcp.audit.entries import Entry, EntryType, write_entry
from talent_mcp.audit.resolver import unknown_outcome
from talent_mcp.audit.verify import verify
from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Budget, Limits
from talent_mcp.store.protocol import Spending, Store
from tests.server.store.stores import STORES, OpenStore

pytestmark = pytest.mark.anyio

NOON = 1_790_000_000.0
"""2026-09-21, 14:13 UTC."""
DAY_SECONDS = 86_400.0
FIRST, LAST = "0000-01-01", "9999-12-31"


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def opened(request: pytest.FixtureRequest) -> OpenStore:
    store: OpenStore = request.param
    return store


def written(call_id: str, type_: EntryType, at: float = NOON, tenant: str = "default", **fields: Any) -> Entry:
    return write_entry(tenant=tenant, call_id=call_id, type_=type_, at=at, fields=fields)


def intent(call_id: str, reserves: float, at: float = NOON, *, by: str = "ada", tenant: str = "default") -> Entry:
    fields = {"principal": by, "tool": "search_people", "vendor": "ocean", "process": "p", "reserves": reserves}
    return written(call_id, "intent", at, tenant, **fields)


def of_a_day(hundredths: int) -> Limits:
    return Limits(tenant=Budget(per_day=hundredths))


async def totals(store: Store, tenant: str = "default") -> tuple[int, int]:
    """Hundredths reserved and spent."""
    rows = await store.spending(tenant, first=FIRST, last=LAST)
    return sum(row.reserved for row in rows), sum(row.spent for row in rows)


async def test_what_an_intent_reserves_is_there_after_a_restart(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 0.2))
        await store.append(intent("c2", 10.1, by="grace"))
    async with opened(tmp_path) as store:
        assert await store.spending("default", first=FIRST, last=LAST) == [
            Spending(day="2026-09-21", principal="ada", tool="search_people", reserved=20, spent=0),
            Spending(day="2026-09-21", principal="grace", tool="search_people", reserved=1010, spent=0),
        ]
        with pytest.raises(OverBudget):
            await store.append(intent("c3", 0.01), limits=of_a_day(1030))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({"outcome": "success", "credits": 0.6}, (0, 60, 0)),
        ({"outcome": "success", "credits": 0}, (0, 0, 0)),
        ({"outcome": "success", "credits": 7.5}, (0, 750, 0)),
        ({"outcome": "success"}, (0, 200, 200)),
        ({"outcome": "success", "credits_at_most": 0.1}, (0, 10, 10)),
        ({"outcome": "success", "credits": 0.3, "credits_at_most": 0.1}, (0, 30, 0)),
        ({"outcome": "success", "credits": -5}, (0, 200, 200)),
        ({"outcome": "failure"}, (0, 0, 0)),
        ({"outcome": "failure", "credits": 0.1}, (0, 10, 0)),
        ({"outcome": "unknown"}, (200, 0, 0)),
    ],
)
async def test_an_outcome_settles_what_its_intent_reserved(
    opened: OpenStore, tmp_path: Path, outcome: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """Reserved, spent, and how much of that nobody reported."""
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 2))
        await store.append(written("c1", "outcome", NOON + DAY_SECONDS, **outcome))
        (row,) = await store.spending("default", first=FIRST, last=LAST)
        assert row.day == "2026-09-21"
        assert (row.reserved, row.spent, row.assumed) == expected


@pytest.mark.parametrize(("what", "expected"), [("happened", (0, 200)), ("did-not", (0, 0))])
async def test_what_nobody_knows_stays_reserved_until_a_person_says(
    opened: OpenStore, tmp_path: Path, what: What, expected: tuple[int, int]
) -> None:
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 2))
    async with opened(tmp_path) as store:
        abandoned = await store.resolve_abandoned(lambda call: unknown_outcome(call, NOON + 900), now=NOON + 900)
        assert [call.call_id for call in abandoned] == ["c1"]
        assert await totals(store) == (200, 0)
    async with opened(tmp_path) as store:
        await close_call(store, "default", "c1", what, by="ada", clock=lambda: NOON + 1000)
        assert await totals(store) == expected


async def test_an_outcome_that_comes_after_a_call_was_given_up_still_settles(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 2))
        await store.append(written("c1", "outcome", outcome="unknown"))
        for said, assumed in (("happened", 200), ("did-not", 0), ("happened", 200)):
            await store.append(written("c1", "resolved", NOON, **{"as": said}))
            (row,) = await store.spending("default", first=FIRST, last=LAST)
            assert (row.spent, row.assumed) == (assumed, assumed)
        await store.append(written("c1", "outcome", outcome="success", credits=0.4))
        (row,) = await store.spending("default", first=FIRST, last=LAST)
        assert (row.reserved, row.spent, row.assumed) == (0, 40, 0)


async def test_a_call_that_is_refused_after_its_intent_was_written_frees_it(opened: OpenStore, tmp_path: Path) -> None:
    """As after a commit of which nobody could be told."""
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 2))
        await store.append(written("c1", "denied", reason="StoreUnavailable"))
        assert await totals(store) == (0, 0)


async def test_calls_that_reserve_nothing_are_no_spending(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(written("c1", "intent", principal="ada", tool="check_ocean"), limits=of_a_day(0))
        await store.append(written("c1", "outcome", outcome="success"))
        assert await store.spending("default", first=FIRST, last=LAST) == []


async def test_an_entry_over_the_budget_is_not_appended(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 0.8), limits=of_a_day(100))
        with pytest.raises(OverBudget, match=r"0\.2 of 1 today, renewed 2026-09-22 00:00 UTC"):
            await store.append(intent("c2", 0.21), limits=of_a_day(100))
        await store.append(intent("c3", 0.2), limits=of_a_day(100))
        assert (await store.head("default")).size == 2
        assert await store.call("default", "c2") == []
        assert (await verify(store, "default")).problem is None


async def test_a_budget_is_renewed_with_its_day_and_with_its_month(opened: OpenStore, tmp_path: Path) -> None:
    limits = Limits(tenant=Budget(per_day=100, per_month=150))
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 1), limits=limits)
        with pytest.raises(OverBudget):
            await store.append(intent("c2", 0.01), limits=limits)
        with pytest.raises(OverBudget, match=r"0\.5 of 1\.5 this month, renewed 2026-10-01 00:00 UTC"):
            await store.append(intent("c3", 0.51, NOON + DAY_SECONDS), limits=limits)
        await store.append(intent("c4", 0.5, NOON + DAY_SECONDS), limits=limits)
        await store.append(intent("c5", 1, NOON + 10 * DAY_SECONDS), limits=limits)
        days = [row.day for row in await store.spending("default", first="2026-09-22", last="2026-10-01")]
        assert days == ["2026-09-22", "2026-10-01"]


async def test_a_principal_has_a_budget_within_the_tenants_and_tenants_have_their_own(
    opened: OpenStore, tmp_path: Path
) -> None:
    limits = Limits(tenant=Budget(per_month=150), principal=Budget(per_day=100, per_month=1000))
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 1), limits=limits)
        with pytest.raises(OverBudget, match="of your own 0 of 1 today"):
            await store.append(intent("c2", 0.01), limits=limits)
        with pytest.raises(OverBudget, match=r"Left are 0\.5 of 1\.5 this month"):
            await store.append(intent("c3", 1, by="grace"), limits=limits)
        await store.append(intent("c4", 0.5, by="grace"), limits=limits)
        await store.append(intent("c5", 1, tenant="other"), limits=limits)
        assert (await totals(store), await totals(store, "other")) == ((150, 0), (100, 0))


async def test_what_is_settled_can_be_reserved_again(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(intent("c1", 1), limits=of_a_day(100))
        # Written together with the next intent, and before it.
        store.enqueue(written("c1", "outcome", outcome="success", credits=0.3))
        await store.append(intent("c2", 0.7), limits=of_a_day(100))
        assert await totals(store) == (70, 30)


CALLERS, SHARED = 64, 4
amounts = st.lists(st.integers(0, 250), min_size=CALLERS, max_size=CALLERS)


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=amounts, most=st.integers(0, 2000), settled=st.lists(st.booleans(), min_size=CALLERS, max_size=CALLERS))
async def test_a_budget_holds_to_the_hundredth_however_many_ask_at_once(
    name: str, tmp_path_factory: pytest.TempPathFactory, asked: list[int], most: int, settled: list[bool]
) -> None:
    opened, home = STORES[name], tmp_path_factory.mktemp("log")
    taken = dict[int, int]()

    async def ask(store: Store, number: int) -> None:
        try:
            await store.append(intent(f"c{number}", asked[number] / 100), limits=of_a_day(most))
        except OverBudget:
            return
        taken[number] = asked[number]
        reserved, spent = await totals(store)
        assert reserved + spent <= most
        if settled[number]:
            taken[number] //= 2
            await store.append(written(f"c{number}", "outcome", outcome="success", credits=taken[number] / 100))

    async with opened(home) as first, opened(home) as second, opened(home) as third, opened(home) as fourth:
        stores = (first, second, third, fourth)
        async with anyio.create_task_group() as callers:
            for number in range(CALLERS):
                callers.start_soon(ask, stores[number % SHARED], number)
        assert sum(await totals(fourth)) == sum(taken.values()) <= most
        left = most - sum(taken.values())
        with pytest.raises(OverBudget):
            await first.append(intent("last but one", (left + 1) / 100), limits=of_a_day(most))
        await second.append(intent("last", left / 100), limits=of_a_day(most))
        assert sum(await totals(third)) == most
