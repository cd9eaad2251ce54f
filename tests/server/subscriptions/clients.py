"""Official clients of both eras that subscribe to calls, each by the method that its era has."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import anyio
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import Subscription
from mcp.types import (
    EmptyResult,
    ResourceUpdatedNotification,
    SubscribeRequest,
    SubscribeRequestParams,
    UnsubscribeRequest,
    UnsubscribeRequestParams,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from tests.judge import JudgedClient

MOST_TOLD = 100
Told = Callable[[], Awaitable[str]]
"""Waits for the next notification, and says of which URI it is."""
Mode = Literal["legacy", "auto"] | str


class Listener:
    """A client and what it is told."""

    def __init__(self) -> None:
        self._send, self._told = anyio.create_memory_object_stream[str](MOST_TOLD)
        self.client: JudgedClient

    async def hear(self, message: IncomingMessage) -> None:
        """The message handler of a client before 2026-07-28."""
        if isinstance(message, ResourceUpdatedNotification):
            self._send.send_nowait(message.params.uri)

    @property
    def is_modern(self) -> bool:
        return self.client.protocol_version in MODERN_PROTOCOL_VERSIONS

    @asynccontextmanager
    async def subscribed(self, *uris: str) -> AsyncGenerator[Told]:
        if self.is_modern:
            async with self.client.listen(resource_subscriptions=uris) as subscription:
                yield partial(next_of, subscription)
            return
        for uri in uris:
            await self.subscribe(uri)
        yield self._told.receive
        for uri in uris:
            await self.unsubscribe(uri)

    async def subscribe(self, uri: str) -> None:
        await self.client.session.send_request(SubscribeRequest(params=SubscribeRequestParams(uri=uri)), EmptyResult)

    async def unsubscribe(self, uri: str) -> None:
        await self.client.session.send_request(
            UnsubscribeRequest(params=UnsubscribeRequestParams(uri=uri)), EmptyResult
        )

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The URI of a call that succeeds, and its result."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.meta is not None
        return f"talent://calls/{result.meta['talent-mcp/call_id']}", dict(result.structured_content)

    def close(self) -> None:
        self._send.close()
        self._told.close()


@asynccontextmanager
async def listener(target: Any, mode: Mode) -> AsyncGenerator[Listener]:
    """A client of a server, a URL or a transport."""
    listening = Listener()
    try:
        async with JudgedClient(target, mode=mode, message_handler=listening.hear) as client:
            listening.client = client
            yield listening
    finally:
        listening.close()


async def next_of(subscription: Subscription) -> str:
    event = await anext(subscription)
    return str(getattr(event, "uri", event))
