"""A power cut at any moment loses no entry that was acknowledged, and leaves a log that can be used and verifies.

The store runs on a disk that keeps apart what was written and what was synced. A power cut keeps what was synced, and
of the rest nothing, all, or some sectors. What is left is opened by the store itself.
"""

from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from talent_mcp.audit.entries import Entry, Seal, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import TaskRow
from talent_mcp.store.sqlite.file import Durability
from talent_mcp.store.sqlite.store import SqliteStore
from tests.faults.power_cuts import CANARY, DURABLE, MOMENTS, NORMAL, Findings, damage, disks_after, traces
from tests.faults.rounds import seeded
from tests.powerloss import Recorder, recorded_disk

pytestmark = pytest.mark.anyio

CALLERS, ENTRIES, LIVES = 5, 6, 3
TENANTS = ("one", "two")


@dataclass(slots=True)
class Acknowledged:
    """What callers were told is durable, each with the number of steps that the disk had made by then."""

    entries: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    tasks: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    removed_at: int = 0

    def calls(self, moment: int, tenant: str) -> set[str]:
        """Calls of which a tenant's log must know at a moment."""
        return {call for at, of, call in self.entries if at <= moment and of == tenant}


def entry(tenant: str, call_id: str, body: bytes | None) -> Entry:
    seal: Seal | None = None if body is None else lambda _: body
    return write_entry(tenant=tenant, call_id=call_id, type_="denied", at=1.0, fields={}, seal=seal)


def task(task_id: str) -> TaskRow:
    return TaskRow(
        tenant="one",
        task_id=task_id,
        principal="p",
        status="working",
        repeatable=True,
        created_at=1.0,
        updated_at=1.0,
        due_at=9.0,
        expires_at=99.0,
        request=b"{}",
    )


async def write_a_log(disk: Recorder, home: Path, durability: Durability) -> Acknowledged:
    """Several callers at once, in several lives of the store, with a body that is removed and tasks in between."""
    told, random = Acknowledged(), seeded("log")

    async def caller(store: SqliteStore, name: str) -> None:
        for number in range(ENTRIES):
            tenant, call_id = random.choice(TENANTS), f"{name}-{number}"
            store.enqueue(entry(tenant, f"{call_id}-attempt", None))
            await store.append(entry(tenant, call_id, random.randbytes(random.choice([40, 900, 6_000]))))
            told.entries += [(len(disk.steps), tenant, name) for name in (call_id, f"{call_id}-attempt")]

    for life in range(LIVES):
        store = SqliteStore(home / "audit.db", durability=durability)
        async with anyio.create_task_group() as callers:
            for number in range(CALLERS):
                callers.start_soon(caller, store, f"{life}-{number}")
        await store.tasks.add(task(f"{life}"))
        told.tasks.append((len(disk.steps), f"{life}"))
        if life == 0:
            await remove_a_body(disk, store, told)
        await store.close()
    return told


async def remove_a_body(disk: Recorder, store: SqliteStore, told: Acknowledged) -> None:
    head = await store.append(entry("two", "with-canary", CANARY * 20))
    await store.remove_bodies("two", [head.size - 1])
    told.removed_at = len(disk.steps)


async def look(told: Acknowledged, moment: int, home: Path, findings: Findings) -> None:
    findings.replays += 1
    if moment >= told.removed_at:
        findings.corrupt += traces(home)
    store = SqliteStore(home / "audit.db")
    try:
        await judge(store, told, moment, findings)
    except StoreUnavailable as failure:
        findings.corrupt.append(f"{home.name}: {failure}")
    await store.close()
    findings.corrupt += damage(home / "audit.db")


async def judge(store: SqliteStore, told: Acknowledged, moment: int, findings: Findings) -> None:
    await store.append(entry("one", "afterwards", b"x"))
    for tenant in TENANTS:
        there = {one.entry.call_id async for one in store.entries(tenant)}
        findings.lost += sorted(told.calls(moment, tenant) - there)
        found = await verify(store, tenant)
        findings.corrupt += [found.problem] if found.problem else []
    tasks = {row.task_id for row in await store.tasks.all_of("one")}
    findings.lost += sorted({task for at, task in told.tasks if at <= moment} - tasks)


async def cut_while_a_log_is_written(folder: Path, durability: Durability) -> Findings:
    findings = Findings()
    with recorded_disk() as disk:
        told = await write_a_log(disk, folder / "home", durability)
    for moment, left in disks_after(disk, folder, surely=told.removed_at):
        await look(told, moment, left, findings)
    findings.tell(disk)
    return findings


async def test_no_acknowledged_entry_is_lost(tmp_path: Path) -> None:
    findings = await cut_while_a_log_is_written(tmp_path, DURABLE)
    assert (findings.lost, findings.corrupt) == ([], [])
    assert findings.replays > 4 * MOMENTS


async def test_a_log_whose_commits_are_not_synced_would_lose_entries(tmp_path: Path) -> None:
    """The harness sees what it is there to see."""
    findings = await cut_while_a_log_is_written(tmp_path, NORMAL)
    assert len(findings.lost) > MOMENTS
