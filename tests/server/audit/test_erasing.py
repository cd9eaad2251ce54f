"""Erasing a person: nothing of them is readable any more, others are left alone, and the log still verifies."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from talent_mcp.audit.erasing import Marked
from talent_mcp.audit.verify import verify
from talent_mcp.store.protocol import TaskRow
from tests.houses import Connected, on_vendor

pytestmark = pytest.mark.anyio

ADA = {
    "id": "p-1",
    "name": "Ada Brightwell",
    "linkedinUrl": "https://www.linkedin.com/in/ada-1",
    "email": {"address": "ada@brightwell.example", "status": "verified"},
}
BOB = {"id": "p-2", "name": "Bob Underhill", "linkedinUrl": "https://www.linkedin.com/in/bob-2"}


def vendor(request: httpx2.Request) -> httpx2.Response:
    if request.url.path.endswith("/search/people"):
        return httpx2.Response(200, json={"people": [ADA, BOB], "total": 2})
    return httpx2.Response(200, json=ADA)


@pytest.fixture
async def on(tmp_path: Path) -> AsyncGenerator[Connected]:
    async with on_vendor(tmp_path, vendor) as connected:
        yield connected


async def recorded(on: Connected) -> str:
    """All that a reader sees of the log."""
    entries = [stored async for stored in on.house.store.entries("default")]
    return str(await on.house.reader.described(entries))


async def erase(on: Connected, *person: str) -> Marked:
    marked = await on.house.eraser.mark("default", person)
    await on.house.eraser.erase("default", marked, by="local")
    return marked


async def test_nothing_of_an_erased_person_can_be_read_and_the_log_verifies(on: Connected) -> None:
    await on.call("search_people", people={"names": ["Ada Brightwell"]})
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    await on.call("enrich_person", person={"email": "ada@brightwell.example"})
    assert "Ada Brightwell" in await recorded(on)
    await erase(on, "email:ada@brightwell.example")
    after = await recorded(on)
    for trace in ("Brightwell", "brightwell", "ada-1", "p-1"):
        assert trace not in after
    assert "Bob Underhill" in after
    assert (await verify(on.house.store, "default")).problem is None


async def test_whatever_identifies_the_person_finds_all_of_them(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    for identifier in ("ocean:p-1", "linkedin:ada-1", "email:ada@brightwell.example", "name:ada brightwell"):
        assert (await on.house.eraser.mark("default", [identifier])).entries_about == 2


async def test_whom_a_caller_mixes_with_somebody_else_is_erased_alone(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    mixed = {"linkedin": "https://www.linkedin.com/in/ada-1", "email": "carl@elsewhere.example"}
    await on.call("enrich_person", person=mixed, refresh=True)
    assert (await erase(on, "email:carl@elsewhere.example")).beside == 1
    after = await recorded(on)
    assert "carl@elsewhere" not in after
    assert "Ada Brightwell" in after
    assert (await erase(on, "linkedin:ada-1")).beside == 1
    assert "Ada" not in await recorded(on)


async def test_a_person_who_was_asked_for_by_many_profiles_is_erased_by_the_first_and_the_last(on: Connected) -> None:
    for number in range(2, 22):
        await on.call("enrich_person", person={"linkedin": f"https://www.linkedin.com/in/ada-{number}"})
    whole = await on.house.eraser.mark("default", ["linkedin:ada-2"])
    assert (len(whole.subjects), whole.entries_about) == (20, 40)
    assert await erase(on, "linkedin:ada-21") == whole
    after = await recorded(on)
    assert not any(trace in after for trace in ("Brightwell", "brightwell", "/in/"))
    assert not await on.house.eraser.mark("default", ["email:ada@brightwell.example"])


async def test_what_was_refused_and_names_the_person_goes_too(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    await on.refusal("search_people", people={"name": "Ada Brightwell"})
    await on.refusal("search_people", people={"name": "Bob Underhill"})
    marked = await erase(on, "linkedin:ada-1")
    assert (len(marked.unnamed), marked.bodies) == (1, [])
    after = await recorded(on)
    assert "Ada" not in after
    assert "Bob Underhill" in after


async def test_an_answer_that_nobody_could_read_goes_if_it_names_the_person(tmp_path: Path) -> None:
    def odd(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"persons": [ADA, BOB]})

    async with on_vendor(tmp_path, odd) as on:
        await on.refusal("search_people")
        await erase(on, "email:ada@brightwell.example")
        assert "brightwell" not in await recorded(on)


async def test_tasks_about_the_person_go_too(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    tasks = on.house.tasks.store
    for number, name in enumerate(("Ada Brightwell", "Bob Underhill")):
        await tasks.add(task(f"t_{number}", f'{{"arguments": {{"name": "{name}"}}}}'.encode()))
    await erase(on, "linkedin:ada-1")
    assert [row.task_id for row in await tasks.all_of("default")] == ["t_1"]


async def test_the_log_says_that_it_was_done_and_not_to_whom(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    marked = await erase(on, "linkedin:ada-1")
    *_, last = [stored.envelope async for stored in on.house.store.entries("default")]
    assert (last["type"], last["principal"], last["subjects"]) == ("subject.erased", "local", marked.subjects)
    assert "ada-1" not in str(last).lower()


async def test_nothing_is_left_to_erase_afterwards_and_the_person_may_come_again(on: Connected) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    first = await erase(on, "linkedin:ada-1")
    assert not await on.house.eraser.mark("default", ["linkedin:ada-1"])
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    again = await on.house.eraser.mark("default", ["linkedin:ada-1"])
    assert again.entries_about == 2
    assert not {*again.subjects} & {*first.subjects}


async def test_an_older_copy_of_the_log_brings_nobody_back(on: Connected, tmp_path: Path) -> None:
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    before = [stored async for stored in on.house.store.entries("default")]
    assert "Ada Brightwell" in str(await on.house.reader.payloads(before))
    await erase(on, "linkedin:ada-1")
    assert "Ada" not in str(await on.house.reader.payloads(before))


def task(task_id: str, request: bytes) -> TaskRow:
    fields: dict[str, Any] = {"created_at": 1.0, "updated_at": 1.0, "due_at": 9e9, "expires_at": 9e9}
    return TaskRow(
        tenant="default",
        task_id=task_id,
        principal="local",
        status="working",
        repeatable=True,
        request=request,
        **fields,
    )


async def test_what_has_ended_long_ago_leaves_the_files_with_the_person(on: Connected, tmp_path: Path) -> None:
    """The rows of tasks that are over are deleted, and still stand in the write-ahead log."""
    await on.call("enrich_person", person={"linkedin": "https://www.linkedin.com/in/ada-1"})
    wal = tmp_path / "audit.db-wal"
    assert wal.stat().st_size > 0
    marked = await erase(on, "linkedin:ada-1")
    assert (marked.bodies, marked.tasks) == ([], [])
    assert wal.stat().st_size == 0


async def test_a_task_that_asks_for_a_first_and_a_last_name_goes_too(on: Connected) -> None:
    request = b'{"tool":"enrich_person","arguments":{"person":{"first_name":"Ada","last_name":"Brightwell"}}}'
    await on.house.tasks.store.add(task("t_1", request))
    assert (await erase(on, "name:ada brightwell")).tasks == ["t_1"]


async def test_what_was_asked_in_words_that_name_nobody_goes_with_what_came_of_it(on: Connected) -> None:
    asked = {"person": {"last_name": "Brightwell"}, "company": {"domain": "brightwell.example"}}
    await on.call("enrich_person", **asked)
    await on.call("search_people", people={"job_title_keywords": {"any_of": ["Chief of Brightwell"]}})
    await erase(on, "email:ada@brightwell.example")
    after = await recorded(on)
    assert "brightwell" not in after.replace("Chief of Brightwell", "").lower()
    # The search brought others too.
    assert "Chief of Brightwell" in after


async def test_what_is_nested_too_deeply_to_be_read_is_searched_as_text(on: Connected) -> None:
    for name, person in (("t_1", "Ada Brightwell"), ("t_2", "Bob Underhill")):
        await on.house.tasks.store.add(task(name, b"[" * 500 + f'"{person}"'.encode() + b"]" * 500))
    assert (await erase(on, "name:ada brightwell")).tasks == ["t_1"]
