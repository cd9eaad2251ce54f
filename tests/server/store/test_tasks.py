"""What every store promises of tasks."""

from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import EndStatus, TaskRow
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from tests.disks import failing_disk
from tests.server.store.stores import STORES, OpenStore, sqlite_store

from .test_store import entry

pytestmark = pytest.mark.anyio

TASK = TaskRow(
    tenant="default",
    task_id="t_1",
    principal="local",
    status="working",
    repeatable=False,
    created_at=100.0,
    updated_at=100.0,
    due_at=160.0,
    expires_at=3_700.0,
    request=b'{"tool":"enrich_person"}',
)


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def opened(request: pytest.FixtureRequest) -> OpenStore:
    store: OpenStore = request.param
    return store


async def test_a_task_survives_its_process(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.tasks.add(TASK)
    async with opened(tmp_path) as store:
        assert await store.tasks.find("default", "local", "t_1", now=101) == TASK


async def test_a_task_is_found_by_its_principal_in_its_tenant_until_it_expires(
    opened: OpenStore, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        await store.tasks.add(TASK)
        assert await store.tasks.find("default", "somebody", "t_1", now=101) is None
        assert await store.tasks.find("elsewhere", "local", "t_1", now=101) is None
        assert await store.tasks.find("default", "local", "t_1", now=3_699) == TASK
        assert await store.tasks.find("default", "local", "t_1", now=3_700) is None


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
async def test_a_task_ends_once_and_forgets_its_request(opened: OpenStore, tmp_path: Path, status: EndStatus) -> None:
    async with opened(tmp_path) as store:
        await store.tasks.add(TASK)
        assert await store.tasks.end(TASK, status, b"{}", now=102)
        assert not await store.tasks.end(TASK, "completed", b"[]", now=103)
        await store.tasks.postpone(TASK, due_at=104, now=104)
        ended = replace(TASK, status=status, answer=b"{}", updated_at=102, request=b"")
        assert await store.tasks.find("default", "local", "t_1", now=105) == ended
        assert await store.tasks.claim_due(now=3_000, until=3_060) == []


async def test_a_due_task_is_claimed_by_one_server_and_is_due_again_later(opened: OpenStore, tmp_path: Path) -> None:
    later = replace(TASK, task_id="t_2", due_at=200.0)
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        await one.tasks.add(TASK)
        await one.tasks.add(later)
        assert await other.tasks.next_at() == 160
        assert await other.tasks.claim_due(now=160, until=220) == [TASK]
        assert await one.tasks.claim_due(now=160, until=220) == []
        assert await one.tasks.next_at() == 200
        assert await one.tasks.claim_due(now=220, until=280) == [later, replace(TASK, due_at=220)]


async def test_a_postponed_task_is_due_when_it_was_put_off_to(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.tasks.add(TASK)
        await store.tasks.postpone(TASK, due_at=500, now=102)
        put_off = replace(TASK, repeatable=True, due_at=500, updated_at=102)
        assert await store.tasks.claim_due(now=499, until=560) == []
        assert await store.tasks.claim_due(now=500, until=560) == [put_off]


async def test_what_has_expired_is_deleted_from_the_file_too(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        assert await store.tasks.next_at() is None
        await store.tasks.add(TASK)
        await store.tasks.end(TASK, "completed", b'{"name":"Ada Brightwell"}', now=102)
        assert await store.tasks.next_at() == 3_700
    assert b"Brightwell" in (tmp_path / "audit.db").read_bytes()
    async with sqlite_store(tmp_path) as store:
        assert await store.tasks.claim_due(now=3_700, until=3_760) == []
        assert await store.tasks.next_at() is None
    assert b"Brightwell" not in (tmp_path / "audit.db").read_bytes()


async def test_tasks_and_the_log_do_not_disturb_each_other(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.enqueue(entry("c1"))
        await store.tasks.add(TASK)
        assert (await store.append(entry("c2"))).size == 2


async def test_a_file_of_the_first_version_gains_the_table(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    async with sqlite_store(tmp_path) as store:
        await store.append(entry("c1"))
    old = apsw.Connection(str(path))
    rows_of(
        old,
        "DROP TABLE tasks; DROP TABLE revision; DROP TABLE own_keys; DROP TABLE claims; DROP TABLE spending; DROP TABLE spending_by_day; DROP TABLE answers; DROP INDEX plans_by_time; PRAGMA user_version = 1",
    )
    old.close()
    async with sqlite_store(tmp_path) as store:
        await store.tasks.add(TASK)
        assert (await store.head("default")).size == 1


async def test_after_a_failed_disk_no_task_is_written_either(tmp_path: Path) -> None:
    with failing_disk() as disk:
        store = SqliteStore(tmp_path / "audit.db")
        await store.tasks.add(TASK)
        disk.fault = apsw.IOError
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="disk"):
                await store.tasks.add(replace(TASK, task_id="t_2"))
        disk.fault = None
        await store.close()
