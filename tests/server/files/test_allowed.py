"""Files that may be sent: only regular ones, only below the allowed folders, never behind a link."""

import os
import socket
import threading
import zipfile
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import Any, NoReturn

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.files.allowed import (
    LONGEST_NAME,
    MISSING,
    NO_FOLDER,
    NOT_A_FILE,
    NOT_WHAT_IT_SAYS,
    OUTSIDE,
    UNREADABLE,
    AllowedFiles,
    below,
    open_resolved,
    open_without_links,
    relative,
    sane_name,
)
from talent_mcp.files.own import OwnFiles
from talent_tools.errors import InvalidArguments

pytestmark = pytest.mark.anyio

SECRET = b"canary: what lies outside"
LIMIT = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An allowed folder with a CV, beside a file that is not for sending."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    allowed = tmp_path / "allowed"
    (allowed / "cvs" / "2026").mkdir(parents=True)
    (allowed / "cv.pdf").write_bytes(b"%PDF-1.7")
    with zipfile.ZipFile(allowed / "cvs" / "2026" / "letter.DOCX", "w") as letter:
        letter.writestr("word/document.xml", "<w:document/>")
    return allowed


async def refusal(folder: Path | tuple[Path, ...], path: str, limit: int = LIMIT) -> str:
    return await refusal_of(AllowedFiles(folder if isinstance(folder, tuple) else (folder,)), path, limit)


async def refusal_of(files: AllowedFiles, path: str, limit: int = LIMIT) -> str:
    with anyio.fail_after(10), pytest.raises(InvalidArguments) as failure:
        await files(path, limit=limit)
    assert failure.value.__context__ is None
    return str(failure.value)


@pytest.mark.parametrize("absolute", [False, True])
async def test_a_file_below_the_folder_is_read_with_its_name_and_type(folder: Path, *, absolute: bool) -> None:
    start = f"{folder}/" if absolute else ""
    cv = await AllowedFiles([folder])(f"{start}cv.pdf", limit=LIMIT)
    assert (cv.name, cv.media_type, cv.content) == ("cv.pdf", "application/pdf", b"%PDF-1.7")
    letter = await AllowedFiles([folder])(f"{start}cvs/./2026//letter.DOCX", limit=LIMIT)
    assert letter.name == "letter.DOCX"
    assert letter.media_type == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def test_a_type_that_nobody_knows_is_just_bytes(folder: Path) -> None:
    (folder / "data.xyz").touch()
    found = await AllowedFiles([folder])("data.xyz", limit=LIMIT)
    assert (found.media_type, found.content) == ("application/octet-stream", b"")


async def test_without_a_folder_nothing_is_read() -> None:
    assert await refusal((), "/etc/passwd") == NO_FOLDER


async def test_the_first_folder_that_has_the_file_gives_it(folder: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / "other.txt").write_bytes(b"second")
    files = AllowedFiles([tmp_path / "gone", folder, second])
    assert (await files("other.txt", limit=LIMIT)).content == b"second"
    assert (await files(str(second / "other.txt"), limit=LIMIT)).content == b"second"
    assert await refusal((folder, second), "nowhere.txt") == MISSING


async def test_a_path_from_home_is_that_of_the_person(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert (await AllowedFiles([folder])("~/allowed/cv.pdf", limit=LIMIT)).name == "cv.pdf"
    assert await refusal(folder, "~/secret.txt") == OUTSIDE
    assert await refusal(folder, f"~/{folder.parent}/secret.txt") == OUTSIDE


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "cvs/../../secret.txt",
        "cvs/../cv.pdf",
        "..",
        "{parent}/secret.txt",
        "{folder}/../secret.txt",
        "{folder}-other/x",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        "~/../secret.txt",
        "cv.pdf\0.txt",
        "\0",
        "\ud800",
    ],
)
async def test_a_path_that_leads_elsewhere_is_refused(folder: Path, path: str) -> None:
    assert await refusal(folder, path.format(parent=folder.parent, folder=folder)) == OUTSIDE


@pytest.mark.parametrize("path", ["~root/x", "~nobody-of-this-name", "nowhere", "cvs/nowhere/x", "CV.PDF", "~"])
async def test_a_path_that_leads_nowhere_is_refused(folder: Path, path: str) -> None:
    assert await refusal(folder, path) == MISSING


@pytest.mark.parametrize("path", ["", ".", "./", "cvs", "cvs/2026/", "{folder}"])
async def test_a_folder_is_no_file(folder: Path, path: str) -> None:
    assert await refusal(folder, path.format(folder=folder)) == NOT_A_FILE


async def test_a_pipe_or_a_device_is_no_file_and_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert await refusal(folder, "pipe") == NOT_A_FILE
    assert await refusal(Path("/dev"), "null") == NOT_A_FILE
    assert await refusal(Path("/dev"), "zero") == NOT_A_FILE


async def test_a_socket_is_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        assert await refusal(folder, "socket") == OUTSIDE


async def test_no_link_is_followed_last_or_on_the_way(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "out").symlink_to(folder.parent)
    (folder / "in").symlink_to(folder / "cvs")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "dangling").symlink_to(folder / "nowhere")
    for path in ("link.txt", "out/secret.txt", "in/2026/letter.DOCX", "loop", "loop/x", "dangling", "cv.pdf/x"):
        assert await refusal(folder, path) == OUTSIDE


async def test_the_folder_itself_may_be_a_link_that_the_operator_chose(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    files = AllowedFiles([link])
    for path in ("cv.pdf", str(link / "cv.pdf"), str(folder / "cv.pdf")):
        assert (await files(path, limit=LIMIT)).content == b"%PDF-1.7"


@pytest.fixture
def home(folder: Path) -> Path:
    """The server's own folder, within the one that the operator allows."""
    home = folder / ".talent"
    (home / "sandbox").mkdir(parents=True)
    for name in ("audit.db", "keys.db", "sandbox/audit.db"):
        (home / name).write_bytes(SECRET)
    return home


@pytest.mark.parametrize("never", ["{folder}/.talent", "{link}", "~/.talent"])
async def test_the_servers_own_files_are_never_read_wherever_they_lie(
    folder: Path, home: Path, never: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    link = folder.parent / "link"
    link.symlink_to(home)
    kept = [Path(never.format(folder=folder, link=link))]
    files = AllowedFiles([folder], never=kept)
    for path in (".talent/audit.db", ".talent/sandbox/audit.db", f"{home}/keys.db", ".talent/sandbox"):
        assert await refusal_of(files, path) == OUTSIDE
    assert await refusal_of(AllowedFiles([home], never=kept), "audit.db") == OUTSIDE
    assert (await files("cv.pdf", limit=LIMIT)).content == b"%PDF-1.7"


async def test_a_file_that_is_never_read_is_known_by_every_name(folder: Path) -> None:
    key, link = folder / "ocean.key", folder.parent / "link.key"
    key.write_bytes(SECRET)
    link.symlink_to(key)
    (folder / "hard.txt").hardlink_to(key)
    for never in (key, link):
        files = AllowedFiles([folder], never=[never])
        for path in ("ocean.key", "hard.txt", str(key)):
            assert await refusal_of(files, path) == OUTSIDE


async def test_what_is_never_read_is_not_even_opened(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a file of SQLite's drops the locks that this process holds on it."""
    (folder / "hard.txt").hardlink_to(home / "keys.db")
    opened: list[str] = []

    def remember(path: str, *_: Any, **__: Any) -> NoReturn:
        opened.append(path)
        raise OSError

    monkeypatch.setattr(os, "open", remember)
    files = AllowedFiles([folder], never=[home])
    for path in (".talent/audit.db", "hard.txt"):
        assert await refusal_of(files, path) == OUTSIDE
    assert opened == []


async def test_a_second_name_of_a_file_in_the_servers_own_folder_is_known_too(folder: Path, home: Path) -> None:
    (folder / "hard.txt").hardlink_to(home / "sandbox" / "audit.db")
    (folder / "copy.pdf").hardlink_to(folder / "cv.pdf")
    files = AllowedFiles([folder], never=[home])
    assert await refusal_of(files, "hard.txt") == OUTSIDE
    assert (await files("copy.pdf", limit=LIMIT)).content == b"%PDF-1.7"


async def test_a_key_that_is_swapped_in_before_a_file_is_opened_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, place = folder.parent / "ocean.key", folder / "cv.pdf"
    key.write_bytes(SECRET)
    refuse = OwnFiles.refuse

    def refuse_then_swap(own: OwnFiles, asked: Path) -> None:
        refuse(own, asked)
        place.unlink()
        place.hardlink_to(key)

    monkeypatch.setattr(OwnFiles, "refuse", refuse_then_swap)
    assert await refusal_of(AllowedFiles([folder], never=[key]), "cv.pdf") == OUTSIDE


async def test_a_place_that_is_not_there_yet_or_names_nobody_refuses_no_other_file(folder: Path) -> None:
    files = AllowedFiles([folder], never=[folder / "later", Path("~nobody-of-this-name/key")])
    assert (await files("cv.pdf", limit=LIMIT)).content == b"%PDF-1.7"
    assert await refusal_of(files, "later/audit.db") == OUTSIDE
    (folder / "later").write_bytes(SECRET)
    assert await refusal_of(files, "later") == OUTSIDE


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
async def test_a_file_that_cannot_be_read_is_said_to_be_so(folder: Path) -> None:
    (folder / "cv.pdf").chmod(0)
    assert await refusal(folder, "cv.pdf") == UNREADABLE


async def test_a_name_that_is_too_long_for_the_file_system_is_refused(folder: Path) -> None:
    assert await refusal(folder, "x" * 5000) == OUTSIDE


async def test_a_file_over_the_limit_is_refused_with_both_sizes(folder: Path) -> None:
    (folder / "big.pdf").write_bytes(b"%PDF-" + b"x" * 3_299_996)
    said = await refusal(folder, "big.pdf", 3_300_000)
    assert said.startswith("That file has 3,301 kB; the most that can be sent is 3,300 kB in one call.")
    assert len((await AllowedFiles([folder])("big.pdf", limit=3_300_001)).content) == 3_300_001


async def test_a_file_without_an_end_is_read_no_further_than_the_limit(folder: Path) -> None:
    """A sparse file of a terabyte costs no more than the limit."""
    with (folder / "sparse").open("wb") as file:
        file.truncate(10**12)
    assert (await refusal(folder, "sparse")).startswith("That file has 1,000,000,000 kB")


async def test_a_file_that_grows_while_it_is_read_is_held_to_the_limit(folder: Path) -> None:
    growing = folder / "growing"
    growing.write_bytes(b"x" * 900)
    stop = threading.Event()

    def grow() -> None:
        with growing.open("ab", buffering=0) as file:
            while not stop.is_set() and file.tell() < 2_000_000:
                file.write(b"x" * 100)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(200):
            with suppress(InvalidArguments):
                assert len((await AllowedFiles([folder])("growing", limit=1000)).content) <= 1000
    finally:
        stop.set()
        thread.join()


async def test_names_in_any_script_are_found_and_kept(folder: Path) -> None:
    for name in ("résumé.pdf", "履歴書.pdf", "Ünïcode ’26.txt"):
        (folder / name).write_bytes(b"%PDF-1.7" if name.endswith("pdf") else b"x")
        assert (await AllowedFiles([folder])(name, limit=LIMIT)).name == name


@pytest.mark.parametrize(
    ("name", "sane"),
    [
        ("cv\r\nX-Evil: 1.pdf", "cvX-Evil_ 1.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe"),
        ("a\\b.pdf", "a_b.pdf"),
        ('say "hi" <b>.pdf', "say _hi_ _b_.pdf"),
        ("caf\udce9.pdf", "caf.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        (" .hidden. ", "hidden"),
        ("\u200b", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * (LONGEST_NAME - 2)),
    ],
)
def test_a_name_is_sent_without_what_a_receiver_may_stumble_over(name: str, sane: str) -> None:
    assert sane_name(name) == sane


@given(st.text(st.characters()))
def test_every_name_can_be_sent(name: str) -> None:
    sane = sane_name(name)
    sane.encode()
    assert sane
    assert sane.isprintable()
    assert len(sane) <= LONGEST_NAME
    assert not set(sane) & set('\\/:*?"<>|')


@pytest.mark.parametrize(
    "name",
    [
        "x.pdf ",
        "x.pdf.",
        "x.pd\u200bf",
        "x.\u202epdf",
        "x.pdf\r\n",
        "y" * 146 + ".pdf" + "q" * 20,
    ],
)
async def test_the_name_that_is_sent_is_the_one_that_the_content_must_fit(folder: Path, name: str) -> None:
    assert sane_name(name).endswith(".pdf")
    (folder / name).write_bytes(b"MZ\x90\x00 a program")
    assert await refusal(folder, name) == NOT_WHAT_IT_SAYS


async def test_a_name_that_is_no_text_can_be_sent(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.pdf")).write_bytes(b"%PDF-1.7")
    assert (await AllowedFiles([folder])(os.fsdecode(b"caf\xe9.pdf"), limit=LIMIT)).name == "caf.pdf"


def in_turns(first: Callable[[], None], second: Callable[[], None], stop: threading.Event) -> threading.Thread:
    """A thread that does the one and the other until it is stopped."""

    def alternate() -> None:
        while not stop.is_set():
            first()
            second()

    thread = threading.Thread(target=alternate)
    thread.start()
    return thread


@pytest.fixture
def swapped(folder: Path) -> Generator[str]:
    """A path whose folder is now a real one and now a link out of the allowed one."""
    real, place, trap = folder / "real", folder / "place", folder / "trap"
    real.mkdir()
    (real / "secret.txt").write_bytes(b"harmless")
    trap.symlink_to(folder.parent)
    stop = threading.Event()

    def show_the_real_one() -> None:
        real.rename(place)
        place.rename(real)

    def show_the_trap() -> None:
        trap.rename(place)
        place.rename(trap)

    thread = in_turns(show_the_real_one, show_the_trap, stop)
    yield "place/secret.txt"
    stop.set()
    thread.join()


async def test_a_link_that_is_swapped_in_on_the_way_is_never_followed(folder: Path, swapped: str) -> None:
    seen: set[bytes] = set()
    files = AllowedFiles([folder])
    for _ in range(3000):
        with suppress(InvalidArguments):
            seen.add((await files(swapped, limit=LIMIT)).content)
    assert seen <= {b"harmless"}


async def test_a_link_that_is_swapped_in_for_the_file_is_never_followed(folder: Path) -> None:
    place, real, trap = folder / "swapped.txt", folder / "real.txt", folder / "trap.txt"
    real.write_bytes(b"harmless")
    stop = threading.Event()

    def show_the_real_one() -> None:
        copy = folder / "copy.txt"
        copy.write_bytes(b"harmless")
        copy.replace(place)

    def show_the_trap() -> None:
        trap.symlink_to(folder.parent / "secret.txt")
        trap.replace(place)

    thread = in_turns(show_the_real_one, show_the_trap, stop)
    seen: set[bytes] = set()
    try:
        for _ in range(2000):
            with suppress(InvalidArguments):
                seen.add((await AllowedFiles([folder])("swapped.txt", limit=LIMIT)).content)
    finally:
        stop.set()
        thread.join()
    assert seen <= {b"harmless"}
    assert (await AllowedFiles([folder])("real.txt", limit=LIMIT)).content == b"harmless"


class TestWithoutOpenat:
    """The way on Windows, called directly."""

    def read(self, folder: Path, path: str) -> bytes:
        descriptor = open_resolved(folder, below(folder, path))
        try:
            return os.read(descriptor, 100)
        finally:
            os.close(descriptor)

    def test_a_file_below_the_folder_is_opened(self, folder: Path) -> None:
        assert self.read(folder, "cv.pdf") == b"%PDF-1.7"
        link = folder.parent / "link"
        link.symlink_to(folder)
        assert self.read(link, "cvs/2026/letter.DOCX").startswith(b"PK")

    def test_no_link_is_followed(self, folder: Path) -> None:
        (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
        (folder / "out").symlink_to(folder.parent)
        (folder / "in").symlink_to(folder / "cvs")
        for path in ("link.txt", "out/secret.txt", "in/2026/letter.DOCX"):
            with pytest.raises(ValueError, match="behind a link"):
                self.read(folder, path)

    def test_nothing_outside_is_opened_whatever_came_before(self, folder: Path) -> None:
        for path in (folder.parent / "secret.txt", Path("../secret.txt")):
            with pytest.raises(ValueError, match="outside"):
                open_resolved(folder, path)

    def test_what_is_not_there_is_said_to_be_missing(self, folder: Path) -> None:
        with pytest.raises(FileNotFoundError):
            self.read(folder, "nowhere")

    def test_a_pipe_does_not_hang(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        os.close(open_resolved(folder, Path("pipe")))


@pytest.mark.parametrize(
    "path", ["\\Windows\\win.ini", "C:secret.txt", "D:\\allowed\\cv.pdf", "\\\\host\\share\\x", "a\\..\\..\\x"]
)
def test_a_windows_path_with_a_root_or_a_drive_is_not_taken_for_one_below(path: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        relative(PureWindowsPath(path), [PureWindowsPath("C:\\allowed")])


@pytest.mark.parametrize("path", ["cvs\\cv.pdf", "cvs/cv.pdf", "c:\\ALLOWED\\cvs\\cv.pdf"])
def test_a_windows_path_below_is(path: str) -> None:
    assert relative(PureWindowsPath(path), [PureWindowsPath("C:\\allowed")]) == PureWindowsPath("cvs/cv.pdf")


def test_every_descriptor_on_the_way_is_closed(folder: Path) -> None:
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208  # how many there are is what is compared
    for parts in (("cvs", "2026", "letter.DOCX"), ("cvs", "nowhere", "x"), ("cvs", "2026", "nowhere"), ()):
        with suppress(OSError):
            os.close(open_without_links(folder, parts))
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208  # likewise
