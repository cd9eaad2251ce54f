"""Stores of keys for tests, as processes that share a file have them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from talent_mcp.credentials.vault import Vault
from talent_mcp.keys.data_keys import DataKeys
from talent_mcp.keys.master import Master, MasterPlace
from talent_mcp.keys.master_files import FilePlace
from talent_mcp.store.keys import KeyStore
from talent_mcp.store.sqlite.keys import SqliteKeys

MUTATORS = frozenset({"add_data_key", "rewrap", "remove_data_key", "reseal_subjects", "reseal_credentials"})


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Process:
    """What one process has of the store of keys."""

    store: KeyStore
    master: Master
    keys: DataKeys
    vault: Vault
    clock: Clock


@asynccontextmanager
async def process(
    home: Path,
    place: MasterPlace | None = None,
    *,
    clock: Clock | None = None,
    through: Callable[[KeyStore], KeyStore] = lambda store: store,
) -> AsyncGenerator[Process]:
    """A process on the file in this folder, with its own memory; `through` stands between it and the file."""
    file = SqliteKeys(home / "keys.db")
    clock = clock or Clock()
    store, master = through(file), Master(place or FilePlace(home / "master.key"))
    keys = DataKeys(store, master, clock=clock, age_clock=clock)
    try:
        yield Process(store, master, keys, Vault(store, keys, clock), clock)
    finally:
        await file.close()


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Dying:
    """A store whose process is killed at one of its changes, counted from 0: before it, or after it is durable."""

    store: KeyStore
    at: int
    after: bool
    changes: int = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        return self._counted(method) if name in MUTATORS else method

    def _counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def change(*arguments: Any) -> Any:
            number, self.changes = self.changes, self.changes + 1
            if number == self.at and not self.after:
                raise Killed
            result = await method(*arguments)
            if number == self.at:
                raise Killed
            return result

        return change


def dying(at: int, *, after: bool) -> Callable[[KeyStore], KeyStore]:
    return lambda store: cast("KeyStore", Dying(store, at, after))
