"""The methods by which clients subscribe: `subscriptions/listen` since 2026-07-28, `resources/subscribe` before."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.abc
from mcp.server import Server
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, SubscriptionBus
from mcp.types import (
    DiscoverResult,
    EmptyResult,
    RequestParams,
    SubscribeRequestParams,
    SubscriptionFilter,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.log import CallRecord
from talent_mcp.store.protocol import Store

if TYPE_CHECKING:
    from talent_mcp.audit.lineage import Lineage
    from talent_mcp.subscriptions.watch import Subscriber, Watch

RequestContext = ServerRequestContext[Any, Any]
FindCall = Callable[[str], Awaitable[list[StoredEntry]]]
"""The entries of the call that a URI stands for; raises MCPError if the client may not read it."""

SUBSCRIBER = "talent-mcp/subscriber"
"""Under this name a connection keeps its subscriber."""


class Subscriptions:
    """What the clients of a process are subscribed to, whichever of its servers they use."""

    def __init__(self, store: Store, background: anyio.abc.TaskGroup, *, look_seconds: float) -> None:
        self._store = store
        self._background = background
        self._look_seconds = look_seconds
        self._watch: Watch | None = None
        self._streams: set[ListenHandler] = set()

    @property
    def watch(self) -> "Watch":
        if self._watch is None:
            # Loaded when somebody first subscribes: start-up need not wait for it.
            from talent_mcp.subscriptions.watch import Watch

            self._watch = Watch(self._store, self._background, seconds=self._look_seconds)
        return self._watch

    def call_ended(self, call: CallRecord) -> None:
        if self._watch is not None:
            self._watch.call_ended(call)

    @contextmanager
    def stream(self, bus: SubscriptionBus) -> Generator[ListenHandler]:
        """Serves one stream, which `end_streams` ends."""
        handler = ListenHandler(bus)
        self._streams.add(handler)
        try:
            yield handler
        finally:
            self._streams.discard(handler)

    def end_streams(self) -> None:
        """Say to everybody who listens that nothing more comes, so that no open stream holds the end up."""
        for handler in self._streams:
            handler.close()


class SubscriptionMethods:
    """Serves the methods of one server; each era's clients can reach their own only."""

    def __init__(self, subscriptions: Subscriptions, find_call: FindCall) -> None:
        self._subscriptions = subscriptions
        self._find_call = find_call

    def add_to(self, engine: Server[Any]) -> None:
        engine.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)
        engine.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        engine.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)
        engine.add_request_handler("server/discover", RequestParams, partial(discover, engine))

    async def _listen(self, ctx: RequestContext, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        uris = [*dict.fromkeys(params.notifications.resource_subscriptions or ())]
        # One for each stream: what has been told to one is not news to another.
        bus = InMemorySubscriptionBus()

        async def tell(uri: str) -> None:
            await bus.publish(ResourceUpdated(uri))

        subscriber = self._subscriptions.watch.subscriber(tell)
        try:
            subscriber.require_room(len(uris))
            for uri, lineage in [(uri, await self._lineage(uri)) for uri in uris]:
                subscriber.add(uri, lineage)
            # No checkpoint between these: whatever is told from now on finds the stream listening.
            honoured = SubscriptionFilter(resource_subscriptions=uris)
            with self._subscriptions.stream(bus) as serve:
                return await serve(ctx, params.model_copy(update={"notifications": honoured}))
        finally:
            subscriber.close()

    async def _subscribe(self, ctx: RequestContext, params: SubscribeRequestParams) -> EmptyResult:
        lineage = await self._lineage(params.uri)
        self._subscriber(connection_of(ctx)).add(params.uri, lineage)
        return EmptyResult()

    async def _unsubscribe(self, ctx: RequestContext, params: UnsubscribeRequestParams) -> EmptyResult:
        """Also of what there is no subscription to, as it may just have ended by itself."""
        subscriber: Subscriber | None = connection_of(ctx).state.get(SUBSCRIBER)
        if subscriber is not None:
            subscriber.remove(params.uri)
        return EmptyResult()

    def _subscriber(self, connection: Connection) -> "Subscriber":
        found: Subscriber | None = connection.state.get(SUBSCRIBER)
        if found is None:
            found = self._subscriptions.watch.subscriber(connection.send_resource_updated)
            connection.state[SUBSCRIBER] = found
            connection.exit_stack.callback(found.close)
        return found

    async def _lineage(self, uri: str) -> "Lineage | None":
        # Loaded with the watch.
        from talent_mcp.audit.lineage import unsettled

        return unsettled(await self._find_call(uri))


async def discover(engine: Server[Any], _: RequestContext, __: RequestParams) -> DiscoverResult:
    """What the server is; as the SDK says it, without the lists that it believes to change.

    It takes every server that can be listened to for one whose lists change. What it derives for clients of older
    protocols says of the same server that resources can be subscribed to, and of no list that it changes.
    """
    return DiscoverResult(
        supported_versions=[*MODERN_PROTOCOL_VERSIONS],
        capabilities=engine.get_capabilities(),
        instructions=engine.instructions,
    )


def connection_of(ctx: RequestContext) -> Connection:
    """What lasts from one request of a client to the next, with the SDK's hook for its end."""
    # The SDK means handlers to use it, and does not hand it to them in this version.
    return ctx.session._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as said above
