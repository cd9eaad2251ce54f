"""Master keys in files: made private, refused when they are not, and never replaced."""

import traceback
from pathlib import Path

import anyio
import pytest

from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master, MasterPlace
from talent_mcp.keys.master_files import FilePlace, SystemdPlace, write_key
from tests.server.keys.places import names_in

pytestmark = pytest.mark.anyio

HEX = "c0ffee" + "0" * 58
KEY = bytes.fromhex(HEX)


def key_file(path: Path, content: str = HEX, mode: int = 0o600) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


async def refusal(place: MasterPlace) -> str:
    with pytest.raises(KeysUnavailable) as failure:
        await place.read()
    assert HEX not in str(failure.value)
    return str(failure.value)


async def test_a_missing_file_is_made_private_and_holds_a_random_key(tmp_path: Path) -> None:
    keys = [await Master(FilePlace(tmp_path / name / "master.key")).made() for name in "ab"]
    files = [tmp_path / name / "master.key" for name in "ab"]
    assert [bytes.fromhex(file.read_text().strip()) for file in files] == [each.key.reveal() for each in keys]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert keys[0].fingerprint != keys[1].fingerprint


async def test_those_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    found: set[str] = set()

    async def make() -> None:
        found.add((await Master(FilePlace(tmp_path / "master.key")).made()).fingerprint)

    async with anyio.create_task_group() as group:
        for _ in range(16):
            group.start_soon(make)
    assert len(found) == 1
    assert names_in(tmp_path) == ["master.key"]


@pytest.mark.parametrize("content", [HEX, f"{HEX}\n", f" {HEX.upper()}\r\n"])
async def test_a_file_that_is_there_is_used(tmp_path: Path, content: str) -> None:
    place = FilePlace(key_file(tmp_path / "m", content))
    await place.make()
    key = await place.read()
    assert key is not None
    assert key.reveal() == KEY
    assert place.name == f"the file {tmp_path / 'm'}"


async def test_a_file_that_is_not_there_holds_no_key(tmp_path: Path) -> None:
    assert await FilePlace(tmp_path / "m").read() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
async def test_a_file_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path / "m", mode=mode)
    assert await refusal(FilePlace(path)) == f"{path} may be read by others; run `chmod 600 {path}`"


@pytest.mark.parametrize("content", ["", HEX[:-1], HEX + "0", "x" + HEX[1:], "a passphrase"])
async def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: str) -> None:
    assert "holds no master key" in await refusal(FilePlace(key_file(tmp_path / "m", content)))


async def test_a_folder_is_no_key(tmp_path: Path) -> None:
    assert "cannot be read as a file" in await refusal(FilePlace(tmp_path))


def test_a_file_that_cannot_be_made_says_why_and_shows_no_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysUnavailable, match="cannot be written") as failure:
        write_key(tmp_path / "file" / "m", SecretKey(KEY))
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert "SecretKey(...)" in whole
    assert HEX not in whole


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600])
async def test_a_systemd_credential_is_read_from_the_folder_of_the_service(tmp_path: Path, mode: int) -> None:
    """0440 is how systemd's access list for the user of the service looks."""
    key_file(tmp_path / "talent", mode=mode)
    key = await SystemdPlace("talent", {"CREDENTIALS_DIRECTORY": str(tmp_path)}).read()
    assert key is not None
    assert key.reveal() == KEY


@pytest.mark.parametrize("mode", [0o444, 0o404, 0o460])
async def test_a_systemd_credential_that_anybody_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    key_file(tmp_path / "talent", mode=mode)
    place = SystemdPlace("talent", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "may be read by others" in await refusal(place)


@pytest.mark.parametrize("environment", [{}, {"CREDENTIALS_DIRECTORY": "/nowhere"}])
async def test_a_systemd_credential_is_the_operators_to_make(environment: dict[str, str]) -> None:
    place = SystemdPlace("talent", environment)
    assert await place.read() is None
    with pytest.raises(KeysUnavailable, match="there is no systemd credential talent: make 64 random"):
        await Master(place).made()
