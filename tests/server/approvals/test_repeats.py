"""The same call made again: it acts once, over calls at once, processes, restarts and lost answers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from talent_mcp.app import House, open_house
from talent_mcp.approvals.undoing import Reversal
from talent_mcp.audit.closing import What, close_call
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.verify import verify
from talent_mcp.identity import Caller
from talent_mcp.store.sqlite.store import SqliteStore
from tests.houses import KEYS, settings_in
from tests.server.approvals.records import Clock, Vendors, dropped, refused
from tests.server.store.stores import STORES

pytestmark = pytest.mark.anyio

ADA = Caller(principal="ada", tenant="default", transport="memory")
LIN = Caller(principal="lin", tenant="default", transport="memory")
NOTE: dict[str, Any] = {
    "profile": {"id": "p1"},
    "history_entry": {"subject": "Call", "message": "She is open to it."},
}
TITLE: dict[str, Any] = {"profile": {"id": "p1", "headline": "Group CFO"}}
STARDEX: dict[str, Any] = {"person_id": "p1", "changes": {"current_job_title": "Group CFO"}}


@pytest.fixture(params=sorted(STORES))
def stored_in(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@asynccontextmanager
async def house(
    home: Path, vendors: Vendors, clock: Clock, stored_in: str = "sqlite", **changes: Any
) -> AsyncGenerator[House]:
    settings = settings_in(home, approval="auto", **changes)
    async with (
        STORES[stored_in](home) as store,
        open_house(settings, KEYS, store=store, transport=httpx2.MockTransport(vendors), clock=clock) as opened,
    ):
        yield opened


async def make(on: House, arguments: dict[str, Any], caller: Caller = ADA, seconds: float = 30.0) -> Any:
    """What the agent is told: a result, or the text of a failure."""
    tool = "update_stardex_person" if "changes" in arguments else "upsert_jarvi_profile"
    return (await on.gate.call(tool, arguments, caller, seconds=seconds)).content


async def undone(on: House, call_id: str) -> Any:
    """What a person is told who undoes a call."""
    told = list[Any]()
    await run_reversal(on, await on.undoing().reversal("default", call_id), told)
    return told[0]


async def run_reversal(on: House, reversal: Reversal, told: list[Any]) -> None:
    told.append((await on.gate.run(reversal.tool, reversal.arguments, LIN, undoes=reversal.call_id)).content)


async def test_a_note_that_is_saved_again_is_saved_once(tmp_path: Path, stored_in: str) -> None:
    vendors, clock = Vendors(), Clock()
    async with house(tmp_path, vendors, clock, stored_in) as on:
        first = await make(on, NOTE)
    async with house(tmp_path, vendors, clock, stored_in) as on:
        again = await make(on, NOTE)
        entries = [one.envelope async for one in on.store.entries("default")]
        assert (await verify(on.store, "default")).problem is None
    assert len(vendors.written) == 1
    acted = next(str(one["call"]) for one in entries if one["type"] == "plan")
    assert f"(call {acted}): this is what came of it, and nothing was sent now." in again.pop("next")
    assert again == first
    assert (entries[-1]["type"], entries[-1]["repeats"]) == ("outcome", acted)


async def test_of_the_same_call_in_several_processes_at_once_one_acts(tmp_path: Path, stored_in: str) -> None:
    vendors, clock, told = Vendors(), Clock(), list[Any]()

    async def agent(on: House) -> None:
        told.append(await make(on, NOTE))

    async with (
        house(tmp_path, vendors, clock, stored_in) as one,
        house(tmp_path, vendors, clock, stored_in) as two,
        anyio.create_task_group() as agents,
    ):
        for on in (one, two) * 4:
            agents.start_soon(agent, on)
    assert len(vendors.written) == 1
    assert [one["status"] for one in told] == ["saved"] * 8
    assert sum("next" in one for one in told) == 7


async def test_what_another_principal_wants_is_another_wish(tmp_path: Path) -> None:
    vendors = Vendors()
    async with house(tmp_path, vendors, Clock()) as on:
        for caller in (ADA, LIN):
            assert "next" not in await make(on, NOTE, caller)
    assert len(vendors.written) == 2


async def test_after_a_refusal_by_the_vendor_the_call_may_be_made_again(tmp_path: Path) -> None:
    vendors = Vendors(before=refused)
    async with house(tmp_path, vendors, Clock()) as on:
        assert "did not accept a value" in await make(on, NOTE)
        vendors.before = lambda: None
        assert (await make(on, NOTE))["status"] == "saved"
    assert len(vendors.written) == 1


@pytest.mark.parametrize("repeat_seconds", [0.0, 600.0])
async def test_a_window_later_the_same_call_is_a_new_wish(repeat_seconds: float, tmp_path: Path) -> None:
    vendors, clock = Vendors(), Clock()
    async with house(tmp_path, vendors, clock, repeat_seconds=repeat_seconds) as on:
        for _ in range(5):
            assert "next" not in await make(on, NOTE)
            clock.now += repeat_seconds
    assert len(vendors.written) == 5


async def test_a_call_waits_no_longer_than_it_may_for_the_same_call(tmp_path: Path) -> None:
    go = anyio.Event()
    vendors = Vendors(go=go)
    async with house(tmp_path, vendors, Clock()) as on, anyio.create_task_group() as agents:
        agents.start_soon(make, on, NOTE)
        await vendors.waited_for.wait()
        assert "is under way" in await make(on, NOTE, seconds=0.2)
        go.set()
    assert len(vendors.written) == 1


class Watched(SqliteStore):
    """Says when somebody has looked into a call."""

    looked_into: anyio.Event

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        entries = await super().call(tenant, call_id)
        self.looked_into.set()
        return entries


async def test_who_waited_for_a_call_that_failed_reads_the_record_again_first(tmp_path: Path) -> None:
    go, told = anyio.Event(), list[Any]()
    vendors, store = Vendors(go=go, before=refused), Watched(tmp_path / "audit.db")
    store.looked_into = anyio.Event()

    async def wait_for_it(on: House) -> None:
        told.append(await make(on, NOTE))

    settings = settings_in(tmp_path, approval="auto")
    async with open_house(settings, KEYS, store=store, transport=httpx2.MockTransport(vendors)) as on:
        async with anyio.create_task_group() as agents:
            agents.start_soon(make, on, NOTE)
            await vendors.waited_for.wait()
            agents.start_soon(wait_for_it, on)
            await store.looked_into.wait()
            go.set()
        vendors.before = lambda: None
        assert "has just failed" in told[0]
        assert (await make(on, NOTE))["status"] == "saved"
    assert len(vendors.written) == 1


async def test_to_fill_what_is_empty_is_another_wish_than_to_overwrite(tmp_path: Path) -> None:
    vendors = Vendors()
    wish: dict[str, Any] = {**NOTE, "profile": {"id": "p1", "headline": "Group CFO"}}
    async with house(tmp_path, vendors, Clock()) as on:
        filled = await make(on, {**wish, "fill_empty": True})
        overwritten = await make(on, wish)
    assert (filled["status"], filled["kept"]) == ("saved", ["headline"])
    assert "next" not in overwritten
    assert [body.get("headline") for body in vendors.written] == [None, "Group CFO"]


async def test_a_call_that_a_person_undid_is_not_made_again_behind_their_back(tmp_path: Path) -> None:
    vendors, clock = Vendors(), Clock()
    async with house(tmp_path, vendors, clock) as on:
        await make(on, STARDEX)
        (call_id,) = await on.store.recent_calls("default", limit=1)
        undo = await undone(on, call_id)
        told = await make(on, STARDEX)
        assert "a person took it back" in told
        assert "that works from 11:17 UTC on" in told
        clock.now += on.settings.repeat_seconds
        assert (await make(on, STARDEX))["status"] == "saved"
    assert undo["status"] == "saved"
    assert [body["current_job_title"] for body in vendors.written] == ["Group CFO", "CFO", "Group CFO"]


async def test_of_two_undos_at_once_one_acts(tmp_path: Path, stored_in: str) -> None:
    vendors, clock, told = Vendors(), Clock(), list[Any]()
    async with house(tmp_path, vendors, clock, stored_in) as one, house(tmp_path, vendors, clock, stored_in) as two:
        await make(one, STARDEX)
        (call_id,) = await one.store.recent_calls("default", limit=1)
        # Both look before either acts.
        reversals = [await on.undoing().reversal("default", call_id) for on in (one, two)]
        async with anyio.create_task_group() as people:
            for on, reversal in zip((one, two), reversals, strict=True):
                people.start_soon(run_reversal, on, reversal, told)
    assert len(told) == 2
    assert [body["current_job_title"] for body in vendors.written] == ["Group CFO", "CFO"]


@pytest.mark.parametrize(("happened", "status"), [(True, "saved"), (False, "unchanged")])
async def test_of_a_call_in_doubt_what_it_wrote_is_undone(happened: bool, status: str, tmp_path: Path) -> None:
    vendors = Vendors(after=dropped) if happened else Vendors(before=dropped)
    wish: dict[str, Any] = {**NOTE, "profile": {"id": "p1", "headline": "Group CFO"}}
    async with house(tmp_path, vendors, Clock()) as on:
        await make(on, wish)
        (doubted,) = await on.store.calls_in_doubt("default")
        vendors.before = vendors.after = lambda: None
        told = await undone(on, doubted)
    assert told["status"] == status
    assert vendors.record["headline"] == "CFO"


@pytest.mark.parametrize(
    ("what", "told", "sent"),
    [("happened", "was made at 11:06 UTC", 1), ("happened", "wait until 16:17 UTC", 1), ("did-not", "saved", 2)],
)
async def test_a_note_whose_answer_was_lost_is_not_saved_again_before_a_person_says_so(
    what: What, told: str, sent: int, tmp_path: Path, stored_in: str
) -> None:
    vendors, clock = Vendors(after=dropped), Clock()
    async with house(tmp_path, vendors, clock, stored_in) as on:
        await make(on, NOTE)
        vendors.after = lambda: None
        clock.now += 5 * 3_600
        (doubted,) = await on.store.calls_in_doubt("default")
        assert f"audit resolve {doubted} --as happened" in await make(on, NOTE)
        await close_call(on.store, "default", doubted, what, by="ada", clock=clock)
        assert told in str(await make(on, NOTE))
    assert len(vendors.written) == sent


@pytest.mark.parametrize("arguments", [STARDEX, TITLE])
async def test_a_lost_answer_is_settled_by_reading_the_record(arguments: dict[str, Any], tmp_path: Path) -> None:
    vendors = Vendors(after=dropped)
    async with house(tmp_path, vendors, Clock()) as on:
        told = await make(on, arguments)
        outcome = [one.envelope async for one in on.store.entries("default")][-1]
        assert await on.store.calls_in_doubt("default") == []
    assert (told["status"], told["read_back"]) == ("saved", "as written")
    assert (outcome["outcome"], outcome["settled"]) == ("success", "read-back")
    assert len(vendors.written) == 1


@pytest.mark.parametrize("arguments", [STARDEX, TITLE, NOTE])
async def test_a_lost_answer_stays_in_doubt_where_the_record_does_not_show_the_change(
    arguments: dict[str, Any], tmp_path: Path
) -> None:
    vendors = Vendors(before=dropped)
    async with house(tmp_path, vendors, Clock()) as on:
        assert isinstance(await make(on, arguments), str)
        (doubted,) = await on.store.calls_in_doubt("default")
        vendors.before = lambda: None
        assert f"call {doubted}" in await make(on, arguments)
    assert vendors.written == []


@pytest.mark.parametrize("arguments", [STARDEX, TITLE])
async def test_a_record_that_cannot_be_read_again_settles_nothing(arguments: dict[str, Any], tmp_path: Path) -> None:
    vendors = Vendors()

    def lose_the_record() -> httpx2.Response:
        vendors.record.clear()
        return dropped()

    async with house(tmp_path, vendors, Clock()) as on:
        vendors.after = lose_the_record
        assert isinstance(await make(on, arguments), str)
        assert len(await on.store.calls_in_doubt("default")) == 1


async def test_a_change_of_a_record_that_was_in_doubt_may_be_made_a_window_later(tmp_path: Path) -> None:
    vendors, clock = Vendors(before=dropped), Clock()
    async with house(tmp_path, vendors, clock) as on:
        await make(on, STARDEX)
        vendors.before = lambda: None
        clock.now += on.settings.repeat_seconds
        assert (await make(on, STARDEX))["status"] == "saved"
    assert len(vendors.written) == 1


async def test_a_change_that_somebody_took_back_is_not_made_again_behind_their_back(tmp_path: Path) -> None:
    vendors = Vendors()
    async with house(tmp_path, vendors, Clock()) as on:
        await make(on, STARDEX)
        vendors.record["current_job_title"] = "CFO"
        told = await make(on, STARDEX)
    assert "nothing was sent now" in told["next"]
    assert len(vendors.written) == 1


async def test_defaults_that_are_spelt_out_make_no_other_wish(tmp_path: Path) -> None:
    vendors = Vendors()
    async with house(tmp_path, vendors, Clock()) as on:
        await make(on, NOTE)
        defaults: list[dict[str, Any]] = [{"fill_empty": False}, {"files": []}, {"resumes": [], "custom_fields": {}}]
        for spelt in defaults:
            assert "nothing was sent now" in (await make(on, {**NOTE, **spelt}))["next"]
    assert len(vendors.written) == 1
