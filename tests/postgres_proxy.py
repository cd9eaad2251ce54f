"""A way to PostgreSQL that breaks at a chosen moment: with a COMMIT sent and unanswered, or not even sent."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

import anyio
import anyio.abc

COMMIT = b"COMMIT\x00"
"""How the driver's message that asks for it ends."""
Break = Literal["before the commit", "after the commit"]
OVER = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)


class Passage:
    """One connection through the proxy."""

    def __init__(self, client: anyio.abc.SocketStream, server: anyio.abc.SocketStream, breaks: list[Break]) -> None:
        self._client = client
        self._server = server
        self._breaks = breaks
        self._commits = False

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._ends, tasks.cancel_scope)
            with suppress(*OVER):
                await self._pass_on()
            tasks.cancel_scope.cancel()

    async def _pass_on(self) -> None:
        while True:
            message = await self._client.receive()
            if self._breaks and message.endswith(COMMIT):
                if self._breaks.pop(0) == "before the commit":
                    return
                self._commits = True
            await self._server.send(message)

    async def _ends(self, scope: anyio.CancelScope) -> None:
        with suppress(*OVER):
            await self._answer()
        scope.cancel()

    async def _answer(self) -> None:
        while True:
            message = await self._server.receive()
            if self._commits:
                # It is durable now, and the client is not told.
                return
            await self._client.send(message)


class Proxy:
    """Listens at `url`; `breaks` are the moments that are still to come, a COMMIT each."""

    def __init__(self, url: str, port: int) -> None:
        parts = urlsplit(url)
        self._to = (str(parts.hostname), parts.port or 0)
        self.url = url.replace(f":{parts.port}/", f":{port}/")
        self.breaks: list[Break] = []

    def break_at(self, *moments: Break) -> None:
        """What becomes of the next COMMITs."""
        self.breaks.extend(moments)

    async def serve(self, client: anyio.abc.SocketStream) -> None:
        async with client, await anyio.connect_tcp(*self._to) as server:
            await Passage(client, server, self.breaks).run()


@asynccontextmanager
async def proxy_to(url: str) -> AsyncGenerator[Proxy]:
    """A proxy before the database of this URL."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610  # not Django's
    proxy = Proxy(url, port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, proxy.serve)
        try:
            yield proxy
        finally:
            tasks.cancel_scope.cancel()
