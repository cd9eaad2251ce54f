"""One PostgreSQL database, shared by processes: connections are checked before they are used, and waits bounded."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import anyio
import asyncpg
from asyncpg import exceptions
from asyncpg.connect_utils import SessionAttribute

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.postgres.failures import MIGRATE, InDoubt, Interrupted, WrongDatabase, explained
from talent_mcp.store.postgres.migrate import Part, require_current
from talent_mcp.store.postgres.rows import Db, rows_of
from talent_mcp.store.postgres.url import database_place

T = TypeVar("T")

SECONDS = 5.0
CONNECT_SECONDS = 3.0
CLOSE_SECONDS = 1.0
RETRY_SECONDS = 0.1
MOST_CONNECTIONS = 4
SESSION = """
SET synchronous_commit = on;
SET lock_timeout = '4s';
SET statement_timeout = '10s';
SET idle_in_transaction_session_timeout = '3s'; -- a process that was stopped must not hold up the others
SET ROLE talent_writer;
"""
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on"
"""Said again for each transaction, as a pooler may have given it another session."""
CHECK = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_is_in_recovery()"


@dataclass(slots=True)
class Commit:
    """Whether the end of a transaction was asked for: from then on it may be durable."""

    asked: bool = False


class PostgresDatabase:
    """Reads and changes the tables of one part, as the role `talent_writer`.

    Every method raises StoreUnavailable when the database cannot be used, after `seconds` at most. A connection on
    which anything failed is not used again. `connections` counts those that were made: what is behind a new one may
    be another server than before.
    """

    def __init__(self, url: str, part: Part, *, seconds: float = SECONDS) -> None:
        self.place = database_place(url)
        self.seconds = seconds
        self.connections = 0
        self._url = url
        self._part: Part = part
        self._opening = anyio.Lock()
        self._is_away = False
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def read(self, query: Callable[[Db], Awaitable[T]], /) -> T:
        """What a query gives that changes nothing."""
        until = self.until()
        while True:
            try:
                return await self._on_connection(query, until)
            except Interrupted:
                if not await self.pause(until):
                    raise

    async def change(self, change: Callable[[Db], Awaitable[T]], /) -> T:
        """Make a change in a transaction of its own; durable on return, and not torn by a cancellation."""
        return await self.transact(change, until=self.until())

    async def transact(self, change: Callable[[Db], Awaitable[T]], /, *, until: float) -> T:
        """The same, once more over another connection where it was lost before anything can have been committed.

        Raises:
            InDoubt: the connection was lost after that.
        """
        while True:
            commit = Commit()
            try:
                return await self._on_connection(partial(transaction, change, commit), until, shield=True)
            except Interrupted as failure:
                if commit.asked:
                    raise InDoubt(str(failure)) from failure
                if not await self.pause(until):
                    raise

    def until(self) -> float:
        """How long who begins to wait now may wait."""
        return anyio.current_time() + self.seconds

    async def pause(self, until: float) -> bool:
        """Whether it is worth to try again, which is now: not once the database was waited for in vain, until it is
        back."""
        if not self._is_away:
            await anyio.sleep(min(RETRY_SECONDS, max(0.0, until - anyio.current_time())))
            self._is_away = anyio.current_time() >= until
        return not self._is_away

    async def require_usable(self) -> None:
        """Connect, if there is no connection.

        Raises:
            WrongDatabase: the database is not one to write to, and stays so.
        """
        await self._on_connection(nothing, self.until())

    async def close(self) -> None:
        """Close every connection; the next use opens one again."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await pool.close()
        pool.terminate()
        # What was cut off is closed by the event loop, which may end now.
        await anyio.lowlevel.checkpoint()

    async def _on_connection(self, work: Callable[[Db], Awaitable[T]], until: float, *, shield: bool = False) -> T:
        with explained(self.place), anyio.fail_after(max(0.0, until - anyio.current_time()), shield=shield):
            pool = await self._opened()
            async with pool.acquire() as db:
                self._is_away = done = False
                try:
                    result = await work(db)
                    done = True
                finally:
                    if not done:
                        db.terminate()
                return result

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                several = len(self.place.hosts) > 1 and "target_session_attrs=" not in self._url
                pool = asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=MOST_CONNECTIONS,
                    init=self._prepare,
                    reset=leave,
                    timeout=CONNECT_SECONDS,
                    target_session_attrs=SessionAttribute.read_write if several else None,
                    server_settings={"application_name": "talent-mcp"},
                )
                self._pool = await pool
            return self._pool

    async def _prepare(self, db: Db) -> None:
        """Raises WrongDatabase: this is no database to write to."""
        try:
            await db.execute(SESSION)
        except exceptions.InvalidParameterValueError:
            raise WrongDatabase(f"the database {self.place} has no role talent_writer yet; {MIGRATE}") from None
        except exceptions.InsufficientPrivilegeError:
            raise WrongDatabase(
                f"the database {self.place} does not let its user act as talent_writer; grant talent_writer to it"
            ) from None
        ((fsync, synchronous_commit, is_standby),) = await rows_of(db, CHECK)
        if fsync != "on":
            raise WrongDatabase(
                f"the database {self.place} runs with fsync={fsync}, so a power cut would lose entries; set it to on"
            )
        if synchronous_commit != "on":
            raise WrongDatabase(f"the database {self.place} does not keep synchronous_commit=on; use no such pooler")
        if is_standby:
            raise StoreUnavailable(f"the database {self.place} is a standby; name the primary in the URL")
        await require_current(db, self._part, self.place)
        self.connections += 1


async def transaction(change: Callable[[Db], Awaitable[T]], commit: Commit, db: Db) -> T:
    await db.execute(BEGIN)
    result = await change(db)
    commit.asked = True
    await db.execute("COMMIT")
    return result


async def nothing(_: Db) -> None:
    """To have a connection is enough."""


async def leave(_: Db) -> None:
    """A connection goes back as it is: each transaction sets what it needs, and a failed one is not used again."""
