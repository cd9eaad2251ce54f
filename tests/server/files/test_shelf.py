"""Files by handle: kept sealed, opened for their tenant alone, deleted in time and with the person."""

import base64
import os
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from talent_mcp.app import House, open_house
from talent_mcp.files.shelf import UNKNOWN, ShelfUnusable
from talent_mcp.private_files import BESIDE
from talent_tools.errors import InvalidArguments
from talent_tools.files import File
from tests.houses import KEYS, settings_in
from tests.judge import JudgedClient
from tests.server.approvals.records import Clock, Vendors, asking_house

pytestmark = pytest.mark.anyio

CANARY = b"%PDF-1.7 canary: Ada Brightwell, ada@people.example"
CV = File(name="Ada_Brightwell-CV.pdf", media_type="application/pdf", content=CANARY)
DAY = 86_400.0


@asynccontextmanager
async def house_in(home: Path, clock: Clock | None = None) -> AsyncGenerator[House]:
    async with open_house(settings_in(home), KEYS, clock=clock or Clock()) as house:
        yield house


def files_below(home: Path) -> list[Path]:
    return [path for path in (home / "files").rglob("*") if path.is_file()]


async def test_a_file_is_given_back_to_its_tenant_alone(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        shelved = await house.shelf.add("firm", CV, ["email:ada@people.example"])
        assert await house.shelf.open("firm", shelved.handle, limit=1_000) == replace(CV, about=tuple(shelved.about))
        for tenant, handle in (("rival", shelved.handle), ("firm", f"file:{'0' * 24}")):
            with pytest.raises(InvalidArguments) as failure:
                await house.shelf.open(tenant, handle, limit=1_000)
            assert str(failure.value) == UNKNOWN
        assert await house.shelf.all_of("rival") == []
        with pytest.raises(InvalidArguments, match="larger than can be sent"):
            await house.shelf.open("firm", shelved.handle, limit=10)
    async with house_in(tmp_path) as house:
        assert await house.shelf.all_of("firm") == [shelved]


async def test_on_disk_it_is_sealed_and_private(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.shelf.add("firm", CV, ["email:ada@people.example"])
    (path,) = files_below(tmp_path)
    content = path.read_bytes()
    assert not any(trace in content or trace.decode() in str(path) for trace in (b"canary", b"Ada", b"ada@", b"firm"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


async def test_a_file_that_was_changed_or_moved_does_not_open(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        one = await house.shelf.add("firm", CV, [])
        other = await house.shelf.add("firm", CV, [])
        first, second = (
            next(path for path in files_below(tmp_path) if shelved.handle.endswith(path.name))
            for shelved in (one, other)
        )
        for body in (
            second.read_bytes(),
            b"x",
            b"\x01" + bytes(2) + b"\xff" * 16 + bytes(32) + b"\x00\x00\x00\x10" + bytes(16),
        ):
            first.write_bytes(body)
            with pytest.raises(InvalidArguments, match="damaged"):
                await house.shelf.open("firm", one.handle, limit=1_000)
        with pytest.raises(ShelfUnusable, match=f"files remove {one.handle}$"):
            await house.shelf.all_of("firm")
        with pytest.raises(ShelfUnusable, match=one.handle):
            await house.eraser.mark("firm", ["email:ada@people.example"])
        third = await house.shelf.add("firm", CV, [])
        assert await house.shelf.remove("firm", one.handle)
        assert {shelved.handle for shelved in await house.shelf.all_of("firm")} == {other.handle, third.handle}


@pytest.mark.parametrize(
    "handle",
    ["file:", "file:../keys.db", "file:%2e%2e%2fkeys.db", f"file:{'a' * 24}\n", f"FILE:{'a' * 24}", f"file:{'A' * 24}",
     f"file:{'a' * 23}", f"file:{'a' * 25}", f"file:/{'a' * 23}", f"file:{'a' * 24}/../x", f"file:{'٣' * 24}", "file:\0"],
)  # fmt: skip
async def test_what_is_no_handle_leads_nowhere(tmp_path: Path, handle: str) -> None:
    async with house_in(tmp_path) as house:
        await house.shelf.add("firm", CV, [])
        with pytest.raises(InvalidArguments) as failure:
            await house.shelf.open("firm", handle, limit=1_000)
        assert str(failure.value) == UNKNOWN
        assert not await house.shelf.remove("firm", handle)


async def test_a_file_is_kept_for_thirty_days(tmp_path: Path) -> None:
    clock = Clock()
    async with house_in(tmp_path, clock) as house:
        shelved = await house.shelf.add("firm", CV, [])
        clock.now += 30 * DAY - 60
        assert await house.shelf.open("firm", shelved.handle, limit=1_000) == CV
        clock.now += 60
        with pytest.raises(InvalidArguments):
            await house.shelf.open("firm", shelved.handle, limit=1_000)
        assert files_below(tmp_path) == []


async def test_a_damaged_file_keeps_no_other_from_going_in_time(tmp_path: Path) -> None:
    clock = Clock()
    async with house_in(tmp_path, clock) as house:
        for _ in range(3):
            await house.shelf.add("firm", CV, [])
        damaged = files_below(tmp_path)[0]
        damaged.write_bytes(b"x")
        clock.now += 30 * DAY
        await house.shelf.prune("firm")
        assert files_below(tmp_path) == [damaged]


async def test_a_file_is_removed_once(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        shelved = await house.shelf.add("firm", CV, [])
        assert await house.shelf.remove("firm", shelved.handle)
        assert not await house.shelf.remove("firm", shelved.handle)
    assert files_below(tmp_path) == []


async def test_a_folder_that_cannot_be_used_is_said_to_be_so(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        (tmp_path / "files").write_bytes(b"in the way")
        with pytest.raises(ShelfUnusable, match="cannot be used"):
            await house.shelf.add("firm", CV, [])


async def test_a_copy_that_was_left_when_a_process_was_killed_is_deleted(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        shelved = await house.shelf.add("firm", CV, [])
        (kept,) = files_below(tmp_path)
        copy = kept.with_name(f"{BESIDE}x1")
        copy.hardlink_to(kept)
        os.utime(copy, (0, 0))
        assert [one.handle for one in await house.shelf.all_of("firm")] == [shelved.handle]
    assert files_below(tmp_path) == [kept]


async def test_who_is_erased_has_no_file_left(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.shelf.add(
            "firm", File(name="x.pdf", media_type="application/pdf", content=CANARY), ["email:ada@people.example"]
        )
        await house.shelf.add("firm", CV, [])
        others = await house.shelf.add("firm", CV, ["email:eve@people.example"])
        marked = await house.eraser.mark("firm", ["email:ada@people.example", "name:ada brightwell"])
        assert len(marked.files) == 2
        await house.eraser.erase("firm", marked, by="local")
        assert [one.handle for one in await house.shelf.all_of("firm")] == [others.handle]
        (erased,) = [one.envelope async for one in house.store.entries("firm")]
    assert (erased["type"], erased["files"]) == ("subject.erased", 2)


async def test_a_yes_is_for_the_exact_bytes_that_were_shown(tmp_path: Path) -> None:
    """Whatever is swapped in between the plan and the call, by path or on the shelf, is not what a person approved."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    (folder / "cv.pdf").write_bytes(CANARY)
    vendors = Vendors()
    async with (
        asking_house(tmp_path / "home", vendors, Clock(), file_folders=(folder,)) as house,
        JudgedClient(house.server("memory")) as client,
    ):
        shelved = await house.shelf.add("default", CV, [])
        asked = {"profile": {"id": "p1"}, "resumes": ["cv.pdf"], "files": [shelved.handle]}
        planned: dict[str, Any] = (await client.call_tool("upsert_jarvi_profile", asked)).structured_content or {}
        assert planned["status"] == "needs_approval"
        assert {change["field"]: change["after"][0]["sha256"] for change in planned["changes"]} == {
            "resumes": shelved.sha256,
            "files": shelved.sha256,
        }
        await house.desk.decide("default", planned["plan_id"], "approved", by="terminal", principal="local")
        (folder / "cv.pdf").write_bytes(CANARY + b" and more")
        swapped = await client.call_tool("upsert_jarvi_profile", {**asked, "plan_id": planned["plan_id"]})
        assert (swapped.structured_content or {})["status"] == "needs_approval"
        assert vendors.written == []
        (folder / "cv.pdf").write_bytes(CANARY)
        await client.call_tool("upsert_jarvi_profile", {**asked, "plan_id": planned["plan_id"]})
    (sent,) = vendors.written
    data = {name: base64.b64decode(sent[name][0]["data"].partition(",")[2]) for name in ("resumesFiles", "files")}
    assert data == {"resumesFiles": CANARY, "files": CANARY}
