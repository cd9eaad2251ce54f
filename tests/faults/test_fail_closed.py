"""Whatever is wrong with the audit log or its keys: no vendor is asked anything without a durable intent, and what
the model is told names the trouble in words that a person can pass on."""

import os
import re
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

import apsw
import httpx2
import pytest
from filelock import FileLock

from talent_mcp.app import House, open_house
from talent_mcp.store.sqlite.rows import rows_of
from talent_mcp.store.sqlite.store import SqliteStore
from tests.disks import Disk, failing_disk
from tests.faults.rounds import ROUNDS, seeded
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient

pytestmark = pytest.mark.anyio

CALLS: dict[str, dict[str, Any]] = {
    "search_people": {"people": {"names": ["Ada Brightwell"]}},
    "enrich_person": {"person": {"email": "ada@ledgerloop.example"}},
    "update_stardex_person": {
        "person_id": "0f0f0f0f-0000-4000-8000-000000000000",
        "changes": {"first_name": "Ada"},
    },
    "upsert_jarvi_profile": {"profile": {"external_id": "x-1", "first_name": "Ada"}},
}
Life = Literal["a new home", "a home with a log", "a server that has served"]
LOCK_SECONDS = 0.05
INTENT = re.compile(rb'"type":"intent","call":"(\w{20})"[^{}]*"tool":"(\w+)"')
DAMAGE_ROUNDS = 2 * ROUNDS


@dataclass(slots=True)
class Vendors:
    """All three of them: they refuse the key of every request that reaches them, and count it."""

    requests: list[str] = field(default_factory=list[str])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(str(request.url))
        return httpx2.Response(401)


@asynccontextmanager
async def serving(home: Path, vendors: Vendors) -> AsyncGenerator[tuple[JudgedClient, House]]:
    store = SqliteStore(home / "audit.db", lock_seconds=LOCK_SECONDS)
    async with (
        open_house(settings_in(home), KEYS, transport=httpx2.MockTransport(vendors), store=store) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield client, house


async def told(client: JudgedClient, tool: str) -> str:
    """The text of a call that fails: for want of a record, or as the vendors refuse every key."""
    result = await client.call_tool(tool, CALLS[tool])
    assert result.is_error
    (content,) = result.content
    assert content.type == "text"
    return content.text


async def served(home: Path, client: JudgedClient | None = None) -> None:
    """Every tool has been called once, by this client or in an earlier life of the server."""
    if client is not None:
        for tool in CALLS:
            await told(client, tool)
        return
    async with serving(home, Vendors()) as (earlier, _):
        await served(home, earlier)


@asynccontextmanager
async def in_life(life: Life, home: Path, vendors: Vendors) -> AsyncGenerator[JudgedClient]:
    """A client of a server in this part of its life; what was sent until now does not count."""
    if life != "a new home":
        await served(home)
    async with serving(home, vendors) as (client, _):
        if life == "a server that has served":
            await served(home, client)
        vendors.requests.clear()
        yield client


Trouble = Callable[[Path, Disk], AbstractContextManager[None]]


def disk_that_raises(fault: type[apsw.Error]) -> Trouble:
    @contextmanager
    def trouble(_: Path, disk: Disk) -> Generator[None]:
        disk.fault = fault
        yield
        disk.fault = None

    return trouble


@contextmanager
def another_server(home: Path, _: Disk) -> Generator[None]:
    with FileLock(home / "audit.lock"):
        yield


@contextmanager
def another_program(home: Path, _: Disk) -> Generator[None]:
    db = apsw.Connection(str(home / "audit.db"))
    rows_of(db, "BEGIN IMMEDIATE")
    yield
    rows_of(db, "ROLLBACK")
    db.close()


def away(name: str) -> Trouble:
    @contextmanager
    def trouble(home: Path, _: Disk) -> Generator[None]:
        (home / name).rename(home / "moved")
        yield
        (home / "moved").replace(home / name)

    return trouble


def overwritten(name: str, content: bytes) -> Trouble:
    """The file holds something else, and so do those that SQLite keeps beside it."""

    @contextmanager
    def trouble(home: Path, _: Disk) -> Generator[None]:
        (home / name).write_bytes(content)
        for beside in home.glob(f"{name}-*"):
            beside.unlink()
        yield

    return trouble


def of_another_home(name: str) -> Trouble:
    @contextmanager
    def trouble(home: Path, _: Disk) -> Generator[None]:
        (home / name).unlink()
        (home.parent / "other" / name).rename(home / name)
        yield

    return trouble


def changed(name: str, statement: str) -> Trouble:
    @contextmanager
    def trouble(home: Path, _: Disk) -> Generator[None]:
        db = apsw.Connection(str(home / name))
        rows_of(db, statement)
        db.close()
        yield

    return trouble


OTHER_KEYS = "its file of keys is not the one that it was written with"
LOST = "what it had recorded is missing from its file or was changed"
ALL: tuple[Life, ...] = ("a new home", "a home with a log", "a server that has served")
THERE: tuple[Life, ...] = ALL[1:]
COLD: tuple[Life, ...] = ALL[1:2]
WARM: tuple[Life, ...] = ALL[2:]
TROUBLES: dict[str, tuple[tuple[Life, ...], Trouble, str]] = {
    "a full disk": (ALL, disk_that_raises(apsw.FullError), "the disk is full"),
    "a read-only file": (ALL, disk_that_raises(apsw.ReadOnlyError), "its file is read-only"),
    "a failing disk": (ALL, disk_that_raises(apsw.IOError), "the disk reports an input/output error"),
    "a lock that another server holds": (ALL, another_server, "another process has held its lock for too long"),
    "another program in the file": (THERE, another_program, "its file is locked by another program"),
    "a file that was moved": (WARM, away("audit.db"), "its file was moved or deleted"),
    "a file that was replaced": (WARM, of_another_home("audit.db"), "its file was moved or deleted"),
    "a log that is a letter": (COLD, overwritten("audit.db", b"Dear Sirs, " * 999), "its file is not a database"),
    "a log of a newer version": (
        COLD,
        changed("audit.db", "PRAGMA user_version = 99"),
        "its file was written by a newer version of talent-mcp",
    ),
    "a log with a damaged end": (
        THERE,
        changed("audit.db", "UPDATE heads SET frontier = x'00'"),
        "what it says of its own end is damaged",
    ),
    "a log that was cut": (WARM, changed("audit.db", "DELETE FROM heads"), LOST),
    "a log without a table": (COLD, changed("audit.db", "DROP TABLE heads"), "its tables are not those"),
    "keys that are missing": (COLD, away("keys.db"), OTHER_KEYS),
    "keys from elsewhere": (COLD, of_another_home("keys.db"), OTHER_KEYS),
    "keys that are a letter": (
        COLD,
        overwritten("keys.db", b"Dear Sirs, " * 999),
        "its keys cannot be used: its file is not a database",
    ),
    "keys of a newer version": (
        COLD,
        changed("keys.db", "PRAGMA user_version = 99"),
        "its keys cannot be used: its file was written by a newer version of talent-mcp",
    ),
    "keys without a table": (COLD, changed("keys.db", "DROP TABLE data_keys"), "its keys cannot be used"),
}


@pytest.mark.parametrize(
    ("life", "trouble"), [(life, trouble) for trouble, (lives, _, _) in TROUBLES.items() for life in lives]
)
async def test_nothing_leaves_without_a_durable_intent(tmp_path: Path, life: Life, trouble: str) -> None:
    _, happens, words = TROUBLES[trouble]
    await served(tmp_path / "other")
    vendors = Vendors()
    with failing_disk() as disk:
        async with in_life(life, tmp_path / "home", vendors) as client:
            (tmp_path / "home").mkdir(exist_ok=True)
            with happens(tmp_path / "home", disk):
                texts = [await told(client, tool) for tool in CALLS]
    assert vendors.requests == []
    for text in texts:
        assert words in text
        assert "nothing was sent" in text
        assert "Tell the person" in text


async def test_every_tool_asks_a_vendor_where_nothing_is_wrong(tmp_path: Path) -> None:
    """What the other tests say did not happen happens otherwise."""
    vendors = Vendors()
    async with in_life("a new home", tmp_path, vendors) as client:
        for number, tool in enumerate(CALLS, 1):
            assert "nothing was sent" not in await told(client, tool)
            assert len(vendors.requests) == number


@pytest.mark.parametrize("trouble", ["a full disk", "a read-only file", "a lock that another server holds"])
async def test_the_same_call_works_again_once_the_trouble_is_over_and_the_refused_one_is_recorded(
    tmp_path: Path, trouble: str
) -> None:
    vendors = Vendors()
    with failing_disk() as disk:
        async with serving(tmp_path, vendors) as (client, house):
            await served(tmp_path, client)
            with TROUBLES[trouble][1](tmp_path, disk):
                await told(client, "search_people")
            vendors.requests.clear()
            await told(client, "search_people")
            recorded = [one.envelope async for one in house.store.entries("default")]
    assert len(vendors.requests) == 1
    refused = [entry for entry in recorded if entry["type"] == "denied"]
    assert [entry["tool"] for entry in refused] == ["search_people"]
    assert refused[0]["reason"] in ("StoreUnavailable", "Locked")
    assert len({str(entry["call"]) for entry in recorded}) == len(CALLS) + 2


async def test_keys_that_another_server_locks_for_long_let_nothing_leave(tmp_path: Path) -> None:
    vendors = Vendors()
    await served(tmp_path)
    async with serving(tmp_path, vendors) as (client, _):
        with FileLock(tmp_path / "keys.lock"):
            text = await told(client, "enrich_person")
    assert vendors.requests == []
    assert "its keys cannot be used: another process has held its lock for too long" in text


def damage(random: Random, home: Path) -> str:
    """Overwrite or cut one of the files somewhere; what was done."""
    files = (home / f"{name}{kind}" for name in ("audit.db", "keys.db") for kind in ("", "-wal"))
    file = random.choice([file for file in files if file.exists() and file.stat().st_size])
    size = file.stat().st_size
    offset, length = random.randrange(size), random.choice([1, 16, 512, 4_096])
    if random.random() < 0.2:
        os.truncate(file, offset)
        return f"{file.name} cut at {offset}"
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(random.choice([random.randbytes(length), bytes(length)])[: size - offset])
    return f"{file.name} damaged at {offset}, {length} bytes"


def intents_on_disk(home: Path) -> set[tuple[bytes, bytes]]:
    """Call and tool of every intent whose bytes are in the files, whether a reader finds them or not."""
    files = [home / "audit.db", home / "audit.db-wal"]
    return {intent for file in files if file.exists() for intent in INTENT.findall(file.read_bytes())}


def intents_found(home: Path) -> set[tuple[bytes, bytes]]:
    """The same, as a new reader finds them; by their bytes where the damage lets nobody read that far."""
    db = apsw.Connection(str(home / "audit.db"), flags=apsw.SQLITE_OPEN_READONLY)
    sql = "SELECT call_id, json_extract(envelope, '$.tool') FROM entries WHERE json_valid(envelope) AND type = 'intent'"
    try:
        return {(call.encode(), tool.encode()) for call, tool in rows_of(db, sql)}
    except apsw.CorruptError:
        return intents_on_disk(home)
    finally:
        db.close()


@pytest.mark.parametrize(
    ("life", "intents"), [("a home with a log", intents_found), ("a server that has served", intents_on_disk)]
)
async def test_a_damaged_file_lets_nothing_leave_that_is_not_recorded(
    tmp_path: Path, life: Life, intents: Callable[[Path], set[tuple[bytes, bytes]]]
) -> None:
    """What is written over in a running server's files may leave them unreadable, but not without the intent."""
    random, asked, before = seeded("damage", life), 0, set[tuple[bytes, bytes]]()
    for round_ in range(DAMAGE_ROUNDS):
        home, vendors = tmp_path / f"{round_}", Vendors()
        async with in_life(life, home, vendors) as client:
            before, done = intents(home), damage(random, home)
            for tool in CALLS:
                sent = len(vendors.requests)
                text = await told(client, tool)
                if len(vendors.requests) > sent:
                    assert tool.encode() in {named for _, named in intents(home) - before}, done
                else:
                    assert "audit log cannot be written" in text, (done, text)
        asked += len(vendors.requests)
    assert asked
    assert asked < DAMAGE_ROUNDS * len(CALLS) or life == "a server that has served"
