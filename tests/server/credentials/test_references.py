"""Where a key is looked for, what is refused there, and that no message or traceback repeats it."""

import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring
from talent_mcp.credentials.lookup import Credentials
from talent_mcp.credentials.references import (
    FORMS,
    VARIABLES,
    Reference,
    parse_reference,
    references,
    usable,
)
from talent_mcp.credentials.secret import Secret
from talent_mcp.credentials.sources import Sources
from talent_mcp.errors import CredentialError
from talent_mcp.identity import local_caller
from tests.server.credentials.stores import NoStore

pytestmark = pytest.mark.anyio

KEY = "canary-key-51f0c2"
CALLER = local_caller("test", None)
MALFORMED = (
    KEY,
    "",
    ":",
    "env:",
    "file:",
    "keyring:canary-key",
    "ENV:NAME",
    "vault:canary-key",
    "env:canary key",
    "env:1canary",
    "env:canary=key",
    "file:/canary\0key",
    "keyring",
    "store",
    "store:canary key",
    "store:../canary",
    "op://canary/item",
    "op:canary/item/field",
    "op:///item/canary",
    "op://vault/item/section/field/canary",
    "op:// vault/item/canary",
    "op://vault/item/field\ncanary",
    "bws:canary",
    "bws:--canary-aaaa-bbbb-cccc-ddddeeeeffff",
    "systemd:",
    "systemd:../canary",
    "systemd:.canary",
)
WELL_FORMED = (
    "env:OCEAN",
    "file:/run/secrets/ocean",
    "file:~/key:1",
    "keyring:",
    "store:",
    "store:second",
    "op://vault/item/field",
    "op://Search firm/Ocean.io/section 1/API key?attribute=otp",
    "bws:0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
    "systemd:ocean.key",
)


class Keyring(KeyringStore):
    """One key a vendor, kept in memory; counts how often it is asked."""

    def __init__(self, keys: Mapping[str, str] | None = None, problem: CredentialError | None = None) -> None:
        super().__init__(never)
        self.keys = keys or {}
        self.problem = problem
        self.asked = 0

    async def read(self, name: str) -> Secret | None:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        if self.problem is not None:
            raise self.problem
        return Secret(self.keys[name]) if name in self.keys else None


def never() -> NoReturn:
    raise AssertionError("the machine's keyring was asked")


def credentials(configured: str | None = None, keyring: KeyringStore | None = None, **environment: str) -> Credentials:
    return Credentials({"ocean": configured}, Sources(environment, keyring or Keyring(), NoStore()))


async def found(configured: str | None = None, keyring: KeyringStore | None = None, **environment: str) -> str | None:
    at = await credentials(configured, keyring, **environment).find("ocean", CALLER)
    return None if at is None else f"{at.reference} {at.secret.reveal()}"


async def refusal(configured: str | None = None, keyring: KeyringStore | None = None, **environment: str) -> str:
    """What is said; after a look that no traceback with local variables shows what was found."""
    with pytest.raises(CredentialError) as failure:
        await credentials(configured, keyring, **environment).find("ocean", CALLER)
    assert failure.value.__cause__ is None
    return str(failure.value)


def key_file(tmp_path: Path, content: bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_reference_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(CredentialError) as failure:
        parse_reference(text)
    assert "canary" not in str(failure.value)
    assert str(failure.value).endswith(FORMS)


@given(st.text(min_size=4))
def test_no_text_is_repeated_or_makes_the_reader_crash(text: str) -> None:
    with pytest.raises(CredentialError) as failure:
        parse_reference(f"x{text}")
    assert str(failure.value) == f"a credential in the settings is a reference: {FORMS}"


def test_a_malformed_reference_is_refused_at_the_start_with_its_vendor() -> None:
    with pytest.raises(CredentialError, match=r"^Ocean.io: a credential in the settings is a reference") as failure:
        credentials(KEY)
    assert KEY not in str(failure.value)


@pytest.mark.parametrize("text", WELL_FORMED)
def test_a_reference_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_reference(f" {text} ")) == text


def test_the_default_is_the_environment_and_then_the_keyring() -> None:
    assert references("jarvi", None) == (Reference("env", "JARVI_API_KEY"), Reference("keyring", ""))
    assert [str(each) for each in references("jarvi", None, with_store=True)] == [
        "env:JARVI_API_KEY",
        "store:",
        "keyring:",
    ]
    assert references("jarvi", "store:", with_store=True) == (Reference("store", ""),)
    assert set(VARIABLES.values()) == {"OCEAN_API_TOKEN", "STARDEX_API_KEY", "JARVI_API_KEY"}


async def test_the_environment_comes_before_the_keyring() -> None:
    keyring = Keyring({"ocean": "from-keyring"})
    assert await found(None, keyring, OCEAN_API_TOKEN=f" {KEY}\n") == f"env:OCEAN_API_TOKEN {KEY}"
    assert keyring.asked == 0
    assert await found(None, keyring, OCEAN_API_TOKEN="  ") == "keyring: from-keyring"


async def test_nothing_anywhere_is_no_key() -> None:
    assert await found() is None
    assert await found("env:ELSEWHERE", OCEAN_API_TOKEN=KEY) is None
    assert await found("keyring:") is None


async def test_a_machine_without_a_keyring_has_just_no_key_unless_the_keyring_was_asked_for() -> None:
    assert await found(None, Keyring(problem=NoKeyring("none here"))) is None
    assert await refusal("keyring:", Keyring(problem=NoKeyring("none here"))) == "none here"


async def test_a_keyring_that_is_locked_is_not_taken_for_an_empty_one() -> None:
    assert await refusal(None, Keyring(problem=CredentialError("is it locked?"))) == "is it locked?"


@pytest.mark.parametrize(
    "value", ["canary key", "canary\nkey", "canary\x00key", "canary-ké", "canary\x7f", "canary\ud800"]
)
async def test_what_cannot_stand_in_a_header_is_no_key_and_is_not_repeated(value: str, tmp_path: Path) -> None:
    expected = "holds is not a key: it is empty or has spaces or odd characters"
    assert await refusal(OCEAN_API_TOKEN=value) == f"what env:OCEAN_API_TOKEN {expected}"
    assert await refusal(None, Keyring({"ocean": value})) == f"what keyring: {expected}"
    path = key_file(tmp_path, value.encode(errors="surrogatepass"))
    assert await refusal(f"file:{path}") == f"what file:{path} {expected}"


@pytest.mark.parametrize("place", ["env", "file", "keyring"])
async def test_no_traceback_with_local_variables_shows_what_was_found(place: str, tmp_path: Path) -> None:
    value = "canary key"
    path = key_file(tmp_path, value.encode())
    os.environ.pop("CANARY", None)
    environment = {"CANARY": value}
    looking: dict[str, Callable[[], Credentials]] = {
        "env": lambda: Credentials({"ocean": "env:CANARY"}, Sources(Hidden(environment), Keyring(), NoStore())),
        "file": lambda: Credentials({"ocean": f"file:{path}"}, Sources({}, Keyring(), NoStore())),
        "keyring": lambda: Credentials({"ocean": "keyring:"}, Sources({}, HiddenKeyring(value), NoStore())),
    }
    with pytest.raises(CredentialError) as failure:
        await looking[place]().find("ocean", CALLER)
    ours = failure.value.__traceback__
    assert ours is not None
    whole = "".join(
        traceback.TracebackException(CredentialError, failure.value, ours.tb_next, capture_locals=True).format()
    )
    assert "reference" in whole
    assert value not in whole


class Hidden(dict[str, str]):
    """An environment that a traceback does not spell out, unlike the test's own variables."""

    def __repr__(self) -> str:
        return "Hidden(...)"


class HiddenKeyring(Keyring):
    """Holds one value that is no key."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = Secret(value)

    async def read(self, name: str) -> Secret | None:
        await anyio.lowlevel.checkpoint()
        return self.value


def test_a_value_is_checked_without_staying_in_a_frame() -> None:
    assert usable(Secret(KEY), Reference("env", "A")).reveal() == KEY
    with pytest.raises(CredentialError) as failure:
        usable(Secret("canary" + " key"), Reference("env", "A"))
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert "canary key" not in whole


@pytest.mark.parametrize("content", [KEY, f"{KEY}\n", f"  {KEY}\r\n\n"])
async def test_a_file_of_its_owner_alone_holds_a_key(tmp_path: Path, content: str) -> None:
    path = key_file(tmp_path, content.encode())
    assert await found(f"file:{path}") == f"file:{path} {KEY}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o660, 0o777, 0o610])
async def test_a_file_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, KEY.encode(), mode)
    said = await refusal(f"file:{path}")
    assert said == f"{path} may be read by others; run `chmod 600 {path}`"


async def test_a_link_is_as_private_as_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file(tmp_path, KEY.encode(), 0o644))
    assert "may be read by others" in await refusal(f"file:{link}")
    (tmp_path / "key").chmod(0o600)
    assert await found(f"file:{link}") == f"file:{link} {KEY}"


async def test_a_file_that_is_not_there_is_no_key(tmp_path: Path) -> None:
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    assert await found(f"file:{tmp_path / 'nowhere'}") is None
    assert await found(f"file:{dangling}") is None


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\xff\xfe\x80", b"\x89PNG\r\n", "ключ".encode()])
async def test_a_file_without_a_key_in_it_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "is not a key" in await refusal(f"file:{key_file(tmp_path, content)}")


async def test_what_is_no_file_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    key_file(tmp_path, b"x")
    for place in (tmp_path, pipe, Path("/dev/null"), tmp_path / "key" / "below", Path("~nobody-of-this-name/key")):
        with anyio.fail_after(5):
            assert await refusal(f"file:{place}") == f"{place} cannot be read as a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
async def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in await refusal(f"file:{key_file(tmp_path, KEY.encode(), 0o000)}")


async def test_a_home_folder_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key_file(tmp_path, KEY.encode())
    assert await found("file:~/key") == f"file:~/key {KEY}"


async def test_a_key_is_looked_up_once_until_it_is_forgotten() -> None:
    environment = {"OCEAN_API_TOKEN": "first"}
    known = Credentials({}, Sources(environment, Keyring(), NoStore()))
    found = await known.find("ocean", CALLER)
    assert found is not None
    environment["OCEAN_API_TOKEN"] = "second"
    assert await known.find("ocean", CALLER) is found
    known.forget("ocean", CALLER, found)
    known.forget("jarvi", CALLER, found)
    again = await known.find("ocean", CALLER)
    assert again is not None
    assert again.secret.reveal() == "second"


async def test_a_missing_key_is_looked_for_again() -> None:
    environment: dict[str, str] = {}
    known = Credentials({}, Sources(environment, Keyring(), NoStore()))
    assert await known.find("ocean", CALLER) is None
    environment["OCEAN_API_TOKEN"] = KEY
    assert await known.find("ocean", CALLER) is not None


async def test_calls_at_once_ask_the_keyring_once() -> None:
    keyring = Keyring({"ocean": KEY})
    known = credentials(None, keyring)
    async with anyio.create_task_group() as group:
        for _ in range(64):
            group.start_soon(known.find, "ocean", CALLER)
    assert keyring.asked == 1
