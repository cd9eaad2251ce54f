"""The part of the composition root that chooses the databases; the driver of PostgreSQL is loaded where it is used."""

import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from talent_mcp.errors import ConfigurationError, StoreUnavailable
from talent_mcp.settings import Settings
from talent_mcp.store.keys import KeyStore
from talent_mcp.store.protocol import Store
from talent_mcp.store.sqlite.keys import SqliteKeys
from talent_mcp.store.sqlite.own_keys import Belongs
from talent_mcp.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from talent_mcp.store.postgres.upkeep import Look

Part = Literal["audit", "keys"]
"""What of the tables may lie in one database or another."""

logger = logging.getLogger(__name__)


def audit_store(settings: Settings) -> Store:
    """Where the audit log is; nothing is opened yet."""
    if settings.database_url is None:
        return SqliteStore(settings.audit_path)
    with driver():
        from talent_mcp.store.postgres.store import PostgresStore
    return PostgresStore(settings.database_url.get_secret_value())


def key_store(settings: Settings, belongs: Belongs | None) -> KeyStore:
    """Where the keys are; nothing is opened yet. `belongs` is for two files, which could be parted."""
    if settings.database_url is None:
        return SqliteKeys(settings.keys_path, belongs=belongs)
    with driver():
        from talent_mcp.store.postgres.keys import PostgresKeys
    return PostgresKeys(keys_database(settings).get_secret_value())


@asynccontextmanager
async def usable(settings: Settings, *stores: Store | KeyStore) -> AsyncGenerator[None]:
    """These, connected to if they are in PostgreSQL.

    A database that is not there now may be there later: calls are refused until then, and nothing is raised.

    Raises:
        StoreUnavailable: somebody has to change something first.
    """
    if settings.database_url is not None:
        await require_usable(stores)
    yield


async def require_usable(stores: Sequence[Store | KeyStore]) -> None:
    with driver():
        from talent_mcp.store.postgres.failures import WrongDatabase
        from talent_mcp.store.postgres.keys import PostgresKeys
        from talent_mcp.store.postgres.store import PostgresStore
    try:
        for store in stores:
            if isinstance(store, PostgresStore | PostgresKeys):
                await store.require_usable()
    except WrongDatabase:
        raise
    except StoreUnavailable as failure:
        logger.warning("calls are refused for now: %s", failure)


def audit_database(settings: Settings) -> SecretStr:
    """The URL of the audit log's database.

    Raises:
        ConfigurationError: none is set.
    """
    if settings.database_url is None:
        raise ConfigurationError("no PostgreSQL database is set: set TALENT_DATABASE_URL to its URL")
    return settings.database_url


def keys_database(settings: Settings) -> SecretStr:
    """The URL of the database of keys: that of the audit log, unless another one is set.

    Raises:
        ConfigurationError: none is set.
    """
    return settings.keys_database_url or audit_database(settings)


async def migrated(url: SecretStr, part: Part) -> list[str]:
    """Bring the tables up to date; what was done.

    Raises:
        StoreUnavailable: the database cannot be used, or its user may not do that.
    """
    with driver():
        from talent_mcp.store.postgres.upkeep import migrate_database
    return await migrate_database(url.get_secret_value(), part)


async def looked_at(url: SecretStr) -> "Look":
    """What the database says of itself.

    Raises:
        StoreUnavailable: it cannot be asked.
    """
    with driver():
        from talent_mcp.store.postgres.upkeep import look_at
    return await look_at(url.get_secret_value())


@contextmanager
def driver() -> Generator[None]:
    """Say what to install where PostgreSQL is set and its driver is missing.

    Raises:
        ConfigurationError: it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise ConfigurationError(
            "TALENT_DATABASE_URL is set, and the driver for PostgreSQL is missing: install talent-mcp[postgres]"
        ) from None
