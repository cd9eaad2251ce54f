"""A power cut at any moment loses no key that was acknowledged, and brings none back that was destroyed.

The same as for the log, in tests/faults/test_power_cut.py.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.keys import Alias, CredentialRow, DataKeyRow, Known, SubjectRow
from talent_mcp.store.sqlite.file import Durability
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.faults.power_cuts import CANARY, DURABLE, MOMENTS, NORMAL, Findings, damage, disks_after, traces
from tests.powerloss import Recorder, recorded_disk

pytestmark = pytest.mark.anyio

VERSIONS, LIFE = 20, 7
State = tuple[frozenset[Any], ...]
"""Data keys, people and credentials."""
NOTHING: State = (frozenset(), frozenset(), frozenset())


@dataclass(slots=True)
class History:
    """The state of the keys after each change that was acknowledged, with the disk's number of steps by then."""

    disk: Recorder
    states: list[tuple[int, State]] = field(default_factory=lambda: [(0, NOTHING)])
    destroyed_at: int = 0

    async def after(self, keys: SqliteKeys, change: Awaitable[object]) -> None:
        await change
        self.states.append((len(self.disk.steps), await state_of(keys)))

    def possible(self, moment: int) -> set[State]:
        """The state that was acknowledged last by a moment, or the one that was under way."""
        last = max(number for number, (at, _) in enumerate(self.states) if at <= moment)
        return {state for _, state in self.states[last : last + 2]}


async def state_of(keys: SqliteKeys) -> State:
    people = await keys.keys_of("t", [*(f"s{n}" for n in range(3 * VERSIONS)), "canary"])
    return (frozenset(await keys.data_keys("t")), frozenset(people), frozenset(await keys.credentials("t")))


def data_key(version: int, master: str = "m") -> DataKeyRow:
    return DataKeyRow(tenant="t", purpose="index", version=version, master=master, wrapped=b"w" * 60, created_at=1.0)


def person(name: str, wrapped: bytes = b"k" * 60) -> Known:
    row = SubjectRow(tenant="t", subject=name, key_version=1, wrapped=wrapped, created_at=1.0)
    return Known([Alias(name.encode() * 8, identifies=True)], row)


def credential(version: int) -> CredentialRow:
    return CredentialRow(
        tenant="t",
        principal="",
        vendor="ocean",
        name="default",
        version=version,
        state="active",
        key_version=1,
        sealed=b"c" * 300,
        created_at=1.0,
    )


async def write_keys(disk: Recorder, home: Path, durability: Durability) -> History:
    """Keys, people and credentials, the end of some of them, and the file closed and opened again in between."""
    history, keys = History(disk), SqliteKeys(home / "keys.db", durability=durability)
    for n in range(VERSIONS):
        await history.after(keys, keys.add_data_key(data_key(n + 1)))
        await history.after(keys, keys.join("t", [person(f"s{3 * n + more}") for more in range(3)]))
        await history.after(keys, keys.add_credential(credential(n + 1)))
        await history.after(keys, keys.destroy("t", [f"s{3 * n}"]))
        if n % LIFE == LIFE - 1:
            await keys.close()
    await history.after(keys, keys.join("t", [person("canary", CANARY * 3)]))
    await history.after(keys, keys.destroy("t", ["canary"]))
    history.destroyed_at = len(disk.steps)
    await history.after(keys, keys.rewrap([data_key(n + 1, "another") for n in range(VERSIONS)]))
    await history.after(keys, keys.remove_data_key("t", "index", 3))
    await history.after(keys, keys.remove_credential("t", "", "ocean", "default"))
    await keys.close()
    return history


async def look(history: History, moment: int, home: Path, findings: Findings) -> None:
    findings.replays += 1
    if moment >= history.destroyed_at:
        findings.corrupt += traces(home)
    keys = SqliteKeys(home / "keys.db")
    try:
        if await state_of(keys) not in history.possible(moment):
            findings.lost.append(home.name)
        await keys.add_data_key(data_key(99))
    except StoreUnavailable as failure:
        findings.corrupt.append(f"{home.name}: {failure}")
    await keys.close()
    findings.corrupt += damage(home / "keys.db")


async def cut_while_keys_are_written(folder: Path, durability: Durability) -> Findings:
    findings = Findings()
    with recorded_disk() as disk:
        history = await write_keys(disk, folder / "home", durability)
    for moment, left in disks_after(disk, folder, surely=history.destroyed_at):
        await look(history, moment, left, findings)
    findings.tell(disk)
    return findings


async def test_no_acknowledged_key_is_lost_and_none_that_was_destroyed_comes_back(tmp_path: Path) -> None:
    findings = await cut_while_keys_are_written(tmp_path, DURABLE)
    assert (findings.lost, findings.corrupt) == ([], [])
    assert findings.replays > 4 * MOMENTS


async def test_keys_whose_commits_are_not_synced_would_be_lost(tmp_path: Path) -> None:
    """The harness sees what it is there to see."""
    assert (await cut_while_keys_are_written(tmp_path, NORMAL)).lost
