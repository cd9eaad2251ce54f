"""Lineage: which later call brought what a call is waiting for."""

from pathlib import Path

import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.lineage import Answered, Lineage, unsettled
from talent_mcp.audit.log import CallRecord

from .calls import ADA, BEN, PERSON, Calls, calls_in

pytestmark = pytest.mark.anyio


async def lineage_of(calls: Calls, call: CallRecord) -> Lineage:
    lineage = unsettled(await calls.entries(call))
    assert lineage is not None
    return lineage


async def look(calls: Calls, lineage: Lineage) -> Answered | None:
    return await lineage.look(calls.store, size=await calls.size())


@pytest.mark.parametrize("status", ["found", "no_match"])
async def test_a_pending_call_is_answered_by_a_later_one_that_asks_for_the_same(tmp_path: Path, status: str) -> None:
    async with calls_in(tmp_path) as calls:
        pending = await calls.whole("pending")
        lineage = await lineage_of(calls, pending)
        assert await look(calls, lineage) is None
        again = await calls.whole("pending")
        assert await look(calls, lineage) is None
        last = await calls.begin()
        assert await look(calls, lineage) is None
        await calls.end(last, status)
        assert await look(calls, lineage) == Answered(last.call_id, status)
        assert await look(calls, await lineage_of(calls, again)) == Answered(last.call_id, status)


async def test_the_first_answer_counts(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        pending = await calls.whole("pending")
        first = await calls.whole("found")
        await calls.whole("found")
        assert await look(calls, await lineage_of(calls, pending)) == Answered(first.call_id, "found")


async def test_calls_of_others_for_others_before_and_without_success_are_no_answers(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        pending = await calls.whole("pending")
        lineage = await lineage_of(calls, pending)
        await calls.whole("found", BEN)
        await calls.whole("found", ADA, {"person": {"id": "p-2"}})
        for outcome in ("failure", "unknown"):
            await calls.end(await calls.begin(), None, outcome)
        await calls.refuse()
        assert await look(calls, lineage) is None
        last = await calls.whole("found")
        assert await look(calls, lineage) == Answered(last.call_id, "found")


async def test_a_call_that_runs_may_answer_itself(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        running = await calls.begin()
        lineage = await lineage_of(calls, running)
        assert await look(calls, lineage) is None
        await calls.end(running, None, "failure")
        assert await look(calls, lineage) == Answered(running.call_id, "failure")


async def test_a_call_that_runs_and_then_pends_is_answered_by_a_later_one(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        running = await calls.begin()
        lineage = await lineage_of(calls, running)
        await calls.end(running, "pending")
        assert await look(calls, lineage) is None
        later = await calls.whole("found")
        assert await look(calls, lineage) == Answered(later.call_id, "found")


async def test_nothing_more_comes_of_a_call_that_has_ended_otherwise(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        found = await calls.whole("found")
        refused = await calls.refuse()
        failed = await calls.begin()
        await calls.end(failed, None, "failure")
        given_up = await calls.begin()
        await calls.deny(given_up)
        for call in (found, refused, failed, given_up):
            assert unsettled(await calls.entries(call)) is None


async def test_a_call_of_a_version_that_did_not_record_what_it_asks_for_is_not_followed(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.store.append(
            write_entry(tenant="default", call_id="c-old", type_="intent", at=1.0, fields={"principal": "ada"})
        )
        assert unsettled(await calls.store.call("default", "c-old")) is None


async def test_only_calls_of_the_same_principal_for_the_same_concern_it(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        lineage = await lineage_of(calls, await calls.whole("pending"))
        same = await calls.whole("found")
        others = [await calls.whole("found", BEN), await calls.whole("found", ADA, {**PERSON, "reveal_emails": True})]
    assert lineage.concerns(same)
    assert not any(lineage.concerns(other) for other in others)


async def test_whoever_follows_calls_is_told_of_each_whose_outcome_is_written(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        call = await calls.begin()
        assert calls.ended == []
        await calls.end(call, "pending")
        assert calls.ended == [call]
        await calls.refuse()
        assert calls.ended == [call]
