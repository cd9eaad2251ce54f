"""The operating system's keyring, where there is one that keeps what it is given safe."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_mcp.store.turns import Turns

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "talent-mcp"
SECONDS = 3.0
REFUSED = ("keyrings.alt.", "keyring.backends.null", "keyring.backends.fail")
"""Backends that keep nothing, or keep it in plain text."""


class NoKeyring(CredentialError):
    """This machine has no keyring that keeps a key safe."""


class KeyringStore:
    """Keys in the OS keyring, one a name, such as a vendor's; `backend` chooses the keyring and raises
    CredentialError if unsafe."""

    def __init__(self, backend: Callable[[], "KeyringBackend"] | None = None) -> None:
        self._backend = backend or safe_backend

    async def name(self) -> str:
        """The keyring that keeps the keys, in words for an operator."""
        return await bounded(lambda: str(self._backend().name))

    async def read(self, name: str) -> Secret | None:
        return await bounded(lambda: self._look(name))

    async def write(self, name: str, secret: Secret) -> None:
        await bounded(lambda: self._keep(name, secret))

    async def write_first(self, name: str, secret: Secret, turns: Turns) -> None:
        """Write it unless there is one; among those who take these turns, who comes first wins."""

        def keep() -> None:
            with turns.turn(SECONDS):
                if self._look(name) is None:
                    self._keep(name, secret)

        await bounded(keep)

    async def delete(self, name: str) -> None:
        await bounded(lambda: self._backend().delete_password(SERVICE, name))

    def _look(self, name: str) -> Secret | None:
        value = self._backend().get_password(SERVICE, name)
        return Secret(value) if value else None

    def _keep(self, name: str, secret: Secret) -> None:
        self._backend().set_password(SERVICE, name, secret.reveal())  # pyright: ignore[reportUnknownMemberType]  # keyring does not annotate it


def safe_backend() -> "KeyringBackend":
    """The keyring of this machine.

    Raises:
        NoKeyring: there is none, or only one that is known to keep keys in plain text.
    """
    # Imported late: most servers are given their keys by other references, and start faster without it.
    import keyring

    return checked_backend(keyring.get_keyring())


def checked_backend(backend: "KeyringBackend") -> "KeyringBackend":
    """The backend, and with a chainer each that it may fall back on, if it keeps a key safe.

    Raises:
        NoKeyring: it does not.
    """
    chained: list[KeyringBackend] = getattr(backend, "backends", [])
    if not all(is_safe(part) for part in (backend, *chained)):
        raise NoKeyring("this machine has no keyring that keeps a key safe")
    return backend


def is_safe(backend: "KeyringBackend") -> bool:
    kinds = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(backend).__mro__)
    return not any(kind.startswith(REFUSED) for kind in kinds) and backend.priority >= 1


async def bounded(action: Callable[[], T]) -> T:
    """Do it in a thread, and for no longer than a locked keyring may be allowed to hang.

    Raises:
        CredentialError: it failed. What the backend raised is not passed on, as it may hold the key.
    """
    from keyring.errors import KeyringError

    try:
        with anyio.fail_after(SECONDS):
            return await anyio.to_thread.run_sync(action, abandon_on_cancel=True)
    except TimeoutError:
        problem = f"the keyring did not answer within {SECONDS:.0f} s; is it locked?"
    except (KeyringError, OSError, RuntimeError, ValueError) as error:
        # Raised outside, as the frames of a backend hold the key.
        problem = f"the keyring refused ({type(error).__name__}); is it locked?"
    raise CredentialError(problem)
