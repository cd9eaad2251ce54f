"""Paths that a hostile text may have put into a model's mouth, through the tools themselves: nothing leaves the folders."""

import os
import socket
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from talent_mcp.file_shelf import UNKNOWN
from talent_mcp.files import MISSING, NOT_A_FILE, NOT_WHAT_IT_SAYS, OUTSIDE, UNREADABLE
from tests.houses import Connected, on_vendor
from tests.server.path_payloads import PAYLOADS

pytestmark = pytest.mark.anyio

CANARY = b"%PDF-1.7 canary: what lies outside"
ANSWERS = {UNKNOWN, MISSING, NOT_A_FILE, NOT_WHAT_IT_SAYS, OUTSIDE, UNREADABLE}
NO_TEXT = "Nothing was sent: the arguments"


@dataclass(slots=True)
class Vendors:
    """Three vendors in one, that know nobody and remember what they were sent."""

    sent: list[bytes] = field(default_factory=list[bytes])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request.content + str(request.url).encode())
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
    folders: dict[str, str]

    def spelt(self, payload: str) -> str:
        return payload.format(**self.folders)


@asynccontextmanager
async def place(root: Path) -> AsyncGenerator[Place]:
    allowed, outside = root / "allowed", root / "outside"
    for folder in (allowed / "cvs", allowed / "folder.pdf", outside, root / "allowed-evil"):
        folder.mkdir(parents=True)
    for secret in (root / "secret.pdf", outside / "secret.pdf", root / "allowed-evil" / "secret.pdf"):
        secret.write_bytes(CANARY)
    (allowed / "cv.pdf").write_bytes(b"%PDF-1.7 harmless")
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
    vendors, home = Vendors(), allowed / "state"
    async with on_vendor(home, vendors, file_folders=(allowed,), approval="auto") as on:
        await on.call("search_people", limit=1)
        vendors.sent.clear()
        (allowed / "own-key.pdf").hardlink_to(home / "keys.db")
        with socket.socket(socket.AF_UNIX) as listening, working_in(allowed):
            listening.bind("socket.pdf")
            yield Place(on, vendors, {"allowed": str(allowed), "outside": str(outside), "home": str(home)})


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
                said = await here.on.refusal("upsert_jarvi_profile", profile={"id": "p1"}, **{argument: [path]})
                assert said in ANSWERS or said.startswith(NO_TEXT), (payload, said)
        assert here.vendors.sent == []
        sent = await here.on.call("upsert_jarvi_profile", profile={"id": "p1"}, resumes=["cv.pdf"])
        assert sent["files_sent"] == 1


async def test_nobody_learns_what_there_is_outside(tmp_path: Path) -> None:
    """The answer for a file that is there is the one for a file that is not."""
    async with place(tmp_path) as here:
        for there in ("../outside/secret.pdf", "{outside}/secret.pdf", "linked/secret.pdf", "{home}/keys.db"):
            said = [
                await here.on.refusal("upsert_jarvi_profile", profile={"id": "p1"}, files=[here.spelt(path)])
                for path in (there, f"{there}-not")
            ]
            assert said[0] == said[1], there


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_elsewhere_a_path_is_just_text(kind: str, tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        for payload in PAYLOADS[kind]:
            path = here.spelt(payload)
            calls: list[tuple[str, dict[str, Any]]] = [
                ("search_people", {"people": {"names": [path]}, "fields": [path], "limit": 1}),
                ("enrich_person", {"person": {"name": path, "linkedin": path}}),
                ("update_stardex_person", {"person_id": path, "changes": {"name": path}}),
                ("upsert_jarvi_profile", {"profile": {"id": "p1", "headline": path}, "custom_fields": {path: path}}),
            ]
            for tool, arguments in calls:
                await here.on.client.call_tool(tool, arguments)
        assert not [sent for sent in here.vendors.sent if b"canary" in sent or b"root:" in sent]


async def test_a_link_that_is_swapped_in_while_a_call_runs_is_never_followed(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        allowed, stop = tmp_path / "allowed", threading.Event()

        def swap() -> None:
            real, trap, target = allowed / "real.tmp", allowed / "trap.tmp", allowed / "swapped.pdf"
            while not stop.is_set():
                real.write_bytes(b"%PDF-1.7 harmless")
                real.replace(target)
                trap.symlink_to(tmp_path / "outside" / "secret.pdf")
                trap.replace(target)

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            for number in range(150):
                with suppress(AssertionError):
                    profile = {"id": "p1", "headline": f"{number}"}
                    await here.on.call("upsert_jarvi_profile", profile=profile, files=["swapped.pdf"])
        finally:
            stop.set()
            thread.join()
        assert not [sent for sent in here.vendors.sent if b"Y2FuYXJ5" in sent or b"canary" in sent]
