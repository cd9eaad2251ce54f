"""Looks for what subscribers wait for, in the log alone: no vendor is asked anything."""

import logging
from collections.abc import Awaitable, Callable

import anyio
import anyio.abc
from mcp import MCPError
from mcp.types import INTERNAL_ERROR

from talent_mcp.audit.lineage import Lineage
from talent_mcp.audit.log import CallRecord
from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import Store

logger = logging.getLogger(__name__)

Tell = Callable[[str], Awaitable[None]]
"""Notifies a client that the resource of this URI has changed."""

MOST_OF_ONE = 100
"""URIs that one connection, or one stream of it, may wait for."""
MOST = 1_000
"""The same for all of a process; a connection or stream counts as one at least."""
TELL_SECONDS = 10.0
"""How long a notification waits for a client that does not read."""


class Watch:
    """What the clients of a process wait for.

    While that is anything at all, the log is looked into every `seconds`, as another process may bring it, and at
    once when a call of this process ends. Each subscription is told once; nothing more can change then.
    """

    def __init__(self, store: Store, background: anyio.abc.TaskGroup, *, seconds: float) -> None:
        self._store = store
        self._background = background
        self._seconds = seconds
        self.subscribers: set[Subscriber] = set()
        self._changed = anyio.Event()
        self._looking = False
        self._trouble = ""

    def subscriber(self, tell: Tell) -> "Subscriber":
        """A new one, which is to be closed.

        Raises:
            MCPError: there are too many.
        """
        self.require_room(1)
        subscriber = Subscriber(self, tell)
        self.subscribers.add(subscriber)
        return subscriber

    def leave(self, subscriber: "Subscriber") -> None:
        self.subscribers.discard(subscriber)
        self.look_soon()

    def require_room(self, more: int) -> None:
        """Raises MCPError: so many more would be too many."""
        if sum(max(1, len(each.waiting)) for each in self.subscribers) + more > MOST:
            raise full()

    def look_soon(self) -> None:
        """Look into the log now, if there is anything to look for, and from now on while there is."""
        self._changed.set()
        if not self._looking and self._waiting():
            self._looking = True
            self._background.start_soon(self._keep_looking)

    def tell(self, subscriber: "Subscriber", uri: str) -> None:
        self._background.start_soon(tell_in_time, subscriber.tell, uri)

    def call_ended(self, call: CallRecord) -> None:
        """A call of this process has ended; somebody may wait for it."""
        if any(lineage.concerns(call) for _, _, lineage in self._waiting()):
            self._changed.set()

    async def _keep_looking(self) -> None:
        while self._waiting():
            self._changed = anyio.Event()
            await self._look()
            with anyio.move_on_after(self._seconds):
                await self._changed.wait()
        self._looking = False

    async def _look(self) -> None:
        waiting = self._waiting()
        try:
            tenants = {lineage.tenant for _, _, lineage in waiting}
            sizes = {tenant: (await self._store.head(tenant)).size for tenant in tenants}
            for subscriber, uri, lineage in waiting:
                if await lineage.look(self._store, size=sizes[lineage.tenant]) is not None:
                    subscriber.settle(uri, lineage)
        except StoreUnavailable as failure:
            self._complain(str(failure))
        else:
            self._trouble = ""

    def _complain(self, trouble: str) -> None:
        """Once, as the next look may well fail in the same way."""
        if trouble != self._trouble:
            logger.error("subscribers cannot be told what changes: %s", trouble)
        self._trouble = trouble

    def _waiting(self) -> "list[tuple[Subscriber, str, Lineage]]":
        return [(each, uri, lineage) for each in self.subscribers for uri, lineage in each.waiting.items()]


class Subscriber:
    """A connection of a protocol before 2026-07-28, or a stream of one since; `waiting` is what it has not been
    told of yet."""

    def __init__(self, watch: Watch, tell: Tell) -> None:
        self.tell = tell
        self.waiting: dict[str, Lineage] = {}
        self._watch = watch

    def require_room(self, more: int) -> None:
        """Raises MCPError: so many more would be too many."""
        if len(self.waiting) + more > MOST_OF_ONE:
            raise full()
        self._watch.require_room(more)

    def add(self, uri: str, lineage: Lineage | None) -> None:
        """Tell when the call of this URI is answered; at once, if nothing more will come of it (None).

        What has been answered is told too: it may have changed between the client's reading and this.

        Raises:
            MCPError: there are too many.
        """
        if lineage is None:
            self._watch.tell(self, uri)
            return
        if uri not in self.waiting:
            self.require_room(1)
        self.waiting[uri] = lineage
        self._watch.look_soon()

    def remove(self, uri: str) -> None:
        if self.waiting.pop(uri, None) is not None:
            self._watch.look_soon()

    def settle(self, uri: str, lineage: Lineage) -> None:
        """Tell that a call was answered, unless nobody waits for that any more."""
        if self.waiting.get(uri) is lineage:
            del self.waiting[uri]
            self._watch.tell(self, uri)

    def close(self) -> None:
        self.waiting.clear()
        self._watch.leave(self)


async def tell_in_time(tell: Tell, uri: str) -> None:
    with anyio.move_on_after(TELL_SECONDS):
        await tell(uri)


def full() -> MCPError:
    return MCPError(
        INTERNAL_ERROR,
        f"Too many subscriptions: {MOST_OF_ONE} at most for a connection, {MOST:,} for this server. End some first.",
    )
