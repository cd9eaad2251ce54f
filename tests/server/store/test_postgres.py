"""What PostgreSQL promises beyond every store: entries that its user cannot change, and answers that were lost."""

import logging
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import asyncpg
import pytest

from talent_mcp.audit.entries import Entry
from talent_mcp.audit.verify import verify
from talent_mcp.errors import ConfigurationError, StoreUnavailable
from talent_mcp.settings import load_settings
from talent_mcp.store import Store
from talent_mcp.store.postgres.keys import PostgresKeys
from talent_mcp.store.postgres.store import PostgresStore
from tests.postgres import PASSWORD, database_of, shared_cluster
from tests.postgres_proxy import Break, Proxy, proxy_to

from .stores import postgres_store
from .test_keys import known
from .test_store import entry
from .test_tasks import TASK

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database_of(tmp_path)


@pytest.fixture
async def proxy(url: str) -> AsyncGenerator[Proxy]:
    async with proxy_to(url) as listening:
        yield listening


@pytest.fixture
async def behind(proxy: Proxy) -> AsyncGenerator[PostgresStore]:
    """A store that reaches its database through the proxy."""
    store = PostgresStore(proxy.url)
    yield store
    await store.close()


def as_superuser(url: str, statements: str) -> None:
    shared_cluster().sql(statements, url.rpartition("/")[2])


async def calls(store: PostgresStore) -> list[str]:
    return [one.entry.call_id async for one in store.entries("default")]


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_an_append_whose_answer_was_lost_is_written_once_and_acknowledged(
    behind: PostgresStore, proxy: Proxy, moment: Break
) -> None:
    await behind.append(entry("c1"))
    proxy.break_at(moment, moment)
    behind.enqueue(entry("c2", "attempt"))
    head = await behind.append(entry("c2"))
    assert proxy.breaks == []
    assert head == await behind.head("default")
    assert await calls(behind) == ["c1", "c2", "c2"]
    assert (await verify(behind, "default")).problem is None


async def test_the_first_entry_of_a_log_is_found_again_too(behind: PostgresStore, proxy: Proxy) -> None:
    proxy.break_at("after the commit")
    assert (await behind.append(entry("c1"))).size == 1
    assert await calls(behind) == ["c1"]


async def test_of_several_tenants_each_gets_its_own_entries_once(behind: PostgresStore, proxy: Proxy) -> None:
    proxy.break_at("after the commit")
    for tenant in ("north", "south"):
        behind.enqueue(entry("c0", "attempt", tenant=tenant))
    await behind.append(entry("c1", tenant="south"))
    assert [(await behind.head(tenant)).size for tenant in ("north", "south")] == [1, 2]


async def test_entries_without_a_call_are_known_again_by_their_bytes(behind: PostgresStore, proxy: Proxy) -> None:
    proxy.break_at("after the commit")
    behind.enqueue(Entry("default", b'{"v":2,"type":"checkpoint","tenant":"default","time":"2026-01-01T00:00:00Z"}'))
    assert (await behind.append(entry("c1"))).size == 2
    assert (await behind.head("default")).size == 2


async def test_a_connection_that_ends_while_nothing_happens_is_made_anew(url: str, tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as store:
        await store.append(entry("c1"))
        end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
        as_superuser(url, f"{end_all} AND pid <> pg_backend_pid()")
        assert (await store.append(entry("c2"))).size == 2
        assert len(await store.call("default", "c1")) == 1


async def test_a_change_whose_answer_was_lost_is_not_called_done(proxy: Proxy) -> None:
    keys = PostgresKeys(proxy.url)
    proxy.break_at("after the commit")
    with pytest.raises(StoreUnavailable, match="broke the connection"):
        await keys.join("firm", [known("ada", b"email")])
    assert proxy.breaks == []
    assert [row.subject for row in await keys.join("firm", [known("again", b"email")])] == ["ada"]
    await keys.close()


async def test_nobody_changes_an_entry_not_even_the_owner(url: str, tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as store:
        await store.append(entry("c1"))
    owner = shared_cluster().url(url.rpartition("/")[2], "talent_owner")
    changes = ("UPDATE {} SET leaf = ''", "DELETE FROM {}", "TRUNCATE {}")
    for user, refusal in ((url, asyncpg.InsufficientPrivilegeError), (owner, asyncpg.RaiseError)):
        db = await asyncpg.connect(user)
        for change in changes:
            with pytest.raises(refusal):
                await db.execute(change.format("talent_audit.entries"))
        with pytest.raises(refusal):
            await db.execute("UPDATE talent_audit.payloads SET body = ''")
        await db.close()


async def test_the_user_of_a_server_makes_and_drops_nothing(url: str) -> None:
    db = await asyncpg.connect(url)
    for statement in (
        "DROP TABLE talent_audit.entries",
        "ALTER TABLE talent_audit.entries DISABLE TRIGGER ALL",
        "CREATE TABLE talent_audit.mine (id int)",
        "DELETE FROM talent_audit.heads",
        "UPDATE talent_audit.migrations SET number = 0",
        "CREATE SCHEMA mine",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(statement)
    await db.close()


DAMAGE = {
    "its newest entries": "DELETE FROM talent_audit.entries WHERE idx > 0; UPDATE talent_audit.heads SET size = 1, "
    "frontier = (SELECT leaf FROM talent_audit.entries WHERE idx = 0)",
    "an entry of another content": "UPDATE talent_audit.entries SET envelope = replace(envelope, 'c1', 'cX')",
    "an entry, with the head left": "DELETE FROM talent_audit.entries WHERE idx = 1",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
async def test_a_database_that_lost_what_was_acknowledged_is_not_written_to(
    url: str, behind: PostgresStore, proxy: Proxy, damage: str
) -> None:
    for number in range(3):
        await behind.append(entry(f"c{number}"))
    as_superuser(url, f"SET session_replication_role = replica; {damage}")
    proxy.break_at("before the commit")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="what it had recorded is missing from its database"):
            await behind.append(entry("c9"))
    assert "c9" not in await calls(behind)


async def test_a_log_with_a_damaged_end_is_not_written_to(url: str, tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as store:
        await store.append(entry("c1"))
        as_superuser(url, "UPDATE talent_audit.heads SET frontier = '\\x00'")
        with pytest.raises(StoreUnavailable, match="what it says of its own end is damaged"):
            await store.append(entry("c2"))


async def test_what_another_program_locks_is_waited_for_and_then_refused(url: str, tmp_path: Path) -> None:
    store = PostgresStore(url, seconds=0.4)
    await store.append(entry("c1"))
    other = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute("SELECT 1 FROM talent_audit.heads FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="does not answer in time"):
            await store.append(entry("c2"))
    await other.close()
    assert (await store.append(entry("c3"))).size == 2
    await store.close()


async def test_entries_that_could_not_be_written_go_with_the_next_and_once(url: str) -> None:
    store = PostgresStore(url, seconds=0.4)
    await store.append(entry("c1"))
    other = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute("SELECT 1 FROM talent_audit.heads FOR UPDATE")
        store.enqueue(entry("c1", "attempt"))
        with pytest.raises(StoreUnavailable):
            await store.append(entry("c2"))
        store.enqueue(entry("c2", "denied"))
    await other.close()
    await store.append(entry("c3"))
    assert [one.entry.type async for one in store.entries("default")] == ["intent", "attempt", "denied", "intent"]
    await store.close()


async def test_a_name_that_postgresql_cannot_hold_as_text_is_recorded_all_the_same(tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as store:
        strange = entry("c1", client="\0 and \\u0000", principal="ada", request="r1")
        await store.append(strange)
        assert [one.entry async for one in store.entries("default")] == [strange]
        assert await store.calls_with_request("default", "ada", "r1", start=0, stop=9) == ["c1"]


async def test_a_batch_may_hold_a_whole_call(tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as store:
        for call_id, outcome in (("c1", "success"), ("c2", "unknown"), ("c3", None)):
            store.enqueue(entry(call_id))
            if outcome is not None:
                store.enqueue(entry(call_id, "outcome", outcome=outcome))
        await store.append(entry("c4", "denied"))
        assert await store.calls_in_doubt("default") == ["c2", "c3"]
        store.enqueue(entry("c3", "outcome", outcome="unknown"))
        store.enqueue(entry("c3", "resolved"))
        store.enqueue(entry("c2", "resolved"))
        store.enqueue(entry("c2", "outcome", outcome="unknown"))
        await store.append(entry("c5", "denied"))
        assert await store.calls_in_doubt("default") == []


async def test_calls_left_behind_are_given_up_by_one_server_of_several(tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as one, postgres_store(tmp_path) as other:
        await one.append(entry("c1", at=1_000.0, process="p1"))
        given_up: list[str] = []

        async def resolve(store: Store) -> None:
            found = await store.resolve_abandoned(
                lambda call: entry(call.call_id, "outcome", outcome="unknown"), now=2e9
            )
            given_up.extend(call.call_id for call in found)

        async with anyio.create_task_group() as tasks:
            for store in (one, other, one, other):
                tasks.start_soon(resolve, store)
        assert given_up == ["c1"]


async def test_a_task_is_claimed_by_one_server_of_several(tmp_path: Path) -> None:
    async with postgres_store(tmp_path) as one, postgres_store(tmp_path) as other:
        await one.tasks.add(TASK)
        claimed: list[str] = []

        async def claim(store: Store) -> None:
            claimed.extend(task.task_id for task in await store.tasks.claim_due(now=160, until=220))

        async with anyio.create_task_group() as tasks:
            for store in (one, other, one, other):
                tasks.start_soon(claim, store)
        assert claimed == ["t_1"]


async def test_one_person_becomes_one_subject_on_several_servers(url: str) -> None:
    servers = [PostgresKeys(url) for _ in range(2)]
    found: set[str] = set()

    async def join(keys: PostgresKeys, name: str) -> None:
        found.update(row.subject for row in await keys.join("firm", [known(name, b"email")]))

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(join, servers[number % 2], f"s{number}")
    assert len(found) == 1
    for keys in servers:
        await keys.close()


async def test_a_password_is_in_no_error_and_no_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    wrong = url.replace(PASSWORD, f"{PASSWORD}-wrong")
    with caplog.at_level(logging.DEBUG):
        for broken in (wrong, url.replace("/home_", "/nowhere_"), url.replace("127.0.0.1", "nowhere.invalid")):
            store = PostgresStore(f"{broken}?sslmode=disable", seconds=0.4)
            with pytest.raises(StoreUnavailable) as failure:
                await store.append(entry("c1"))
            links: list[BaseException | None] = [failure.value, failure.value.__cause__]
            assert PASSWORD not in f"{links}"
            await store.close()
    assert PASSWORD not in caplog.text


def test_a_driver_that_is_missing_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from talent_mcp.app_database import audit_store

    for name in [name for name in sys.modules if name.startswith(("asyncpg", "talent_mcp.store.postgres"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    settings = load_settings({"TALENT_HOME": "/nowhere", "TALENT_DATABASE_URL": "postgresql://u@localhost/talent"})
    with pytest.raises(ConfigurationError, match=r"install talent-mcp\[postgres\]"):
        audit_store(settings)


def test_a_server_on_files_does_not_load_the_driver() -> None:
    program = "import sys, talent_mcp.app, talent_mcp.cli.serving; sys.exit('asyncpg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603  # a program of ours
