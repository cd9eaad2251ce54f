"""A home that the server may read and not write: nothing is sent, and the message says which way it is so."""

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.programs import require
from tests.processes import Pipe, Vendors, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

BOUND_BY_MODES = ("--bounding-set", "-dac_override,-dac_read_search")
"""What lets root read and write whatever the modes of files say."""


@pytest.fixture
async def vendors() -> AsyncGenerator[Vendors]:
    async with vendors_on_a_port() as running:
        yield running


def under() -> list[str]:
    """What runs a process that modes of files bind, root's included."""
    return [require("setpriv"), *BOUND_BY_MODES] if os.geteuid() == 0 else []


@contextmanager
def mode(path: Path, bits: int) -> Generator[None]:
    before = path.stat().st_mode
    path.chmod(bits)
    yield
    path.chmod(before)


async def answered(pipe: Pipe, number: int) -> str:
    """The text of a call of a tool that needs keys of a person's own."""
    arguments = {"person": {"email": "ada@ledgerloop.example"}}
    await pipe.request(number, "tools/call", name="enrich_person", arguments=arguments)
    return str((await pipe.answer())["result"]["content"][0]["text"])


async def served(vendors: Vendors, home: Path) -> None:
    async with piped(vendors.environment(home), under=under()) as pipe:
        await pipe.initialize()
        assert "audit log" not in await answered(pipe, 1)
        assert await pipe.close() == 0
    assert len(await vendors.received()) == 1
    await vendors.reset()


@pytest.mark.parametrize(
    ("what", "bits", "words"),
    [
        ("audit.db", 0o400, "its file is read-only"),
        ("audit.db", 0o000, "its file cannot be opened"),
        ("audit.lock", 0o400, "its folder, or a file in it, may not be written"),
        ("keys.db", 0o400, "its keys cannot be used: its file is read-only"),
        ("keys.lock", 0o400, "its keys cannot be used: its folder, or a file in it, may not be written"),
        (".", 0o500, "its keys cannot be used: its folder, or a file in it, may not be written"),
    ],
)
async def test_nothing_is_sent_from_a_home_that_cannot_be_written(
    vendors: Vendors, tmp_path: Path, what: str, bits: int, words: str
) -> None:
    home = tmp_path / "home"
    await served(vendors, home)
    with mode(home / what, bits):
        async with piped(vendors.environment(home), under=under()) as pipe:
            await pipe.initialize()
            for number in (1, 2):
                text = await answered(pipe, number)
                assert words in text
                assert "nothing was sent" in text
            assert await pipe.close() == 0
    assert await vendors.received() == []
    await served(vendors, home)


async def test_nothing_is_sent_where_no_home_can_be_made(vendors: Vendors, tmp_path: Path) -> None:
    with mode(tmp_path, 0o500):
        async with piped(vendors.environment(tmp_path / "home"), under=under()) as pipe:
            await pipe.initialize()
            assert "its folder, or a file in it, may not be written" in await answered(pipe, 1)
            assert await pipe.close() == 0
    assert await vendors.received() == []
