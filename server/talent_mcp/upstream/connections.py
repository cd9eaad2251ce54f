"""Connections to the one origin of a vendor, kept open between requests: an httpx2 transport over httpcore2.

httpx2's own pool serves any number of origins, and for that looks at each of its connections twice a request. A
vendor has one origin: the connection that became free last is taken, and only that one is looked at.
"""

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, contextmanager

import anyio
import httpcore2
import httpx2

from talent_mcp.upstream.sockets import SocketBackend

MOST_CONNECTIONS = 100
KEPT_SECONDS = 5.0
WAITS_FOR_A_PLACE = "connection.place.started"
FAILURES = {
    getattr(httpcore2, name): getattr(httpx2, name)
    for name in (
        "ConnectError",
        "ConnectTimeout",
        "LocalProtocolError",
        "ReadError",
        "ReadTimeout",
        "RemoteProtocolError",
        "UnsupportedProtocol",
        "WriteError",
        "WriteTimeout",
    )
}
"""What httpcore2 raises, and what httpx2 calls the same."""


class OriginTransport(httpx2.AsyncBaseTransport):
    """Sends requests to one origin, over no more than `MOST_CONNECTIONS` at a time.

    `tls` replaces whom this machine trusts.
    """

    def __init__(self, origin: httpx2.URL, tls: ssl.SSLContext | None = None) -> None:
        self._origin = httpcore2.URL(
            scheme=origin.raw_scheme, host=origin.raw_host, port=origin.port, target=b"/"
        ).origin
        self._tls = tls
        self._free: list[httpcore2.AsyncHTTPConnection] = []
        self._places = anyio.Semaphore(MOST_CONNECTIONS, fast_acquire=True)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await self._wait_for_a_place(request)
        with ExitStack() as undo:
            undo.callback(self._places.release)
            connection = await self._connection()
            with as_httpx2():
                answer = await connection.handle_async_request(wire(request))
            # From here on closing the answer gives the place back.
            undo.pop_all()
        return httpx2.Response(answer.status, headers=answer.headers, stream=Body(answer, connection, self))

    async def put_back(self, connection: httpcore2.AsyncHTTPConnection) -> None:
        """The request on it is over."""
        self._places.release()
        if connection.is_idle():
            self._free.append(connection)
            # The newest is taken first: what a burst left at the other end would be looked at by nobody.
            while len(self._free) > 1 and self._free[0].has_expired():
                await self._free.pop(0).aclose()
        elif not connection.is_closed():
            await connection.aclose()

    async def aclose(self) -> None:
        free, self._free = self._free, []
        for connection in free:
            await connection.aclose()

    async def _wait_for_a_place(self, request: httpx2.Request) -> None:
        if trace := request.extensions.get("trace"):
            await trace(WAITS_FOR_A_PLACE, {})
        await self._places.acquire()

    async def _connection(self) -> httpcore2.AsyncHTTPConnection:
        while self._free:
            connection = self._free.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore2.AsyncHTTPConnection(
            self._origin, ssl_context=self._context(), keepalive_expiry=KEPT_SECONDS, network_backend=SocketBackend()
        )

    def _context(self) -> ssl.SSLContext | None:
        if self._origin.scheme == b"https" and self._tls is None:
            self._tls = httpx2.create_ssl_context(trust_env=False)
        return self._tls


class Body(httpx2.AsyncByteStream):
    """The body of an answer; its connection is free again once it is closed."""

    def __init__(
        self, answer: httpcore2.Response, connection: httpcore2.AsyncHTTPConnection, transport: OriginTransport
    ) -> None:
        self._answer = answer
        self._connection = connection
        self._transport = transport
        self._open = True

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        with as_httpx2():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        if not self._open:
            return
        self._open = False
        with anyio.CancelScope(shield=True):
            try:
                await self._answer.aclose()
            finally:
                await self._transport.put_back(self._connection)


def wire(request: httpx2.Request) -> httpcore2.Request:
    url = request.url
    return httpcore2.Request(
        request.method,
        httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def as_httpx2() -> Generator[None]:
    """Raise what httpx2 would."""
    try:
        yield
    except tuple(FAILURES) as error:
        raise FAILURES[type(error)](str(error)) from error
