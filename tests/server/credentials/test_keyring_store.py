"""The keyring: which ones are refused, what happens when one hangs or fails, and that it lets no key out."""

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, ClassVar

import anyio
import anyio.to_thread
import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from talent_mcp.credentials.keyring_store import (
    SECONDS,
    KeyringStore,
    NoKeyring,
    checked_backend,
    safe_backend,
)
from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

KEY = "canary-key-51f0c2"


class MemoryKeyring(KeyringBackend):
    """Keeps passwords in memory, and fails with `problem` if there is one."""

    priority: ClassVar[float] = 5  # pyright: ignore[reportIncompatibleVariableOverride]  # as keyring's own backends do

    def __init__(self, problem: Exception | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring does not annotate it
        self.kept: dict[tuple[str, str], str] = {}
        self.problem = problem

    def get_password(self, service: str, username: str) -> str | None:
        self.fail_on(username)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.fail_on(password)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("no such password")
        del self.kept[service, username]

    def fail_on(self, what: str) -> None:
        if self.problem is not None:
            raise type(self.problem)(f"cannot work with {what}")


def built(kind: Callable[[], KeyringBackend]) -> KeyringBackend:
    """One of keyring's own, whose constructors are not annotated."""
    return kind()


class Unsafe(MemoryKeyring):
    priority: ClassVar[float] = 0.5


class PlaintextKeyring(MemoryKeyring):
    """What keyrings.alt.file has under this name: it is known by the module it comes from."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


class InDisguise(PlaintextKeyring):
    """The same under another name."""


class Chainer(MemoryKeyring):
    """As keyring's own: reads from and writes to each of several in turn."""

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()
        self.backends = list(backends)


class Locked(MemoryKeyring):
    """Waits for somebody to unlock it."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(30)
        return None


@pytest.mark.parametrize(
    "backend",
    [
        built(FailKeyring),
        built(NullKeyring),
        Unsafe(),
        PlaintextKeyring(),
        InDisguise(),
        Chainer(MemoryKeyring(), PlaintextKeyring()),
        Chainer(MemoryKeyring(), Unsafe()),
    ],
    ids=lambda backend: f"{type(backend).__module__}.{type(backend).__name__}",
)
def test_a_keyring_that_keeps_no_key_safe_is_refused(backend: KeyringBackend) -> None:
    with pytest.raises(NoKeyring, match="no keyring that keeps a key safe"):
        checked_backend(backend)


@pytest.mark.parametrize("backend", [MemoryKeyring(), Chainer(MemoryKeyring())], ids=["one", "chained"])
def test_a_keyring_that_does_is_taken(backend: KeyringBackend) -> None:
    assert checked_backend(backend) is backend


def test_the_keyring_of_the_machine_is_the_one_that_is_checked() -> None:
    machine = keyring.get_keyring()
    try:
        keyring.set_keyring(built(NullKeyring))
        with pytest.raises(NoKeyring):
            safe_backend()
        safe = MemoryKeyring()
        keyring.set_keyring(safe)
        assert safe_backend() is safe
    finally:
        keyring.set_keyring(machine)


async def test_a_key_is_kept_read_and_removed() -> None:
    backend = MemoryKeyring()
    store = KeyringStore(lambda: backend)
    assert await store.read("ocean") is None
    await store.write("ocean", Secret(KEY))
    assert backend.kept == {("talent-mcp", "ocean"): KEY}
    assert (kept := await store.read("ocean"))
    assert kept.reveal() == KEY
    assert await store.read("jarvi") is None
    await store.delete("ocean")
    assert backend.kept == {}
    assert await store.name() == backend.name


async def test_an_empty_password_is_none() -> None:
    backend = MemoryKeyring()
    backend.kept["talent-mcp", "ocean"] = ""
    assert await KeyringStore(lambda: backend).read("ocean") is None


async def test_an_unsafe_keyring_is_used_for_nothing() -> None:
    backend = PlaintextKeyring()
    store = KeyringStore(lambda: checked_backend(backend))
    for use in (store.read("ocean"), store.write("ocean", Secret(KEY)), store.delete("ocean"), store.name()):
        with pytest.raises(NoKeyring):
            await use
    assert backend.kept == {}


@pytest.mark.parametrize(
    "problem",
    [
        keyring.errors.KeyringLocked(),
        keyring.errors.PasswordSetError(),
        OSError(),
        RuntimeError(),
        ValueError(),
    ],
    ids=lambda problem: type(problem).__name__,
)
async def test_a_keyring_that_fails_says_so_without_the_key(problem: Exception) -> None:
    store = KeyringStore(lambda: MemoryKeyring(problem))
    with pytest.raises(CredentialError) as failure:
        await store.write("ocean", Secret(KEY))
    assert str(failure.value) == f"the keyring refused ({type(problem).__name__}); is it locked?"
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert KEY not in whole
    assert failure.value.__context__ is None


async def test_removing_what_is_not_there_says_so() -> None:
    with pytest.raises(CredentialError, match="PasswordDeleteError"):
        await KeyringStore(MemoryKeyring).delete("ocean")


class TestLocked:
    """A keyring that waits for a person; in virtual time, while its threads really wait."""

    @pytest.fixture
    def anyio_backend(self) -> tuple[str, dict[str, Any]]:
        return VIRTUAL_TIME

    async def test_a_locked_keyring_is_given_three_seconds(self) -> None:
        backend = Locked()
        started = anyio.current_time()
        try:
            with pytest.raises(CredentialError, match="did not answer within 3 s; is it locked"):
                await KeyringStore(lambda: backend).read("ocean")
            assert anyio.current_time() - started == pytest.approx(SECONDS)
        finally:
            backend.unlocked.set()

    async def test_calls_that_hang_in_a_locked_keyring_take_no_threads_from_the_audit_log(self) -> None:
        backend = Locked()
        store = KeyringStore(lambda: backend)
        try:
            for _ in range(3):
                with pytest.raises(CredentialError):
                    await store.read("ocean")
            assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
        finally:
            backend.unlocked.set()


def test_the_keyring_library_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, talent_mcp.credentials.references; sys.exit('keyring' in sys.modules)"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0  # noqa: S603  # our own words
