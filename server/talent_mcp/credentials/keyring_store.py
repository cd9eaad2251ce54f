"""The operating system's keyring, where there is one that keeps what it is given safe."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError
from talent_tools.vendor import Vendor

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "talent-mcp"
SECONDS = 3.0
REFUSED = ("keyrings.alt.", "keyring.backends.null", "keyring.backends.fail")
"""Backends that keep nothing, or keep it in plain text."""


class KeyringStore:
    """Keys in the OS keyring, one a vendor; `backend` chooses the keyring and raises CredentialError if unsafe."""

    def __init__(self, backend: Callable[[], "KeyringBackend"] | None = None) -> None:
        self._backend = backend or safe_backend

    async def name(self) -> str:
        """The keyring that keeps the keys, in words for an operator."""
        return await bounded(lambda: str(self._backend().name))

    async def read(self, vendor: Vendor) -> Secret | None:
        value = await bounded(lambda: self._backend().get_password(SERVICE, vendor))
        return None if value is None else Secret(value)

    async def write(self, vendor: Vendor, secret: Secret) -> None:
        def keep() -> None:
            self._backend().set_password(SERVICE, vendor, secret.reveal())  # pyright: ignore[reportUnknownMemberType]  # keyring does not annotate it

        await bounded(keep)

    async def delete(self, vendor: Vendor) -> None:
        await bounded(lambda: self._backend().delete_password(SERVICE, vendor))


def safe_backend() -> "KeyringBackend":
    """The keyring of this machine.

    Raises:
        CredentialError: there is none, or only one that is known to keep keys in plain text.
    """
    # Imported late: most servers are given their keys by other references, and start faster without it.
    import keyring

    backend = keyring.get_keyring()
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name.startswith(REFUSED) or backend.priority < 1:
        raise CredentialError("this machine has no keyring that keeps a key safe")
    return backend


async def bounded(action: Callable[[], T]) -> T:
    """Do it in a thread, and for no longer than a locked keyring may be allowed to hang."""
    from keyring.errors import KeyringError

    try:
        with anyio.fail_after(SECONDS):
            return await anyio.to_thread.run_sync(action, abandon_on_cancel=True)
    except TimeoutError:
        raise CredentialError(f"the keyring did not answer within {SECONDS:.0f} s; is it locked?") from None
    except KeyringError:
        raise CredentialError("the keyring refused; is it locked?") from None
