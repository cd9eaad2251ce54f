"""Private files: their mode, that they appear whole or not at all, and what is refused in their place."""

import os
import stat
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from talent_mcp.private_files import (
    BESIDE,
    NotPrivate,
    create_private_file,
    make_private_folder,
    read_private_file,
    readable_by_others,
    replace_private_file,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _careless_umask() -> None:
    os.umask(0)


@pytest.fixture(autouse=True, scope="module")
def _umask_restored() -> Generator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_folder_and_those_above_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = make_private_folder(tmp_path / "a" / "b" / "c")
    assert [mode(path) for path in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    assert mode(make_private_folder(folder)) == 0o755


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_private_folder(tmp_path / "file")


@pytest.mark.parametrize("age", [0, 3_600])
def test_what_a_process_left_that_was_killed_goes_with_the_next_file_of_the_folder(tmp_path: Path, age: float) -> None:
    left, other = tmp_path / f"{BESIDE}x1", tmp_path / "notes.txt"
    for path in (left, other):
        path.write_bytes(b"a copy")
        os.utime(path, (time.time() - age, time.time() - age))
    create_private_file(tmp_path / "file", b"content")
    assert left.exists() is not bool(age), "somebody may be writing a new one"
    assert other.exists()


@pytest.mark.parametrize("write", [create_private_file, replace_private_file])
def test_a_file_is_made_for_its_owner_alone_and_nothing_else_is_left(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    path = tmp_path / "new" / "key"
    write(path, b"secret")
    assert (path.read_bytes(), mode(path)) == (b"secret", 0o600)
    assert os.listdir(path.parent) == ["key"]  # noqa: PTH208  # names are what is compared


def test_creating_leaves_alone_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_private_file(path, b"first")
    create_private_file(path, b"second")
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_replacing_takes_the_place_of_what_was_there_and_of_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"first")
    path.chmod(0o644)
    replace_private_file(path, b"second")
    assert (path.read_bytes(), mode(path)) == (b"second", 0o600)


def test_replacing_a_link_leaves_what_it_led_to_alone(tmp_path: Path) -> None:
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "link"
    elsewhere.write_bytes(b"theirs")
    link.symlink_to(elsewhere)
    replace_private_file(link, b"ours")
    assert (elsewhere.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"theirs", b"ours", False)


@pytest.mark.parametrize("write", [create_private_file, replace_private_file])
def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    path = tmp_path / "key"
    path.mkdir()
    (path / "inside").touch()
    if write is replace_private_file:
        with pytest.raises(OSError, match="key"):
            write(path, b"secret")
    else:
        write(path, b"secret")
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]
    with pytest.raises(TypeError):
        write(tmp_path / "other", "no bytes")  # type: ignore[arg-type]  # a write that fails half-way
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("bits", "others"), [(0o600, False), (0o400, False), (0o700, False), (0o640, True), (0o601, True)]
)
def test_a_file_is_private_if_no_bit_is_set_for_others(tmp_path: Path, bits: int, *, others: bool) -> None:
    path = tmp_path / "key"
    path.touch()
    path.chmod(bits)
    assert readable_by_others(path) is others


def test_a_private_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_private_file(path, b"0123456789")
    assert read_private_file(path, limit=100) == b"0123456789"
    assert read_private_file(path, limit=4) == b"0123"


def test_a_file_for_others_too_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch()
    path.chmod(0o644)
    with pytest.raises(NotPrivate):
        read_private_file(path, limit=100)


def test_what_is_no_file_is_not_read_and_does_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path, Path("/dev/null"), tmp_path / "nowhere"):
        with pytest.raises(OSError, match=r"regular file|No such file"):
            read_private_file(path, limit=100)
