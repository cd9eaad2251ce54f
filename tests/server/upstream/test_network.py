"""What only a real socket shows: proxies, dropped and hanging connections, and what had left by then."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.abc
import anyio.lowlevel
import httpx2
import pytest

from talent_mcp.upstream.attempts import Attempt
from talent_mcp.upstream.http import VendorHTTP
from talent_mcp.upstream.limits import RateLimit
from talent_mcp.upstream.trip import Trip
from talent_tools.errors import OutcomeUnknown, VendorUnavailable
from tests.server.upstream.vendors import CALLER, KEY, FakeCredentials, asking

pytestmark = pytest.mark.anyio

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"ok": true}'
Serve = Callable[[anyio.abc.SocketStream], Awaitable[None]]


@dataclass(slots=True)
class Listener:
    """A loopback port that remembers what was written to it."""

    port: int
    heard: list[bytes] = field(default_factory=list[bytes])


@asynccontextmanager
async def listening(serve: Serve) -> AsyncGenerator[Listener]:
    """Serve each connection after its first bytes, or at once those that say nothing."""
    listeners = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    listener = Listener(listeners.extra(anyio.abc.SocketAttribute.local_port))  # noqa: S610  # no Django here

    async def accept(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            listener.heard.append(await stream.receive())
            await serve(stream)

    async with listeners, anyio.create_task_group() as group:
        group.start_soon(listeners.serve, accept)
        yield listener
        group.cancel_scope.cancel()


async def answer(stream: anyio.abc.SocketStream) -> None:
    await stream.send(ANSWER)


async def drop(_: anyio.abc.SocketStream) -> None:
    """Closed without a word."""


async def hang(_: anyio.abc.SocketStream) -> None:
    await anyio.sleep_forever()


@asynccontextmanager
async def vendor_at(url: str) -> AsyncGenerator[VendorHTTP]:
    limit = RateLimit(per_minute=0, per_day=0, clock=lambda: 0.0)
    vendor = VendorHTTP("ocean", url, limit=limit, credentials=FakeCredentials([KEY]))
    try:
        yield vendor
    finally:
        await vendor.aclose()


def trip(attempts: list[Attempt], seconds: float = 30) -> Trip:
    return Trip(anyio.current_time() + seconds, CALLER, record=attempts.append)


async def test_ambient_proxies_and_netrc_are_not_obeyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary-user password canary-password\n")
    async with listening(answer) as proxy, listening(answer) as vendor:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            for spelt in (name, name.lower()):
                monkeypatch.setenv(spelt, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("NETRC", str(netrc))
        async with vendor_at(f"http://127.0.0.1:{vendor.port}") as http:
            assert (await http.send(asking("read"), trip([]))).body == {"ok": True}
            # A client that obeys them goes to the proxy: the test can tell.
            async with httpx2.AsyncClient() as obedient:
                await obedient.get(f"http://127.0.0.1:{vendor.port}/")
    assert len(proxy.heard) == 1
    (heard,) = vendor.heard
    assert b"authorization" not in heard.lower()


async def test_a_connection_that_is_dropped_after_the_request_makes_a_write_unknown_and_sends_it_once() -> None:
    attempts: list[Attempt] = []
    async with listening(drop) as vendor, vendor_at(f"http://127.0.0.1:{vendor.port}") as http:
        writing = trip(attempts)
        with pytest.raises(OutcomeUnknown):
            await http.send(asking("write"), writing)
    assert len(vendor.heard) == 1
    assert writing.risked is True
    assert [(attempt.status, attempt.error) for attempt in attempts] == [(None, "RemoteProtocolError")]


async def test_a_connection_that_is_refused_risks_nothing() -> None:
    async with listening(drop) as vendor:
        port = vendor.port
    attempts: list[Attempt] = []
    async with vendor_at(f"http://127.0.0.1:{port}") as http:
        writing = trip(attempts, seconds=0.5)
        with pytest.raises(VendorUnavailable):
            await http.send(asking("write"), writing)
    assert writing.risked is False
    assert [attempt.error for attempt in attempts] == ["ConnectError"]


async def test_a_call_that_ends_while_it_still_connects_risks_nothing() -> None:
    """The peer takes the connection and then says nothing to the TLS handshake."""
    attempts: list[Attempt] = []
    async with listening(hang) as vendor, vendor_at(f"https://127.0.0.1:{vendor.port}") as http:
        writing = trip(attempts)
        async with anyio.create_task_group() as group:
            group.start_soon(http.send, asking("write"), writing)
            while not vendor.heard:
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
    assert KEY.encode() not in vendor.heard[0]
    assert [attempt.error for attempt in attempts] == ["cancelled"]
    assert writing.risked is False


async def test_a_deadline_that_falls_into_connecting_is_no_unknown_outcome() -> None:
    async with listening(hang) as vendor, vendor_at(f"https://127.0.0.1:{vendor.port}") as http:
        writing = trip([], seconds=0.05)
        with pytest.raises(VendorUnavailable) as failure:
            await http.send(asking("write"), writing)
    assert "nothing was sent" in str(failure.value)
    assert writing.risked is False


async def test_a_call_that_ends_after_its_request_left_is_at_risk() -> None:
    async with listening(hang) as vendor, vendor_at(f"http://127.0.0.1:{vendor.port}") as http:
        writing = trip([])
        async with anyio.create_task_group() as group:
            group.start_soon(http.send, asking("write"), writing)
            while not vendor.heard:
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
    assert writing.risked is True


async def test_a_connection_is_used_again_and_a_second_write_on_it_is_at_risk_too() -> None:
    async def answer_then_drop(stream: anyio.abc.SocketStream) -> None:
        await stream.send(ANSWER)
        vendor.heard.append(await stream.receive())

    async with listening(answer_then_drop) as vendor, vendor_at(f"http://127.0.0.1:{vendor.port}") as http:
        await http.send(asking("read"), trip([]))
        writing = trip([])
        with pytest.raises(OutcomeUnknown):
            await http.send(asking("write"), writing)
    assert len(vendor.heard) == 2
    assert writing.risked is True
