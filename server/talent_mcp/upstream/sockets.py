"""Sockets for httpcore2, on asyncio's own streams.

Its anyio backend takes a deadline, a checkpoint and a system call for each part of a request. A call has one
deadline over all of it, and the parts of a request are sent together, when the answer to them is waited for.
"""

import asyncio
import ssl
from collections.abc import Generator, Iterable
from contextlib import AsyncExitStack, contextmanager
from typing import SupportsIndex

import httpcore2

HELD_BYTES = 65_536
"""How much of a request waits to be sent together with the rest."""
NEXT_ADDRESS_SECONDS = 0.25
"""RFC 8305 section 5: when the next address of a host is tried beside the one before."""


class SocketBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections; the timeouts of a request bound connecting only."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        with connecting():
            async with asyncio.timeout(timeout):
                return SocketStream(*await streams(host, port))


class WatchedReader(asyncio.StreamReader):
    """A reader that knows of how many bytes nobody has read yet."""

    unread = 0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        part = bytes(data)
        self.unread += len(part)
        super().feed_data(part)

    async def read(self, n: int = -1) -> bytes:
        part = await super().read(n)
        self.unread -= len(part)
        return part


async def streams(host: str, port: int) -> tuple[WatchedReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = WatchedReader(loop=loop)
    transport, protocol = await loop.create_connection(
        lambda: asyncio.StreamReaderProtocol(reader, loop=loop), host, port, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class SocketStream(httpcore2.AsyncNetworkStream):
    """One connection."""

    def __init__(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._held = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore2's signature
        try:
            self._send()
            return await self._reader.read(max_bytes)
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore2's signature
        self._held += buffer
        if len(self._held) < HELD_BYTES:
            return
        try:
            self._send()
            await self._writer.drain()
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's signature
    ) -> httpcore2.AsyncNetworkStream:
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.aclose)
            with connecting():
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
            undo.pop_all()
        return self

    async def aclose(self) -> None:
        self._writer.close()
        await asyncio.sleep(0)
        # A peer that does not answer to the end of TLS is not waited for.
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> object:
        """`is_readable`: whether the peer closed the connection, or said something that nobody had asked."""
        if info == "is_readable":
            return self._reader.unread > 0 or self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)

    def _send(self) -> None:
        if self._held:
            self._writer.write(bytes(self._held))
            self._held.clear()


@contextmanager
def connecting() -> Generator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(str(error)) from error
    except (OSError, ssl.SSLError) as error:
        raise httpcore2.ConnectError(str(error)) from error
