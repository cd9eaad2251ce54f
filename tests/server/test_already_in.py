"""enrich_person with already_in, through the whole server: who is in Stardex or Jarvi already costs nothing."""

from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from talent_mcp.sandbox.jarvi.fields import stable_id as jarvi_id
from talent_mcp.sandbox.stardex.definitions import stable_id as stardex_id
from tests.houses import Connected, on_sandbox, on_vendor

pytestmark = pytest.mark.anyio

ADA: dict[str, Any] = {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}
NOBODY: dict[str, Any] = {"linkedin": "https://www.linkedin.com/in/nobody-has-this-1"}
IN_BOTH = [
    {
        "vendor": "stardex",
        "match": "certain",
        "person_id": stardex_id("person ada"),
        "by": "linkedin",
        "company": "Ledgerloop",
    },
    {
        "vendor": "jarvi",
        "match": "certain",
        "profile_id": jarvi_id("profile ada"),
        "by": "linkedin",
        "company": "Ledgerloop",
    },
]
NOWHERE = [{"vendor": "stardex", "match": "none"}, {"vendor": "jarvi", "match": "none"}]


NAMED = {"first_name": "Ada", "last_name": "Demo"}
NAMESAKE = {"linkedin": "https://www.linkedin.com/in/namesake-handle-1"}


def namesakes(request: httpx2.Request) -> httpx2.Response:
    """Ocean.io has one Ada Demo, Stardex another one, Jarvi nobody."""
    if request.url.path == "/v2/enrich/person":
        return httpx2.Response(200, json={"id": "p1", "domain": "people.example", "name": "Ada Demo"})
    if request.url.path == "/v1/persons/search":
        other = {"id": "namesake-1", "name": "Ada Demo", "linkedin_url": NAMESAKE["linkedin"]}
        return httpx2.Response(200, json={"success": True, "data": [other], "meta": {"total": 1}})
    return httpx2.Response(200, json={"data": [], "total": 0})


async def everything(on: Connected) -> str:
    """All that can be read in the log."""
    return str(await on.house.reader.payloads([one async for one in on.house.store.entries("default")]))


def paid(on: Connected) -> int:
    return sum(one.path == "/v2/enrich/person" for one in on.sandbox.requests)


async def spent(on: Connected) -> int:
    rows = await on.house.store.spending("default", first="0000-01-01", last="9999-12-31")
    return sum(row.used for row in rows)


async def test_who_is_surely_there_is_not_paid_for(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        result = await on.call("enrich_person", person=ADA, already_in=True)
        assert (paid(on), await spent(on)) == (0, 0)
        assert (result["status"], result["credits_used"], result["already_in"]) == ("already_in", 0, IN_BOTH)
        assert "add refresh: true" in result["next_step"]
        assert "person" not in result


async def test_refresh_pays_for_who_is_there_and_still_says_where(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        result = await on.call("enrich_person", person=ADA, already_in=True, refresh=True)
        assert (paid(on), result["status"], result["already_in"]) == (1, "found", IN_BOTH)


async def test_who_is_nowhere_is_paid_for(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        result = await on.call("enrich_person", person=NOBODY, already_in=True)
        assert (paid(on), result["status"], result["already_in"]) == (1, "no_match", NOWHERE)


async def test_who_is_only_likely_there_is_paid_for_and_the_record_is_shown(tmp_path: Path) -> None:
    chloe = {"first_name": "chloe", "last_name": "MARCHANDEAU"}
    async with on_sandbox(tmp_path) as on:
        result = await on.call("enrich_person", person=chloe, company={"name": "Nuagerie"}, already_in=True)
        likely, nowhere = result["already_in"]
        assert (likely["match"], likely["by"]) == ("likely", "name and company")
        assert (likely["person_id"], nowhere) == (stardex_id("person chloe"), NOWHERE[1])
        assert paid(on) == 1


async def test_nobody_looks_unless_that_is_asked(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        result = await on.call("enrich_person", person=ADA)
        assert "already_in" not in result
        assert {one.vendor for one in on.sandbox.requests} == {"ocean"}


async def test_an_answer_that_was_paid_for_comes_with_the_look_and_stays_free(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        first = await on.call("enrich_person", person=ADA)
        again = await on.call("enrich_person", person=ADA, already_in=True)
        without = await on.call("enrich_person", person=ADA)
        assert (again["person"], again["credits_used"], again["already_in"]) == (first["person"], 0, IN_BOTH)
        assert again["cost"].startswith("free: ")
        assert "already_in" not in without
        assert paid(on) == 1


async def test_what_the_look_said_is_not_kept_with_the_answer(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("enrich_person", person=ADA, already_in=True, refresh=True)
        again = await on.call("enrich_person", person=ADA)
        assert (again["credits_used"], paid(on)) == (0, 1)
        assert "already_in" not in again


async def test_a_vendor_that_is_down_leaves_everything_unspent(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path, call_seconds=3.0) as on:
        on.sandbox.arm("jarvi", "500", times=9)
        told = await on.refusal("enrich_person", person=ADA, already_in=True)
        assert "Jarvi has trouble at the moment" in told
        assert "Nothing was spent." in told
        assert (paid(on), await spent(on)) == (0, 0)


async def test_to_erase_the_person_erases_where_they_were(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("enrich_person", person=ADA, already_in=True)
        eraser = on.house.eraser
        marked = await eraser.mark("default", [f"stardex:{stardex_id('person ada')}"])
        await eraser.erase("default", marked, by="local")
        held = await everything(on)
        assert "ada-demo-1001" not in held
        assert stardex_id("person ada") not in held


async def test_a_namesake_is_erased_alone(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, namesakes) as on:
        first = await on.call("enrich_person", person=NAMED, already_in=True)
        assert first["already_in"][0]["person_id"] == "namesake-1"
        marked = await on.house.eraser.mark("default", ["stardex:namesake-1"])
        await on.house.eraser.erase("default", marked, by="local")
        held = await everything(on)
        assert "namesake-1" not in held
        assert "Ada Demo" in held


async def test_who_asks_for_the_answer_is_not_served_with_where_somebody_is(tmp_path: Path) -> None:
    arrived, hold = anyio.Event(), anyio.Event()

    async def vendors(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/persons/search":
            arrived.set()
            await hold.wait()
        return namesakes(request)

    statuses = list[str]()

    async with on_vendor(tmp_path, vendors) as on:

        async def ask(**how: bool) -> None:
            statuses.append((await on.call("enrich_person", person=NAMESAKE, **how))["status"])

        async with anyio.create_task_group() as callers:
            callers.start_soon(partial(ask, already_in=True))
            await arrived.wait()
            callers.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            hold.set()
    assert statuses == ["already_in", "found"]


async def test_an_answer_never_serves_a_namesake(tmp_path: Path) -> None:
    asked: list[str] = []

    def vendors(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return namesakes(request)

    async with on_vendor(tmp_path, vendors) as on:
        await on.call("enrich_person", person=NAMED, already_in=True)
        there = await on.call("enrich_person", person=NAMESAKE, already_in=True)
        assert there["status"] == "already_in"
        anew = await on.call("enrich_person", person=NAMESAKE)
        assert "cost" not in anew or not anew["cost"].startswith("free")
    assert asked.count("/v2/enrich/person") == 2
