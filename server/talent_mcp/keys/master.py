"""The master key of a process: what every data key is wrapped under."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import anyio

from talent_mcp.credentials.secret import Secret, SecretKey
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.memory import protect_memory

FINGERPRINT_BYTES = 8
FINGERPRINT_OF = b"talent-mcp master key, format 1"

AskPassphrase = Callable[[bool], Secret]
"""Asks a person for the passphrase; twice, if True, as it is a new one."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 bytes, and a fingerprint that tells one master key from another without telling the key."""

    key: SecretKey
    fingerprint: str


class MasterPlace(Protocol):
    """Where a master key is kept. Both methods raise KeysUnavailable if the place cannot be used."""

    @property
    def name(self) -> str:
        """The place, as a sentence's object."""
        ...

    async def read(self) -> SecretKey | None:
        """The key; None where there is none."""
        ...

    async def make(self) -> None:
        """Keep a new key there, durably, unless another process was quicker."""
        ...


class Master:
    """The master key at one place: read at its first use, then remembered."""

    def __init__(self, place: MasterPlace) -> None:
        self._place = place
        self._key: MasterKey | None = None
        self._reading = anyio.Lock(fast_acquire=True)

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return self._place.name

    async def existing(self) -> MasterKey | None:
        """The master key; None if none was ever made there.

        Raises:
            KeysUnavailable: the place cannot be used.
        """
        async with self._reading:
            if self._key is None:
                protect_memory()
                self._key = known(await self._place.read())
            return self._key

    async def made(self) -> MasterKey:
        """The master key, made where there is none; for who knows that nothing was wrapped under an earlier one.

        Raises:
            KeysUnavailable: the place cannot be used.
        """
        key = await self.existing()
        if key is not None:
            return key
        await self._place.make()
        # What will be read in future is what counts.
        key = await self.existing()
        if key is None:
            raise KeysUnavailable(f"{self.place} does not keep the master key that was put there")
        return key


def known(key: SecretKey | None) -> MasterKey | None:
    return None if key is None else MasterKey(key, fingerprint(key))


def fingerprint(key: SecretKey) -> str:
    """The first half of an HMAC-SHA256 under the key, which leads back to it no more than guessing does."""
    return hmac.digest(key.reveal(), FINGERPRINT_OF, sha256)[:FINGERPRINT_BYTES].hex()
