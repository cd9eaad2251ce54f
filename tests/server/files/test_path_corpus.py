"""Paths that a hostile text may have put into a model's mouth, through the tools themselves: nothing leaves the folders."""

import base64
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from talent_mcp.app import open_house
from talent_mcp.files.allowed import MISSING, NOT_A_FILE, NOT_WHAT_IT_SAYS, OUTSIDE, UNREADABLE
from talent_mcp.files.shelf import UNKNOWN
from talent_mcp.sandbox import Sandbox
from talent_mcp.settings import load_settings
from talent_tools.files import File
from tests.houses import KEYS, Connected
from tests.judge import JudgedClient
from tests.openings import Openings, openings_in
from tests.server.files.path_payloads import PAYLOADS

pytestmark = pytest.mark.anyio

CANARY, HARMLESS = b"%PDF-1.7 canary: what lies outside", b"%PDF-1.7 harmless"
ANSWERS = {UNKNOWN, MISSING, NOT_A_FILE, NOT_WHAT_IT_SAYS, OUTSIDE, UNREADABLE}
NO_TEXT = "Nothing was sent: the arguments"


@dataclass(slots=True)
class Vendors:
    """Three vendors in one, that know nobody and remember what they were sent."""

    sent: list[bytes] = field(default_factory=list[bytes])

    @property
    def files(self) -> list[bytes]:
        """The content of every file that arrived."""
        bodies = [json.loads(sent) for sent in self.sent if sent.startswith(b"{")]
        data = [file["data"] for body in bodies for file in (*body.get("files", ()), *body.get("resumesFiles", ()))]
        return [base64.b64decode(one.partition(",")[2]) for one in data]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.sent += [request.content, str(request.url).encode()]
        if "profiles" in request.url.path and request.method == "POST":
            return httpx2.Response(201, json={"message": "Profile saved successfully", "profileId": "p1"})
        if "search/people" in request.url.path:
            return httpx2.Response(200, json={"people": [], "total": 0})
        if "enrich" in request.url.path:
            return httpx2.Response(404, json={"detail": "No matching record found"})
        return httpx2.Response(200, json={"success": True, "data": [], "total": 0})


@dataclass(frozen=True, slots=True)
class Place:
    """A server with one allowed folder, which holds its own state too, and what lies around that."""

    on: Connected
    vendors: Vendors
    named: dict[str, str]
    root: Path
    openings: Openings

    def spelt(self, payload: str) -> str:
        return payload.format(**self.named)

    def opened(self) -> set[str]:
        """The files that were opened, from the root of what the test made, but for the folders that the server itself
        looks through; on Linux, elsewhere nothing is seen."""
        return {path.relative_to(self.root).as_posix() for path in self.openings.seen()} - {"allowed", "allowed/state"}

    def opened_wrongly(self) -> set[str]:
        """Those among them that are not for sending."""
        own = ("allowed/own-", "allowed/settings.toml")
        return {name for name in self.opened() if not name.startswith("allowed/") or name.startswith(own)}

    async def said_of(self, path: str, argument: str = "files") -> str:
        """The refusal of a call with this file."""
        return await self.on.refusal("upsert_jarvi_profile", profile={"id": "p1"}, **{argument: [path]})


@asynccontextmanager
async def place(root: Path) -> AsyncGenerator[Place]:
    allowed, outside = root / "allowed", root / "outside"
    for folder in (allowed / "cvs", allowed / "folder.pdf", outside, root / "allowed-evil"):
        folder.mkdir(parents=True)
    for secret in (root / "secret.pdf", outside / "secret.pdf", root / "allowed-evil" / "secret.pdf"):
        secret.write_bytes(CANARY)
    (allowed / "cv.pdf").write_bytes(HARMLESS)
    for name in ("program.pdf", "program.pdf.", "program.pd\u200bf", "program.\u202epdf", "program.pd\x7ff"):
        (allowed / name).write_bytes(b"MZ\x90\0 canary: a program")
    links = {
        "link.pdf": outside / "secret.pdf",
        "link-to-link.pdf": allowed / "link.pdf",
        "relative-link.pdf": Path("../outside/secret.pdf"),
        "loop.pdf": Path("loop.pdf"),
        "dangling.pdf": outside / "none.pdf",
        "linked": outside,
        "cvs/linked": outside,
        "linked-root": Path("/"),
        "linked-self": allowed,
    }
    for name, target in links.items():
        (allowed / name).symlink_to(target)
    os.mkfifo(allowed / "pipe.pdf")
    home = allowed / "state"
    async with served(home, allowed) as (on, vendors):
        await on.call("search_people", limit=1)
        vendors.sent.clear()
        for name, own in (("own-key", "keys.db"), ("own-key.pdf", "keys.db"), ("own-key.db", "keys.db")):
            (allowed / name).hardlink_to(home / own)
        (allowed / "own-log.txt").hardlink_to(home / "audit.db")
        handles = await added(on)
        with socket.socket(socket.AF_UNIX) as listening, working_in(allowed):
            listening.bind("socket.pdf")
            folders = {"allowed": str(allowed), "outside": str(outside), "home": str(home)}
            with openings_in([allowed, outside, root / "allowed-evil"]) as openings:
                yield Place(on, vendors, folders | handles, root, openings)


@asynccontextmanager
async def served(home: Path, allowed: Path) -> AsyncGenerator[tuple[Connected, Vendors]]:
    """A server whose settings lie in the folder that they open."""
    file, vendors = allowed / "settings.toml", Vendors()
    file.write_text(f"approval = 'auto'\nhome = '{home}'\nfile_folders = ['{allowed}']\n# canary: a password\n")
    (allowed / "own-settings").hardlink_to(file)
    settings = load_settings({"TALENT_CONFIG": str(file)})
    async with (
        open_house(settings, KEYS, transport=httpx2.MockTransport(vendors)) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        yield Connected(client, house, Sandbox()), vendors


async def added(on: Connected) -> dict[str, str]:
    """Handles that lead nowhere: of somebody else, of what was removed, of what is too old."""
    shelf, secret = on.house.shelf, File(name="secret.pdf", media_type="application/pdf", content=CANARY)
    removed = await shelf.add("default", secret, [])
    await shelf.remove("default", removed.handle)
    async with open_house(on.house.settings, KEYS, clock=lambda: 1_000_000.0) as long_ago:
        over = await long_ago.shelf.add("default", secret, [])
    rivals = await shelf.add("rival", secret, [])
    return {"rivals": rivals.handle, "removed": removed.handle, "over": over.handle}


@contextmanager
def working_in(folder: Path) -> Generator[None]:
    """In another working directory: the path of a socket must be short."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def test_the_corpus_is_large_and_holds_nothing_twice() -> None:
    every = [payload for payloads in PAYLOADS.values() for payload in payloads]
    assert len(every) == len({*every}) >= 100


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_no_path_leads_out_of_the_folders(kind: str, tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        for payload in PAYLOADS[kind]:
            path = here.spelt(payload)
            for argument in ("resumes", "files"):
                said = await here.said_of(path, argument)
                assert said in ANSWERS or said.startswith(NO_TEXT), (payload, said)
        assert here.vendors.sent == []
        assert here.opened_wrongly() == set()
        sent = await here.on.call("upsert_jarvi_profile", profile={"id": "p1"}, resumes=["cv.pdf"])
        assert sent["files_sent"] == 1
        assert here.vendors.files == [HARMLESS]


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
async def test_what_is_opened_is_seen(tmp_path: Path) -> None:
    """Or the corpus would prove nothing of it."""
    async with place(tmp_path) as here:
        await here.said_of("program.pdf")
        assert here.opened() == {"allowed/program.pdf"}
        for path in (tmp_path / "outside" / "secret.pdf", tmp_path / "allowed" / "own-key"):
            path.read_bytes()
        assert here.opened() == {"outside/secret.pdf", "allowed/own-key"}


async def test_nobody_learns_what_there_is_outside(tmp_path: Path) -> None:
    """The answer for a file that is there is the one for a file that is not."""
    async with place(tmp_path) as here:
        for there in ("../outside/secret.pdf", "{outside}/secret.pdf", "linked/secret.pdf", "{home}/keys.db"):
            assert await here.said_of(here.spelt(there)) == await here.said_of(here.spelt(f"{there}-not")), there
        told = {await here.said_of(handle) for handle in (here.spelt("{rivals}"), f"file:{'0' * 24}")}
        assert told == {UNKNOWN}


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_elsewhere_a_path_is_just_text(kind: str, tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        for payload in PAYLOADS[kind]:
            await call_elsewhere(here, here.spelt(payload))
        assert not [sent for sent in here.vendors.sent if b"canary" in sent or b"root:" in sent]
        assert here.opened() == set()


async def call_elsewhere(here: Place, path: str) -> None:
    """Calls with a path where no file is asked for."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_people", {"people": {"names": [path]}, "fields": [path], "limit": 1}),
        ("enrich_person", {"person": {"name": path, "linkedin": path}}),
        ("update_stardex_person", {"person_id": path, "changes": {"name": path}}),
        ("upsert_jarvi_profile", {"profile": {"id": "p1", "headline": path}, "custom_fields": {path: path}}),
    ]
    for tool, arguments in calls:
        await here.on.client.call_tool(tool, arguments)


def swap_the_file(root: Path) -> None:
    """Show a file, and in its place a link to one outside."""
    allowed = root / "allowed"
    real, trap, place = allowed / "real.tmp", allowed / "trap.tmp", allowed / "swapped" / "secret.pdf"
    place.parent.mkdir(exist_ok=True)
    real.write_bytes(HARMLESS)
    real.replace(place)
    trap.symlink_to(root / "outside" / "secret.pdf")
    trap.replace(place)


def swap_the_folder(root: Path) -> None:
    """Show a folder with a file, and in its place a link to one outside."""
    allowed = root / "allowed"
    real, trap, place = allowed / "real", allowed / "trap", allowed / "swapped"
    if not real.exists():
        real.mkdir()
        (real / "secret.pdf").write_bytes(HARMLESS)
        trap.symlink_to(root / "outside")
    for shown in (real, trap):
        shown.rename(place)
        place.rename(shown)


@pytest.mark.parametrize("swap", [swap_the_file, swap_the_folder])
async def test_a_link_that_is_swapped_in_while_a_call_runs_is_never_followed(
    tmp_path: Path, swap: Callable[[Path], None]
) -> None:
    async with place(tmp_path) as here:
        with again_and_again(lambda: swap(tmp_path)):
            said = [await swapped_file(here, f"{number}") for number in range(200)]
        # Both were there to be seen, or nothing would be proved.
        assert {"saved", OUTSIDE} <= {*said} <= {"saved", OUTSIDE, MISSING}
        assert {*here.vendors.files} == {HARMLESS}


async def swapped_file(here: Place, headline: str) -> str:
    asked = {"profile": {"id": "p1", "headline": headline}, "files": ["swapped/secret.pdf"]}
    result = await here.on.client.call_tool("upsert_jarvi_profile", asked)
    if not result.is_error:
        return "saved"
    (content,) = result.content
    assert content.type == "text"
    return content.text


@contextmanager
def again_and_again(act: Callable[[], None]) -> Generator[None]:
    """Do something in a thread of its own for as long as this lasts."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
