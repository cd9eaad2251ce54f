"""Clients of both eras hear that what a call was waiting for has come, once, and only of their own calls."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import MCPError
from mcp.client.sse import sse_client
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, TextResourceContents

from talent_mcp.app import House, open_house
from talent_mcp.identity import local_caller
from talent_mcp.subscriptions.watch import MOST_OF_ONE
from talent_mcp.tasks.times import TaskTimes
from talent_mcp.transports.http import address, http_app, listen, serve_http
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient
from tests.server.audit.calls import Calls
from tests.server.tasks.clients import TasksOfClient

from .clients import Listener, listener

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
AT_ONCE = TaskTimes(interval=0, first_look=0)
ADA: dict[str, Any] = {"person": {"id": "p-1"}}
BEN: dict[str, Any] = {"person": {"id": "p-2"}}
PENDING = (201, {"detail": "Data gathering process has started."})
FOUND = (200, {"id": "p-1", "name": "Ada"})
NO_MATCH = (404, {"detail": "No matching record found"})
NO_CREDITS = (402, {"detail": "Insufficient credits"})
MINUTE = 60.0

both_eras = pytest.mark.parametrize("era", ERAS)


class Ocean:
    """Answers each enrichment with the next of these; `asked` counts them."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        status, body = self.answers.pop(0)
        return httpx2.Response(status, json=body)


@asynccontextmanager
async def on_ocean(home: Path, ocean: Ocean, *, look_seconds: float = MINUTE) -> AsyncGenerator[House]:
    transport = httpx2.MockTransport(ocean)
    async with open_house(
        settings_in(home), KEYS, transport=transport, task_times=AT_ONCE, look_seconds=look_seconds
    ) as house:
        yield house


@asynccontextmanager
async def listening(home: Path, era: str, *answers: tuple[int, dict[str, Any]]) -> AsyncGenerator[Listener]:
    async with on_ocean(home, Ocean(*answers)) as house, listener(house.server("memory"), era) as client:
        yield client


async def read(client: JudgedClient, uri: str) -> dict[str, Any]:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return dict(json.loads(content.text))


@both_eras
async def test_a_later_call_is_told_of_and_the_old_link_leads_to_its_result(tmp_path: Path, era: str) -> None:
    async with listening(tmp_path, era, PENDING, PENDING, FOUND) as on:
        uri, first = await on.call("enrich_person", ADA)
        assert first["status"] == "pending"
        async with on.subscribed(uri) as told:
            await on.call("enrich_person", ADA)
            assert "followed_by" not in await read(on.client, uri)
            later, found = await on.call("enrich_person", ADA)
            assert await told() == uri
        followed_by = (await read(on.client, uri))["followed_by"]
    assert found["status"] == "found"
    assert (f"talent://calls/{followed_by['call_id']}", followed_by["status"]) == (later, "found")


@both_eras
async def test_that_there_is_no_match_is_told_of_too(tmp_path: Path, era: str) -> None:
    async with listening(tmp_path, era, PENDING, NO_MATCH) as on:
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri) as told:
            await on.call("enrich_person", ADA)
            assert await told() == uri
        assert (await read(on.client, uri))["followed_by"]["status"] == "no_match"


@both_eras
async def test_a_call_that_failed_is_no_answer(tmp_path: Path, era: str) -> None:
    async with listening(tmp_path, era, PENDING, NO_CREDITS, FOUND) as on:
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri) as told:
            assert (await on.client.call_tool("enrich_person", ADA)).is_error
            assert "followed_by" not in await read(on.client, uri)
            later, _ = await on.call("enrich_person", ADA)
            assert await told() == uri
        assert later.endswith((await read(on.client, uri))["followed_by"]["call_id"])


@both_eras
async def test_an_answer_is_told_once(tmp_path: Path, era: str) -> None:
    async with listening(tmp_path, era, PENDING, PENDING, FOUND, FOUND, FOUND) as on:
        ada, _ = await on.call("enrich_person", ADA)
        ben, _ = await on.call("enrich_person", BEN)
        async with on.subscribed(ada, ben) as told:
            await on.call("enrich_person", ADA)
            assert await told() == ada
            await on.call("enrich_person", ADA)
            await on.call("enrich_person", BEN)
            assert await told() == ben


@both_eras
async def test_a_task_that_the_server_follows_is_told_of(tmp_path: Path, era: str) -> None:
    """The client that subscribes need not be the one that has the task."""
    async with (
        on_ocean(tmp_path, Ocean(PENDING, PENDING, PENDING, FOUND)) as house,
        listener(house.server("memory"), era) as on,
        JudgedClient(house.server("another"), extensions=[TasksOfClient()]) as other,
    ):
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri) as told:
            assert (await other.call_tool("enrich_person", ADA)).structured_content["status"] == "found"
            assert await told() == uri


@both_eras
async def test_a_call_of_another_process_is_noticed(tmp_path: Path, era: str) -> None:
    async with (
        on_ocean(tmp_path, Ocean(PENDING), look_seconds=0.01) as house,
        on_ocean(tmp_path, Ocean(FOUND)) as elsewhere,
        listener(house.server("memory"), era) as on,
    ):
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri) as told:
            later = await elsewhere.gate.call("enrich_person", ADA, local_caller("stdio", None))
            assert await told() == uri
        assert (await read(on.client, uri))["followed_by"]["call_id"] == later.call_id


@both_eras
async def test_what_came_between_reading_and_subscribing_is_told_at_once(tmp_path: Path, era: str) -> None:
    async with listening(tmp_path, era, PENDING, FOUND) as on:
        uri, _ = await on.call("enrich_person", ADA)
        later, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri) as told:
            assert await told() == uri
        async with on.subscribed(later) as told:
            assert await told() == later


@both_eras
async def test_nobody_is_asked_anything_because_somebody_listens(tmp_path: Path, era: str) -> None:
    ocean = Ocean(PENDING, FOUND)
    async with on_ocean(tmp_path, ocean, look_seconds=0.0) as house, listener(house.server("memory"), era) as on:
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri):
            for _ in range(5):
                await read(on.client, uri)
        types = [entry.entry.type async for entry in house.store.entries("default")]
    assert (ocean.asked, types[4:]) == (1, ["shown"] * 5)


async def refused(on: Listener, uri: str) -> tuple[int, str, Any]:
    with pytest.raises(MCPError) as caught:
        async with on.subscribed(uri):
            pass
    return caught.value.error.code, caught.value.error.message, caught.value.error.data


@both_eras
async def test_a_call_that_one_may_not_read_is_refused_as_reading_it_is(tmp_path: Path, era: str) -> None:
    stranger = replace(local_caller("memory", None), principal="somebody else")
    async with on_ocean(tmp_path, Ocean(PENDING)) as house, listener(house.server("memory"), era) as on:
        theirs = await house.gate.call("enrich_person", ADA, stranger)
        for call_id in (theirs.call_id, "nothing"):
            uri = f"talent://calls/{call_id}"
            with pytest.raises(MCPError) as reading:
                await on.client.read_resource(uri)
            error = reading.value.error
            assert await refused(on, uri) == (error.code, error.message, error.data)
        assert house.subscriptions.watch.subscribers == set()


@both_eras
@pytest.mark.parametrize("uri", ["talent://status", "talent://people/p-1", "talent://calls", "elsewhere://calls/1", ""])
async def test_only_calls_can_be_subscribed_to(tmp_path: Path, era: str, uri: str) -> None:
    async with listening(tmp_path, era) as on:
        code, text, _ = await refused(on, uri)
    assert code == INVALID_PARAMS
    assert text == "Only calls can be subscribed to: talent://calls/{call_id}."


@both_eras
async def test_a_log_that_cannot_be_read_is_said_in_words(tmp_path: Path, era: str) -> None:
    (tmp_path / "audit.db").mkdir()
    async with listening(tmp_path, era) as on:
        code, text, _ = await refused(on, "talent://calls/c")
    assert code == INTERNAL_ERROR
    assert "The audit log cannot be used" in text


@both_eras
async def test_a_connection_that_closes_leaves_nothing_behind(tmp_path: Path, era: str) -> None:
    async with on_ocean(tmp_path, Ocean(PENDING)) as house:
        pending = await house.gate.call("enrich_person", ADA, local_caller("memory", None))
        watch = house.subscriptions.watch
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen_for_ever, house, era, f"talent://calls/{pending.call_id}")
            while not watch.subscribers:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert watch.subscribers == set()


async def listen_for_ever(house: House, era: str, uri: str) -> None:
    async with listener(house.server("memory"), era) as on, on.subscribed(uri):
        await anyio.sleep_forever()


@both_eras
@pytest.mark.parametrize("path", ["/mcp", "/sse"])
async def test_a_connection_over_http_that_closes_leaves_nothing_behind(tmp_path: Path, path: str, era: str) -> None:
    with listen("127.0.0.1", 0) as listening_socket:
        url = f"{address(listening_socket)}{path}"
        async with on_ocean(tmp_path, Ocean(PENDING)) as house, anyio.create_task_group() as tasks:
            tasks.start_soon(serve_http, http_app(house.server("http"), house.store), listening_socket)
            async with listener(sse_client(url) if path == "/sse" else url, era) as on:
                uri, _ = await on.call("enrich_person", ADA)
                async with on.subscribed(uri):
                    assert len(house.subscriptions.watch.subscribers) == 1
            while house.subscriptions.watch.subscribers:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()


async def test_a_stream_that_its_client_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    async with (
        on_ocean(tmp_path, Ocean(PENDING)) as house,
        listener(house.server("memory"), "2026-07-28") as on,
    ):
        uri, _ = await on.call("enrich_person", ADA)
        async with on.subscribed(uri):
            assert len(house.subscriptions.watch.subscribers) == 1
        while house.subscriptions.watch.subscribers:
            await anyio.lowlevel.checkpoint()
        assert len((await on.client.list_tools()).tools) == 4


async def test_a_client_that_unsubscribes_is_not_told_and_may_do_so_twice(tmp_path: Path) -> None:
    async with listening(tmp_path, "legacy", PENDING, PENDING, FOUND, FOUND) as on:
        ada, _ = await on.call("enrich_person", ADA)
        ben, _ = await on.call("enrich_person", BEN)
        await on.unsubscribe(ada)
        async with on.subscribed(ben) as told:
            await on.subscribe(ada)
            for _ in range(2):
                await on.unsubscribe(ada)
            await on.call("enrich_person", ADA)
            await on.call("enrich_person", BEN)
            assert await told() == ben


async def test_what_was_told_to_one_stream_is_told_to_another_that_asks_and_not_again_to_the_first(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path, "2026-07-28", PENDING, PENDING, FOUND, FOUND) as on:
        ada, _ = await on.call("enrich_person", ADA)
        ben, _ = await on.call("enrich_person", BEN)
        async with on.subscribed(ada, ben) as told:
            await on.call("enrich_person", ADA)
            assert await told() == ada
            async with on.subscribed(ada) as told_too:
                assert await told_too() == ada
            await on.call("enrich_person", BEN)
            assert await told() == ben


async def test_a_stream_is_acknowledged_for_calls_alone(tmp_path: Path) -> None:
    async with listening(tmp_path, "2026-07-28", PENDING) as on:
        uri, _ = await on.call("enrich_person", ADA)
        async with on.client.listen(
            tools_list_changed=True,
            prompts_list_changed=True,
            resources_list_changed=True,
            resource_subscriptions=[uri, uri],
        ) as subscription:
            honoured = subscription.honored.model_dump(exclude_none=True)
        async with on.client.listen(tools_list_changed=True) as subscription:
            nothing = subscription.honored.model_dump(exclude_none=True)
    assert honoured == {"resource_subscriptions": [uri]}
    assert nothing == {}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_server_says_that_calls_can_be_subscribed_to_and_that_no_list_changes(
    tmp_path: Path, mode: str
) -> None:
    async with listening(tmp_path, mode) as on:
        assert on.is_modern == (mode == "auto")
        said = on.client.server_capabilities
        assert said is not None
        assert said.resources is not None
        assert said.resources.subscribe is True
        assert [bool(part and part.list_changed) for part in (said.tools, said.prompts, said.resources)] == [False] * 3
        assert said.completions is not None
        assert on.client.instructions


async def test_each_era_has_its_own_method_only(tmp_path: Path) -> None:
    async with listening(tmp_path, "2026-07-28") as on:
        for attempt in (on.subscribe, on.unsubscribe):
            with pytest.raises(MCPError) as caught:
                await attempt("talent://calls/c")
            assert caught.value.error.code == METHOD_NOT_FOUND


@both_eras
async def test_too_many_subscriptions_are_refused_in_words(tmp_path: Path, era: str) -> None:
    async with on_ocean(tmp_path, Ocean()) as house, listener(house.server("memory"), era) as on:
        calls, caller = Calls(house.store, tmp_path), local_caller("memory", None)
        pending = [await calls.whole("pending", caller) for _ in range(MOST_OF_ONE + 1)]
        uris = [f"talent://calls/{call.call_id}" for call in pending]
        with pytest.raises(MCPError, match=f"{MOST_OF_ONE} at most for a connection") as caught:
            async with on.subscribed(*uris):
                pass
        assert caught.value.error.code == INTERNAL_ERROR
        assert sum(len(each.waiting) for each in house.subscriptions.watch.subscribers) == (
            0 if on.is_modern else MOST_OF_ONE
        ), "a stream is refused as a whole"
