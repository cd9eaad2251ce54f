"""Connections to a vendor's origin, against real sockets: reuse, what makes one unusable, TLS, and their number."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

import anyio
import httpx2
import pytest

from talent_mcp.upstream.connections import MOST_CONNECTIONS, OriginTransport
from tests.server.upstream.tls import contexts

pytestmark = pytest.mark.anyio

Reply = Callable[["Heard", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request: on which connection (from 0), its path and its body."""

    connection: int
    path: str
    body: bytes


@dataclass(slots=True)
class Vendor:
    """What a listener was asked."""

    origin: str = ""
    heard: list[Heard] = field(default_factory=list[Heard])
    connections: int = 0
    ended: list[int] = field(default_factory=list[int])


def ok(content: bytes = b"{}") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(ok())


@asynccontextmanager
async def vendor(reply: Reply = answer, tls: SSLContext | None = None) -> AsyncGenerator[Vendor]:
    asked = Vendor()
    connections = list[anyio.CancelScope]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, asked.connections = asked.connections, asked.connections + 1
        try:
            with anyio.CancelScope() as connection:
                connections.append(connection)
                await converse(number, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            asked.ended.append(number)
            writer.close()

    async def converse(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            length = next((int(line[15:]) for line in head.lower().split("\r\n") if "content-length" in line), 0)
            request = Heard(number, head.split(" ")[1], await reader.readexactly(length))
            asked.heard.append(request)
            await reply(request, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, limit=10_000_000)
    scheme = "http" if tls is None else "https"
    asked.origin = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield asked
        # From Python 3.12 on a server that ends waits for its connections.
        for connection in connections:
            connection.cancel()


@asynccontextmanager
async def client(origin: str, tls: SSLContext | None = None) -> AsyncGenerator[httpx2.AsyncClient]:
    transport = OriginTransport(httpx2.URL(origin), tls)
    async with httpx2.AsyncClient(
        base_url=origin, transport=transport, timeout=httpx2.Timeout(None, connect=5)
    ) as http:
        yield http


async def test_requests_one_after_another_share_a_connection() -> None:
    async with vendor() as asked, client(asked.origin) as http:
        for number in range(3):
            assert (await http.post(f"/{number}", json={"n": number})).json() == {}
    assert [(heard.connection, heard.path) for heard in asked.heard] == [(0, "/0"), (0, "/1"), (0, "/2")]


async def test_requests_side_by_side_have_connections_of_their_own() -> None:
    both = asyncio.Barrier(2)

    async def together(_: Heard, writer: asyncio.StreamWriter) -> None:
        await both.wait()
        writer.write(ok())

    async with vendor(together) as asked, client(asked.origin) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(http.get, "/")
        tasks.start_soon(http.get, "/")
    assert asked.connections == 2


async def test_a_connection_that_the_vendor_closed_is_not_used_again() -> None:
    closed = anyio.Event()

    async def once(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(ok())
        writer.close()
        closed.set()

    async with vendor(once) as asked, client(asked.origin) as http:
        await http.get("/")
        await closed.wait()
        await settled()
        await http.get("/")
    assert [heard.connection for heard in asked.heard] == [0, 1]


async def test_what_a_burst_left_is_closed_once_the_vendor_has_ended_it() -> None:
    all_there, writers = asyncio.Barrier(3), dict[int, asyncio.StreamWriter]()

    async def burst(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writers[heard.connection] = writer
        if heard.path == "/burst":
            await all_there.wait()
        writer.write(ok())

    async with vendor(burst) as asked, client(asked.origin) as http:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(http.get, "/burst")
        await http.get("/")
        used = asked.heard[-1].connection
        for number in {*writers} - {used}:
            writers[number].write_eof()
        await settled()
        await http.get("/")
        await settled()
        assert sorted(asked.ended) == sorted({*writers} - {used})
    assert asked.connections == 3


async def test_a_connection_on_which_the_vendor_spoke_unasked_is_not_used_again() -> None:
    """Servers that tire of waiting say 408 before they close; it must not pass for the answer to a later request."""
    spoken = anyio.Event()

    async def and_more(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(ok())
        await settled()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        spoken.set()

    async with vendor(and_more) as asked, client(asked.origin) as http:
        await http.get("/")
        await spoken.wait()
        await settled()
        assert (await http.get("/")).status_code == 200
    assert [heard.connection for heard in asked.heard] == [0, 1]


async def test_an_answer_that_is_not_read_to_its_end_costs_its_connection() -> None:
    async def much(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"x" * 1_000_000))

    async with vendor(much) as asked, client(asked.origin) as http:
        async with http.stream("GET", "/"):
            pass
        assert len((await http.get("/")).content) == 1_000_000
    assert [heard.connection for heard in asked.heard] == [0, 1]


async def test_a_large_request_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with vendor() as asked, client(asked.origin) as http:
        await http.post("/", content=body)
    assert asked.heard[0].body == body


async def test_an_answer_in_many_small_parts_is_put_together() -> None:
    async def slowly(_: Heard, writer: asyncio.StreamWriter) -> None:
        for byte in ok(b'{"a": "b"}'):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async with vendor(slowly) as asked, client(asked.origin) as http:
        assert (await http.get("/")).json() == {"a": "b"}


async def test_tls_is_spoken_and_reused(tmp_path: Path) -> None:
    server, trusting = contexts(tmp_path)
    async with vendor(tls=server) as asked, client(asked.origin, trusting) as http:
        for _ in range(2):
            assert (await http.get("/")).json() == {}
    assert [heard.connection for heard in asked.heard] == [0, 0]


async def test_a_vendor_whose_certificate_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    server, _ = contexts(tmp_path)
    async with vendor(tls=server) as asked, client(asked.origin) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get("/")
    assert asked.heard == []


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    server, trusting = contexts(tmp_path)
    async with vendor(tls=server) as asked, client(asked.origin.replace("127.0.0.1", "localhost"), trusting) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get("/")
    assert asked.heard == []


async def test_what_is_no_http_is_an_error_of_the_protocol() -> None:
    async def nonsense(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example ESMTP\r\n\r\n")

    async with vendor(nonsense) as asked, client(asked.origin) as http:
        with pytest.raises(httpx2.RemoteProtocolError):
            await http.get("/")


async def test_a_vendor_that_resets_the_connection_is_a_failed_read() -> None:
    async def reset(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with vendor(reset) as asked, client(asked.origin) as http:
        with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
            await http.post("/", content=b"x" * 1_000_000)


async def test_a_request_waits_for_a_place_and_says_that_it_has_not_left() -> None:
    """Whoever gives up while it waits has sent nothing; the trace is how the caller knows."""
    go, events = anyio.Event(), list[str]()

    async def held(_: Heard, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(ok())

    async def trace(event: str, _: object) -> None:
        events.append(event)

    async with vendor(held) as asked, client(asked.origin) as http, anyio.create_task_group() as tasks:
        for _ in range(MOST_CONNECTIONS):
            tasks.start_soon(http.get, "/")
        while len(asked.heard) < MOST_CONNECTIONS:
            await anyio.lowlevel.checkpoint()
        with anyio.move_on_after(0):
            await http.get("/", extensions={"trace": trace})
        assert events == ["connection.place.started"]
        tasks.start_soon(http.get, "/last")
        go.set()
    assert len(asked.heard) == MOST_CONNECTIONS + 1
    assert asked.connections == MOST_CONNECTIONS


async def test_a_request_that_is_cancelled_gives_its_place_back() -> None:
    async def never(_: Heard, __: asyncio.StreamWriter) -> None:
        await anyio.sleep_forever()

    async with vendor(never) as asked, client(asked.origin) as http:
        for number in range(MOST_CONNECTIONS + 1):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(http.get, "/")
                while len(asked.heard) <= number:
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
    assert len(asked.heard) == MOST_CONNECTIONS + 1


async def settled() -> None:
    """What was written on the loopback interface has arrived after a few turns of the event loop."""
    for _ in range(20):
        await asyncio.sleep(0)
