"""The gate: no record, no action; every end is recorded; nothing of a crash but its call gets out."""

import dataclasses
import logging
from pathlib import Path
from typing import Any

import anyio
import apsw
import httpx2
import pytest
from filelock import FileLock

from talent_mcp.app import open_house
from talent_mcp.gate import UnknownTool
from talent_mcp.identity import local_caller
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from talent_tools.catalog import TOOLS
from talent_tools.enrich_person import ENRICH_PERSON
from talent_tools.people import Subject
from tests.disks import failing_disk
from tests.houses import KEYS, Connected, on_sandbox, on_vendor, settings_in
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

EMPTY_PAGE: dict[str, Any] = {"people": [], "detail": "OK", "total": 0}

NOTHING: dict[str, Any] = {}


def unreachable(_: httpx2.Request) -> httpx2.Response:
    raise AssertionError("a request left")


def written(home: Path) -> list[tuple[str, str]]:
    """Type and envelope of every entry, read as another program would."""
    db = apsw.Connection(str(home / "audit.db"), flags=apsw.SQLITE_OPEN_READONLY)
    found: list[Any] = db.execute("SELECT type, envelope FROM entries ORDER BY idx").fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    db.close()
    return found


async def entries_of(on: Connected) -> list[dict[str, Any]]:
    return [stored.envelope async for stored in on.house.store.entries("default")]


async def test_the_intent_is_on_disk_before_the_request_leaves(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def vendor(_: httpx2.Request) -> httpx2.Response:
        seen.append([type_ for type_, _ in written(tmp_path)])
        return httpx2.Response(200, json=EMPTY_PAGE)

    async with on_vendor(tmp_path, vendor) as on:
        await on.call("search_people")
    assert seen == [["intent"]]
    assert [type_ for type_, _ in written(tmp_path)] == ["intent", "credential.used", "attempt", "outcome"]


async def test_entries_say_who_did_what_to_whom_and_how_it_ended(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("search_people", people={"include_linkedin_handles": ["ada-demo-1001"]}, limit=1)
        intent, used, attempt, outcome = await entries_of(on)
    assert (intent["tool"], intent["vendor"], intent["principal"], intent["transport"]) == (
        "search_people",
        "ocean",
        "local",
        "memory",
    )
    assert intent["decision"] == "read-only"
    assert len(intent["subjects"]) == 1
    assert outcome["subjects"] == intent["subjects"]
    assert (used["type"], used["vendor"], used["credential"]) == ("credential.used", "ocean", "env:OCEAN_API_TOKEN")
    assert (attempt["method"], attempt["path"], attempt["status"]) == ("POST", "/v3/search/people", 200)
    assert (outcome["outcome"], outcome["credits"]) == ("success", 0.2)
    assert "status" not in outcome


async def test_the_outcome_says_the_status_of_a_result_that_has_one(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("enrich_person", person={"name": "Nobody Atall"})
        *_, outcome = await entries_of(on)
    assert (outcome["outcome"], outcome["status"]) == ("success", "no_match")


async def test_calls_that_ask_for_the_same_are_known_by_their_intents(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, lambda _: httpx2.Response(200, json=EMPTY_PAGE)) as on:
        await on.call("search_people", people={"countries": ["GB"], "names": ["Ada"]})
        await on.call("search_people", people={"names": ["Ada"], "countries": ["gb"]}, limit=10)
        await on.call("search_people", people={"names": ["Ada"]})
        same, again, other = [entry["request"] for entry in await entries_of(on) if entry["type"] == "intent"]
    assert same == again
    assert same != other


async def test_no_name_stands_in_any_envelope(tmp_path: Path) -> None:
    async with on_sandbox(tmp_path) as on:
        await on.call("search_people", people={"names": ["Ada Brightwell"]})
        await on.call(
            "enrich_person",
            person={"name": "Ada Brightwell", "email": "ada.brightwell@ledgerloop.example"},
            reveal_emails=True,
        )
        for stored in [stored async for stored in on.house.store.entries("default")]:
            assert b"brightwell" not in stored.entry.envelope.lower()
            assert b"ledgerloop" not in stored.entry.envelope.lower()


async def test_without_a_writable_log_nothing_leaves_and_the_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "audit.db").mkdir()
    async with on_vendor(tmp_path, unreachable) as on:
        text = await on.refusal("search_people")
    assert "The audit log cannot be written" in text
    assert "nothing was sent" in text
    assert "talent-mcp doctor" in text


@pytest.mark.parametrize("fault", [apsw.FullError, apsw.ReadOnlyError, apsw.IOError])
async def test_a_disk_that_takes_nothing_lets_nothing_leave(tmp_path: Path, fault: type[apsw.Error]) -> None:
    answers = iter([httpx2.Response(200, json=EMPTY_PAGE)])
    with failing_disk() as disk:
        async with on_vendor(tmp_path, lambda _: next(answers)) as on:
            await on.call("search_people")
            disk.fault = fault
            text = await on.refusal("search_people")
            disk.fault = None
    assert "nothing was sent" in text


async def test_a_log_locked_by_another_process_lets_nothing_leave(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db", lock_seconds=0.05)
    transport = httpx2.MockTransport(unreachable)
    async with open_house(settings_in(tmp_path), KEYS, transport=transport, store=store) as house:
        with FileLock(tmp_path / "audit.lock"):
            completed = await house.gate.call("search_people", {}, local_caller("test", None))
    assert isinstance(completed.content, str)
    assert "another process has held its lock" in completed.content


async def test_invalid_and_denied_calls_are_recorded_and_send_nothing(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, unreachable, approval="never") as on:
        await on.refusal("search_people", limits=3)
        text = await on.refusal("upsert_jarvi_profile", profile={"id": "0f0f0f0f-0000-4000-8000-000000000000"})
        entries = await entries_of(on)
    assert [(entry["type"], entry["reason"]) for entry in entries] == [
        ("denied", "InvalidArguments"),
        ("denied", "Denied"),
    ]
    assert "TALENT_APPROVAL=never" in text


async def test_an_unknown_tool_is_recorded_without_the_name_that_was_sent(tmp_path: Path) -> None:
    async with open_house(settings_in(tmp_path), KEYS, transport=httpx2.MockTransport(unreachable)) as house:
        with pytest.raises(UnknownTool):
            await house.gate.call("delete ada@demo.example", {"a": 1}, local_caller("test", None))
        (entry,) = [stored.envelope async for stored in house.store.entries("default")]
    assert (entry["type"], entry["reason"]) == ("denied", "UnknownTool")
    assert "tool" not in entry


async def test_a_page_that_no_vendor_wrote_is_no_empty_market(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, lambda _: httpx2.Response(404, html="<html>nginx 404</html>")) as on:
        assert "talent-mcp doctor" in await on.refusal("search_people")
    async with on_vendor(tmp_path, lambda _: httpx2.Response(404)) as on:
        assert await on.call("search_people") == {"people": [], "total": 0}


async def test_a_refusal_by_the_vendor_is_a_failure_that_changed_nothing(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, lambda _: httpx2.Response(402, json={"detail": "Insufficient credits"})) as on:
        text = await on.refusal("search_people")
        *_, outcome = await entries_of(on)
    assert "credits" in text
    assert (outcome["outcome"], outcome["error"]) == ("failure", "VendorRefused")


async def test_an_answer_that_cannot_be_read_is_kept_and_its_effect_unknown(tmp_path: Path) -> None:
    body = {"people": "none today"}
    async with on_vendor(tmp_path, lambda _: httpx2.Response(200, json=body)) as on:
        await on.refusal("search_people")
        *_, last = [stored async for stored in on.house.store.entries("default")]
        assert await on.house.reader.payloads([last]) == [{"answer": body}]
    assert last.envelope["outcome"] == "unknown"


async def test_a_lost_answer_of_a_write_is_unknown_and_not_repeated(tmp_path: Path) -> None:
    sent: list[str] = []

    def vendor(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json={"data": [], "total": 0})
        sent.append(request.method)
        raise httpx2.ReadError("the connection was lost")

    async with on_vendor(tmp_path, vendor) as on:
        text = await on.refusal("upsert_jarvi_profile", profile={"external_id": "x-1"})
        *_, outcome = await entries_of(on)
    assert sent == ["POST"]
    assert "Do not repeat" in text
    assert outcome["outcome"] == "unknown"


async def test_a_crash_tells_the_model_its_call_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def vendor(_: httpx2.Request) -> httpx2.Response:
        raise RuntimeError("ada@demo.example is not ready")

    with caplog.at_level(logging.DEBUG):
        async with on_vendor(tmp_path, vendor) as on:
            text = await on.refusal("search_people")
            intent, *_, outcome = await entries_of(on)
    assert intent["call"] in text
    assert "demo.example" not in text
    assert outcome["outcome"] == "unknown"
    assert outcome["error"].startswith("RuntimeError at ")
    assert "ada@demo" not in outcome["error"] + caplog.text


async def test_a_crash_before_anything_is_sent_is_recorded_and_told_as_no_more(tmp_path: Path) -> None:
    def people(_: Any) -> list[Subject]:
        raise ValueError("jane.doe@demo.example")

    tool = dataclasses.replace(TOOLS[0], people=people)
    async with open_house(settings_in(tmp_path), KEYS, transport=httpx2.MockTransport(unreachable)) as house:
        completed = await house.gate.run(tool, {}, local_caller("test", "\ud800 host\n"))
        (entry,) = [stored.envelope async for stored in house.store.entries("default")]
    assert isinstance(completed.content, str)
    assert "jane" not in completed.content
    assert str(entry["call"]) in completed.content
    assert (entry["type"], entry["client"]) == ("denied", " host")
    assert str(entry["reason"]).startswith("ValueError at ")


async def test_a_cancelled_call_still_gets_its_outcome(tmp_path: Path) -> None:
    arrived = anyio.Event()

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            arrived.set()
            await anyio.sleep_forever()
            raise AssertionError

    async with open_house(settings_in(tmp_path), KEYS, transport=Hanging()) as house:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(house.gate.call, "search_people", NOTHING, local_caller("test", None))
            await arrived.wait()
            tasks.cancel_scope.cancel()
        entries = [stored.envelope async for stored in house.store.entries("default")]
        assert await house.store.calls_in_doubt("default") == [entries[0]["call"]]
    assert [entry["type"] for entry in entries] == ["intent", "credential.used", "attempt", "outcome"]
    assert (entries[-1]["outcome"], entries[-1]["error"]) == ("unknown", "cancelled")


@pytest.mark.parametrize("broken", ["half a pair \ud800", float("nan")], ids=["half a pair", "no number"])
async def test_a_refused_call_is_kept_whatever_it_holds(tmp_path: Path, broken: str | float) -> None:
    async with on_vendor(tmp_path, unreachable) as on:
        completed = await on.house.gate.call("search_people", {"nonsense": broken}, local_caller("test", None))
        assert "broken characters" in str(completed.content)
        (entry,) = [one async for one in on.house.store.entries("default")]
        assert entry.envelope["reason"] == "InvalidArguments"
        assert "nonsense" in str(await on.house.reader.payloads([entry]))


@pytest.mark.parametrize("depth", [150, 250, 900, 5_000])
async def test_a_refused_call_leaves_nothing_that_cannot_be_read_again(tmp_path: Path, depth: int) -> None:
    nested: Any = "Zoe Kravczyk"
    for _ in range(depth):
        nested = [nested]
    async with on_vendor(tmp_path, unreachable) as on:
        completed = await on.house.gate.call("search_people", {"nonsense": nested}, local_caller("test", None))
        assert str(completed.content).startswith("Nothing was sent")
        (held,) = await on.house.reader.payloads([one async for one in on.house.store.entries("default")])
        marked = await on.house.eraser.mark("default", ["name:zoe kravczyk"])
    assert (held == {"arguments": "nested too deeply to be kept"}, len(marked.unnamed)) == (depth > 200, depth <= 200)


async def test_a_refused_call_does_not_fill_the_disk(tmp_path: Path) -> None:
    async with on_vendor(tmp_path, unreachable) as on:
        for letters in (60_000, 5_000_000):
            await on.refusal("search_people", nonsense="x" * letters)
        small, large = await on.house.reader.payloads([one async for one in on.house.store.entries("default")])
    assert small == {"arguments": {"nonsense": "x" * 60_000}}
    assert large == {"arguments": "5000015 bytes, too many to be kept"}


async def test_a_call_that_is_cancelled_once_it_was_answered_has_what_was_paid_for(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}
    scope, caller = anyio.CancelScope(), local_caller("test", None)

    def cancelling(_: Any, full: dict[str, Any]) -> dict[str, Any]:
        scope.cancel()
        return full

    async with on_sandbox(tmp_path) as on:
        with scope:
            await on.house.gate.run(dataclasses.replace(ENRICH_PERSON, present=cancelling), asked, caller)
        assert scope.cancel_called
        first = await entries_of(on)
        assert (first[-1]["type"], first[-1]["outcome"], first[-1]["status"]) == ("outcome", "success", "found")
        assert await on.house.store.calls_in_doubt("default") == []
        again = await on.house.gate.run(ENRICH_PERSON, asked, caller)
        assert isinstance(again.content, dict)
        assert again.content["credits_used"] == 0.0
        assert (await entries_of(on))[-1]["reuses"] == first[0]["call"]


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME], ids=["virtual time"])
async def test_a_call_answers_by_its_deadline(tmp_path: Path) -> None:
    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await anyio.sleep_forever()
            raise AssertionError

    settings = settings_in(tmp_path, call_seconds=34.0)
    async with open_house(settings, KEYS, transport=Hanging()) as house:
        completed = await house.gate.call("search_people", {}, local_caller("test", None))
        assert anyio.current_time() == 34
    assert isinstance(completed.content, str)
    assert "credits may have been used" in completed.content


async def test_a_result_whose_outcome_cannot_be_recorded_says_so(tmp_path: Path) -> None:
    with failing_disk() as disk:

        def vendor(_: httpx2.Request) -> httpx2.Response:
            disk.fault = apsw.FullError
            return httpx2.Response(200, json=EMPTY_PAGE)

        async with on_vendor(tmp_path, vendor) as on:
            result = await on.call("search_people")
            disk.fault = None
            assert "could not be recorded" in result["audit_note"]
            assert len(await on.house.store.calls_in_doubt("default")) == 1


async def test_an_outcome_that_could_not_be_recorded_is_once_the_log_can_be_written(tmp_path: Path) -> None:
    with failing_disk() as disk:
        faults = iter([apsw.FullError, None])

        def vendor(_: httpx2.Request) -> httpx2.Response:
            disk.fault = next(faults)
            return httpx2.Response(200, json=EMPTY_PAGE)

        async with on_vendor(tmp_path, vendor) as on:
            await on.call("search_people")
            disk.fault = None
            await on.call("search_people")
            assert await on.house.store.calls_in_doubt("default") == []
            entries = await entries_of(on)
    assert [entry["type"] for entry in entries] == ["intent", "credential.used", "attempt", "outcome"] * 2
    assert [entry["outcome"] for entry in entries if entry["type"] == "outcome"] == ["success", "success"]


async def test_a_refused_call_whose_intent_was_recorded_after_all_is_not_left_in_doubt(tmp_path: Path) -> None:
    with failing_disk() as disk:
        async with on_vendor(tmp_path, lambda _: httpx2.Response(200, json=EMPTY_PAGE)) as on:
            await on.call("search_people")
            disk.faulty, disk.fault, disk.only_syncs = "audit.db-wal", apsw.IOError, True
            assert "nothing was sent" in await on.refusal("search_people")
            disk.fault = None
            await on.call("search_people")
            assert await on.house.store.calls_in_doubt("default") == []
            entries = await entries_of(on)
    assert [entry["type"] for entry in entries[4:6]] == ["intent", "denied"]
    assert entries[4]["call"] == entries[5]["call"]


async def test_vendor_text_reaches_the_model_without_what_cannot_be_seen(tmp_path: Path) -> None:
    person = {
        "id": "p\u200b1",
        "domain": "a.example",
        "name": "Ada\u202e <b>B</b>\U000e0041",
        "jobTitle": "CFO<script>",
    }
    page = {**EMPTY_PAGE, "people": [person]}
    async with on_vendor(tmp_path, lambda _: httpx2.Response(200, json=page)) as on:
        concise = (await on.call("search_people"))["people"][0]
        full = (await on.call("search_people", detail="full"))["people"][0]
    for shown in (concise, full):
        assert (shown["id"], shown["name"], shown["job_title"]) == ("p1", "Ada B", "CFO")


async def test_a_call_that_never_left_is_a_failure_and_not_unknown(tmp_path: Path) -> None:
    def vendor(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    async with on_vendor(tmp_path, vendor, call_seconds=1.0) as on:
        text = await on.refusal("search_people")
        *_, outcome = await entries_of(on)
    assert "nothing was sent" in text
    assert outcome["outcome"] == "failure"


async def test_a_preview_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    sent: list[str] = []

    def vendor(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.method)
        return httpx2.Response(200, json={"data": {"id": "p1", "name": "Ada", "current_job_title": "CFO"}})

    changes = {"current_job_title": "Group CFO"}
    async with on_vendor(tmp_path, vendor) as on:
        shown = await on.call("update_stardex_person", person_id="p1", changes=changes, preview=True)
        entries = await entries_of(on)
    assert sent == ["GET"]
    assert (shown["status"], shown["name"]) == ("preview", "Ada")
    assert shown["changes"] == [{"field": "current_job_title", "before": "CFO", "after": "Group CFO"}]
    assert [entry["type"] for entry in entries] == ["intent", "credential.used", "attempt", "outcome"]


async def test_what_is_about_to_change_is_on_disk_before_the_write_leaves(tmp_path: Path) -> None:
    recorded: list[list[str]] = []
    person = {"id": "p1", "name": "Ada", "current_job_title": "CFO"}

    def vendor(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            db = apsw.Connection(str(tmp_path / "audit.db"), flags=apsw.SQLITE_OPEN_READONLY)
            recorded.append([row[0] for row in rows_of(db, "SELECT type FROM entries ORDER BY idx")])
            db.close()
            person["current_job_title"] = "Group CFO"
        return httpx2.Response(200, json={"success": True, "data": person})

    async with on_vendor(tmp_path, vendor) as on:
        changes = {"current_job_title": "Group CFO"}
        result = await on.call("update_stardex_person", person_id="p1", changes=changes)
        plans = [one async for one in on.house.store.entries("default") if one.entry.type == "plan"]
        (planned,) = await on.house.reader.payloads(plans)
    assert recorded == [["intent", "credential.used", "attempt", "plan"]]
    assert (result["status"], result["read_back"]) == ("saved", "as written")
    assert planned == {
        "target": "stardex:p1",
        "name": "Ada",
        "changes": [{"field": "current_job_title", "before": "CFO", "after": "Group CFO"}],
        "notes": [],
    }


async def test_a_plan_that_cannot_be_recorded_is_not_carried_out(tmp_path: Path) -> None:
    sent: list[str] = []
    with failing_disk() as disk:

        def vendor(request: httpx2.Request) -> httpx2.Response:
            sent.append(request.method)
            disk.fault = apsw.FullError
            return httpx2.Response(200, json={"data": {"id": "p1", "name": "Ada"}})

        async with on_vendor(tmp_path, vendor) as on:
            text = await on.refusal("update_stardex_person", person_id="p1", changes={"name": "Ada Li"})
            disk.fault = None
    assert sent == ["GET"]
    assert "nothing was sent" in text
