"""`credentials rekey` is killed at any moment: every stored key still opens, and the same command finishes.

`make test` kills it a few times; `make faults` many times (FAULT_ROUNDS).
"""

import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import anyio
import anyio.lowlevel
import pytest
from mcp.client.stdio import get_default_environment

from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.stored import Holder
from talent_mcp.keys.master import Master
from talent_mcp.keys.master_files import FilePlace
from talent_mcp.keys.rekey import all_rows, rewrap_all
from talent_mcp.keys.sealing import new_key
from talent_mcp.keys.subject_keys import unwrap_subject, wrap_subject
from talent_mcp.store.keys import Alias, Known
from tests.processes import COMMAND, COVERAGE
from tests.server.keys.stores import Clock, Process, process

pytestmark = pytest.mark.anyio

ROUNDS = max(2, int(os.environ.get("FAULT_ROUNDS", "6")) // 3)
PEOPLE = 3_000
CREDENTIALS = 20
SECONDS = 60


async def fill(home: Path) -> None:
    """A store that a killed command left: newer keys were made a while ago, and nothing is sealed with them yet."""
    long_ago = Clock(time.time() - 600)
    async with process(home, clock=long_ago) as one:
        under = await one.keys.current("firm", "subjects")
        rows = [wrap_subject(under, new_key(), "firm", f"s-{n}", long_ago()) for n in range(PEOPLE)]
        await one.store.join("firm", [Known([Alias(row.subject.encode(), identifies=True)], row) for row in rows])
        for number in range(CREDENTIALS):
            await one.vault.put(Holder(tenant="firm", vendor="ocean", name=f"n{number}"), Secret(f"key-{number}"))
        for purpose in ("subjects", "credentials"):
            await one.keys.add_version("firm", purpose, 2)


async def require_everything(home: Path, master: str = "master.key") -> None:
    async with process(home, FilePlace(home / master)) as one:
        for number in range(CREDENTIALS):
            found = await one.vault.find(Holder(tenant="firm", vendor="ocean", name=f"n{number}"))
            assert found is not None
            assert found.secret.reveal() == f"key-{number}"
        rows = await one.store.keys_of("firm", [f"s-{n}" for n in range(PEOPLE)])
        keys = [unwrap_subject(await one.keys.version("firm", "subjects", row.key_version), row) for row in rows]
        assert len({key.reveal() for key in keys}) == PEOPLE


@asynccontextmanager
async def rekeying(home: Path, *options: str) -> AsyncGenerator[anyio.abc.Process]:
    """The command, as an operator starts it."""
    environment = {"TALENT_HOME": str(home), "TALENT_MASTER_KEY": f"file:{home / 'master.key'}"}
    process = await anyio.open_process(
        [*COMMAND, "credentials", "rekey", *options],
        env={**get_default_environment(), **COVERAGE, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with anyio.fail_after(SECONDS):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


def is_there(path: Path) -> bool:
    return path.exists()


async def version_of(one: Process, subject: str) -> int:
    (row,) = await one.store.keys_of("firm", [subject])
    return row.key_version


async def is_finished(home: Path) -> bool:
    async with process(home) as one:
        rows = await all_rows(one.store)
        return {(row.purpose, row.version) for row in rows} == {("subjects", 2), ("credentials", 2)}


async def killed_in_the_middle(home: Path, subject: str) -> bool:
    """Kill it once this person's key is sealed anew; whether it had not ended by then."""
    async with process(home) as watcher, rekeying(home, "--data-keys") as command:
        while await version_of(watcher, subject) == 1 and command.returncode is None:
            await anyio.lowlevel.checkpoint()
        command.send_signal(signal.SIGKILL)
        return await command.wait() == -signal.SIGKILL


async def test_killed_while_it_seals_anew_it_loses_nothing(tmp_path: Path) -> None:
    random, killed = Random(20261126), 0  # noqa: S311  # a seed makes the moments repeatable
    for round_ in range(ROUNDS):
        home = tmp_path / str(round_)
        await fill(home)
        killed += await killed_in_the_middle(home, f"s-{random.randrange(PEOPLE)}")
        await require_everything(home)
        # Killed after its last step it had done all; another run would be one more.
        if not await is_finished(home):
            async with rekeying(home, "--data-keys") as command:
                assert await command.wait() == 0
        assert await is_finished(home)
        await require_everything(home)
    assert killed


async def test_killed_while_it_changes_the_master_key_one_of_both_opens_everything(tmp_path: Path) -> None:
    random = Random(20261127)  # noqa: S311  # a seed makes the moments repeatable
    for round_ in range(ROUNDS):
        home = tmp_path / str(round_)
        await fill(home)
        async with process(home) as watcher, rekeying(home, "--master-key", f"file:{home / 'new.key'}") as command:
            while command.returncode is None and not is_there(home / "new.key"):
                await anyio.lowlevel.checkpoint()
            for _ in range(random.randrange(30)):
                await watcher.store.tenants()
            command.send_signal(signal.SIGKILL)
            await command.wait()
        async with process(home) as one:
            old, new = await one.master.made(), await Master(FilePlace(home / "new.key")).made()
            fingerprints = {row.master for row in await all_rows(one.store)}
        assert fingerprints in ({old.fingerprint}, {new.fingerprint})
        await require_everything(home, "master.key" if fingerprints == {old.fingerprint} else "new.key")
        async with process(home) as one:
            await rewrap_all(one.store, [old], new)
        await require_everything(home, "new.key")
