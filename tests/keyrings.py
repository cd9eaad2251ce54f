"""Keyrings for tests: one in memory, and none at all."""

from typing import NoReturn

from keyring.backend import KeyringBackend

from talent_mcp.credentials.keyring_store import KeyringStore, NoKeyring

Kept = dict[tuple[str, str], str]
"""What a keyring holds, by service and user."""


class MemoryKeyring(KeyringBackend):
    def __init__(self, kept: Kept) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring does not annotate it
        self._kept = kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._kept[service, username]


def keyring_in_memory(kept: Kept) -> KeyringStore:
    return KeyringStore(lambda: MemoryKeyring(kept))


def no_keyring() -> NoReturn:
    raise NoKeyring("this machine has no keyring that keeps a key safe")


def without_keyring() -> KeyringStore:
    return KeyringStore(no_keyring)
