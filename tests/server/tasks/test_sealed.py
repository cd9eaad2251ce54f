"""Tasks are stored sealed, and opened for nobody but their own row."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import TaskRow, TaskStore
from talent_mcp.tasks.sealed import SealedTasks
from tests.server.audit.keys import MadeUpKeys
from tests.server.store.stores import sqlite_store

pytestmark = pytest.mark.anyio

TASK = TaskRow(
    tenant="default",
    task_id="t_1",
    principal="local",
    status="working",
    repeatable=True,
    created_at=100.0,
    updated_at=100.0,
    due_at=160.0,
    expires_at=3_700.0,
    request=b'{"person": "Ada Brightwell"}',
)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncGenerator[TaskStore]:
    async with sqlite_store(tmp_path) as store:
        yield store.tasks


async def test_a_task_comes_back_as_it_was_and_lies_there_sealed(stored: TaskStore) -> None:
    tasks = SealedTasks(stored, MadeUpKeys())
    await tasks.add(TASK)
    assert await tasks.find("default", "local", "t_1", now=101) == TASK
    assert await tasks.claim_due(now=200, until=260) == [TASK]
    assert await tasks.next_at() == 260
    await tasks.postpone(TASK, due_at=300, now=201)
    assert await tasks.end(TASK, "completed", b'{"name": "Ada"}', now=202)
    found = await tasks.find("default", "local", "t_1", now=203)
    assert found is not None
    assert (found.request, found.answer) == (b"", b'{"name": "Ada"}')
    (raw,) = await stored.all_of("default")
    assert b"Ada" not in (raw.answer or b"")
    await tasks.remove("default", ["t_1"])
    assert await tasks.all_of("default") == []
    assert await tasks.find("default", "local", "t_1", now=204) is None


async def test_what_was_sealed_for_another_task_does_not_open(stored: TaskStore) -> None:
    tasks = SealedTasks(stored, MadeUpKeys())
    await tasks.add(TASK)
    (raw,) = await stored.all_of("default")
    await stored.add(replace(raw, task_id="t_2"))
    with pytest.raises(StoreUnavailable, match="not sealed by this server"):
        await tasks.find("default", "local", "t_2", now=101)


async def test_a_task_that_cannot_be_opened_does_not_stand_in_the_way_of_others(
    stored: TaskStore, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = SealedTasks(stored, MadeUpKeys())
    await tasks.add(TASK)
    (raw,) = await stored.all_of("default")
    await stored.add(replace(raw, task_id="t_2"))
    empty = replace(TASK, task_id="t_2", request=b"", repeatable=False)
    assert sorted(await tasks.all_of("default"), key=lambda task: task.task_id) == [TASK, empty]
    claimed = await tasks.claim_due(now=200, until=260)
    assert sorted(claimed, key=lambda task: task.task_id) == [TASK, empty]
    assert "task t_2 cannot be opened" in caplog.text
