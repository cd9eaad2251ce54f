"""Budgets at the gate: nothing is asked of a vendor that could go over one, and the model is told what is left."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.types import TextResourceContents

from talent_mcp.app import open_house
from talent_mcp.errors import StoreUnavailable
from talent_mcp.money_settings import BudgetSettings, PriceSettings, PrincipalBudget
from talent_mcp.settings import OceanSettings
from talent_mcp.store.protocol import Spending
from talent_mcp.store.sqlite.store import SqliteStore
from talent_tools.catalog import TOOLS
from tests.houses import KEYS, Connected, on_sandbox, on_vendor, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

FIRST, LAST = "0000-01-01", "9999-12-31"
ADA = {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}
META = "talent-mcp/budget"


def budget(**limits: str) -> BudgetSettings:
    return BudgetSettings.model_validate(limits)


def page(*, used: Any = None, people: int = 0) -> httpx2.Response:
    body: dict[str, Any] = {"people": [{"id": f"p-{n}", "domain": "a.example"} for n in range(people)], "total": people}
    return httpx2.Response(200, json=body if used is None else {**body, "creditsUsed": used})


def unreachable(_: httpx2.Request) -> httpx2.Response:
    raise AssertionError("a request left")


async def spending(on: Connected) -> tuple[int, int]:
    """Hundredths reserved and spent."""
    rows = await on.house.store.spending("default", first=FIRST, last=LAST)
    return sum(row.reserved for row in rows), sum(row.spent for row in rows)


async def entries_of(on: Connected) -> list[dict[str, Any]]:
    return [stored.envelope async for stored in on.house.store.entries("default")]


def test_every_billable_tool_and_no_other_can_say_what_it_costs_at_most() -> None:
    billable = {tool.name for tool in TOOLS if tool.billable}
    assert billable == {tool.name for tool in TOOLS if tool.worst_case} == {tool.name for tool in TOOLS if tool.cost}


async def test_a_call_over_the_budget_asks_nothing_of_the_vendor(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, unreachable, budget=budget(per_call="3", per_day="1.99", per_month="50")) as on:
        text = await on.refusal("search_people", limit=10)
        (denied,) = await entries_of(on)
    assert "may cost up to 2 credits" in text
    assert "nothing was sent" in text
    assert "3 for each call" in text
    assert "1.99 of 1.99 today, renewed 20" in text
    assert "50 of 50 this month, renewed 20" in text
    assert "00:00 UTC" in text
    assert "TALENT_BUDGET_PER_DAY" in text
    assert (denied["type"], denied["reason"], denied["tool"]) == ("denied", "OverBudget", "search_people")
    assert "reserves" not in denied


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ({"person": ADA}, "0.1"),
        ({"person": ADA, "reveal_emails": True}, "1.1"),
        ({"person": ADA, "reveal_phones": True}, "10.1"),
        ({"person": ADA, "reveal_emails": True, "reveal_phones": True}, "11.1"),
    ],
)
async def test_an_enrichment_reserves_what_it_may_reveal(tmp_path: Path, asked: dict[str, Any], most: str) -> None:
    too_little = Decimal(most) - Decimal("0.01")
    async with on_vendor(tmp_path / "a", unreachable, budget=budget(per_call=str(too_little))) as on:
        assert f"up to {most} credits" in await on.refusal("enrich_person", **asked)
    async with on_sandbox(tmp_path / "b", budget=budget(per_call=most)) as on:
        await on.call("enrich_person", **asked)
        assert (await entries_of(on))[0]["reserves"] == float(most)


async def test_prices_are_settings(tmp_path: Path) -> None:
    ocean = OceanSettings(url="https://api.ocean.io", prices=PriceSettings(search_result=Decimal("0.33")))
    async with on_vendor(tmp_path, lambda _: page(), ocean=ocean, budget=budget(per_call="0.98")) as on:
        assert "up to 0.99 credits" in await on.refusal("search_people", limit=3)
        await on.call("search_people", limit=2)


async def test_what_the_vendor_reports_is_what_was_spent(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, lambda _: page(used=0.4, people=2)) as on:
        await on.call("search_people", limit=10)
        assert await spending(on) == (0, 40)


async def test_where_it_reports_nothing_a_search_cost_its_people(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, lambda _: page(people=3)) as on:
        await on.call("search_people", limit=10)
        assert await spending(on) == (0, 60)
        assert (await entries_of(on))[-1]["credits_at_most"] == 0.6


@pytest.mark.parametrize(
    ("status", "body", "spent"),
    [
        (201, {"detail": "Data gathering process has started. Please try again later."}, 10),
        (404, {"detail": "No matching record found"}, 10),
        (200, {"id": "p", "domain": "a.example"}, 1110),
        (200, {"email": {"address": "a@b.example", "status": "verified"}, "phone": {"status": "notFound"}}, 110),
        (200, {"email": {"status": "notFound"}, "phone": {"status": "inProgress"}}, 1010),
        (200, {"email": {"status": "notFound"}, "phone": {"numbers": [], "status": "notFound"}}, 10),
        (200, {"email": {"status": "notFound"}, "creditsUsed": 0.05}, 5),
    ],
)
async def test_where_it_reports_nothing_an_enrichment_cost_what_it_may_have_found(
    tmp_path: Path, status: int, body: dict[str, Any], spent: int
) -> None:
    person = {"id": "p", "domain": "a.example", **body} if status == 200 else body
    async with on_vendor(tmp_path, lambda _: httpx2.Response(status, json=person)) as on:
        told = await on.call("enrich_person", person=ADA, reveal_emails=True, reveal_phones=True)
        assert await spending(on) == (0, spent)
        assert told.get("credits_at_most", told.get("credits_used")) == spent / 100


async def test_asking_again_for_what_is_pending_does_not_use_up_the_budget(tmp_path: Path) -> None:
    answers = [httpx2.Response(201, json={"detail": "Data gathering process has started."}) for _ in range(5)]
    answers.append(httpx2.Response(200, json={"id": "p", "domain": "a.example"}))

    async with on_vendor(tmp_path, lambda _: answers.pop(0), budget=budget(per_day="11.6")) as on:
        statuses = [(await on.call("enrich_person", person=ADA, reveal_phones=True))["status"] for _ in range(6)]
        assert statuses == [*["pending"] * 5, "found"]
        assert await spending(on) == (0, 50 + 1010)


async def test_a_failure_of_which_the_vendor_said_no_frees_what_was_reserved(tmp_path: Path) -> None:
    def no(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(402, json={"detail": "Insufficient credits"})

    async with on_vendor(tmp_path, no, budget=budget(per_day="2")) as on:
        for _ in range(2):
            assert "credits" in await on.refusal("search_people", limit=10)
        assert await spending(on) == (0, 0)


async def test_an_answer_that_never_came_stays_reserved(tmp_path: Path) -> None:
    def lost(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("")

    async with on_vendor(tmp_path, lost, budget=budget(per_day="2")) as on:
        await on.refusal("search_people", limit=9)
        assert await spending(on) == (180, 0)
        assert "0.2 of 2 today" in await on.refusal("search_people", limit=9)


async def test_calls_at_once_cannot_spend_more_than_the_budget_together(tmp_path: Path) -> None:
    sent = list[str]()

    def vendor(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.url.path)
        return page(used=2, people=10)

    async with on_vendor(tmp_path, vendor, budget=budget(per_day="10")) as on:
        async with anyio.create_task_group() as callers:
            for number in range(12):
                asked = {"limit": 10, "people": {"names": [f"Ada {number}"]}}
                callers.start_soon(on.client.call_tool, "search_people", asked)
        assert len(sent) == 5
        assert await spending(on) == (0, 1000)


async def test_what_is_left_stands_beside_the_result_where_a_budget_is_set(tmp_path: Path) -> None:
    own = PrincipalBudget(per_day=Decimal(4))
    budgets = budget(per_day="5", per_month="7.5").model_copy(update={"principal": own})
    async with on_sandbox(tmp_path, budget=budgets) as on:
        result = await on.client.call_tool("search_people", {"limit": 3})
        assert result.meta is not None
        assert result.meta[META] == {"left_today": 3.4, "left_this_month": 6.9}
        assert META not in (result.structured_content or {})
        refused = await on.client.call_tool("search_people", {"limit": 50})
        assert refused.meta is not None
        assert refused.meta[META] == {"left_today": 3.4, "left_this_month": 6.9}


async def test_without_a_budget_results_say_nothing_of_one_and_intents_still_reserve(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        result = await on.client.call_tool("search_people", {"limit": 1})
        assert result.meta is not None
        assert META not in result.meta
        assert (await entries_of(on))[0]["reserves"] == 0.2
        (row,) = await on.house.store.spending("default", first=FIRST, last=LAST)
        assert row == Spending(day=row.day, principal="local", tool="search_people", reserved=0, spent=20)


async def test_free_tools_are_called_whatever_the_budget_is(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path, budget=budget(per_call="0", per_day="0")) as on:
        found = await on.client.call_tool(
            "update_stardex_person",
            {"find": {"linkedin_url": ADA["linkedin"]}, "changes": {"current_job_title": "X"}, "preview": True},
        )
        assert not found.is_error
        assert "reserves" not in (await entries_of(on))[0]
        await on.refusal("search_people", limit=1)


async def test_the_budget_is_a_resource_without_what_other_principals_spent(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path, budget=budget(per_call="5", per_day="5")) as on:
        await on.call("search_people", limit=2)
        (content,) = (await on.client.read_resource("talent://budget")).contents
        assert isinstance(content, TextResourceContents)
        shown = json.loads(content.text)
        listed = [str(resource.uri) for resource in (await on.client.list_resources()).resources]
    assert listed == ["talent://status", "talent://budget"]
    assert (shown["per_call"], shown["today"]["spent"], shown["today"]["left"]) == (5.0, 0.4, 4.6)
    assert shown["own"]["today"] == {"spent": 0.4, "assumed": 0.0, "reserved": 0.0}
    assert shown["tools"] == [{"tool": "search_people", "spent": 0.4, "assumed": 0.0, "reserved": 0.0}]
    assert "principals" not in shown
    assert shown["prices"] == {
        "search_result": "0.2",
        "enrichment": "0.1",
        "email": "1",
        "phone": "10",
        "as_of": "2026",
    }


async def test_a_result_is_given_even_if_what_is_left_cannot_be_read(tmp_path: Path) -> None:
    class Forgetful(SqliteStore):
        async def spending(self, tenant: str, *, first: str, last: str) -> list[Spending]:
            raise StoreUnavailable("the disk")

    transport = httpx2.MockTransport(lambda _: page())
    settings = settings_in(tmp_path, budget=budget(per_day="5"))
    async with (
        open_house(settings, KEYS, transport=transport, store=Forgetful(settings.audit_path)) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        result = await client.call_tool("search_people", {})
    assert not result.is_error
    assert result.meta is not None
    assert META not in result.meta


async def test_a_second_server_on_the_same_log_has_the_same_budget_and_so_has_the_next_one(tmp_path: Path) -> None:
    limits = budget(per_day="2")
    async with on_sandbox(tmp_path, budget=limits) as one, on_sandbox(tmp_path, budget=limits) as other:
        await one.call("search_people", limit=6)
        assert "0.8 of 2 today" in await other.refusal("search_people", limit=5)
        await other.call("search_people", limit=4)
    async with on_sandbox(tmp_path, budget=limits) as next_one:
        assert "0 of 2 today" in await next_one.refusal("search_people", limit=1)


async def test_a_call_over_the_budget_keeps_what_was_asked_sealed_for_its_person(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, unreachable, budget=budget(per_call="1")) as on:
        await on.refusal("enrich_person", person=ADA, reveal_phones=True)
        (stored,) = [stored async for stored in on.house.store.entries("default")]
        assert b"ada-demo-1001" not in stored.entry.envelope
        (described,) = await on.house.reader.described([stored])
    assert "ada-demo-1001" in json.dumps(described)
    assert stored.envelope["subjects"]
