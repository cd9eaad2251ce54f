"""MCP over HTTP on the loopback interface: streamable HTTP at /mcp, SSE at /sse and /messages, one port."""

import re
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import uvicorn
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talent_mcp.errors import ConfigurationError, StoreUnavailable
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.protocol import TalentServer
from talent_mcp.settings import LOOPBACK
from talent_mcp.signals import on_signal
from talent_mcp.store.protocol import Store

SECURITY = TransportSecuritySettings(
    enable_dns_rebinding_protection=True,
    allowed_hosts=["127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*"],
    allowed_origins=["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"],
)
HERE = r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?"
HOST, ORIGIN = re.compile(HERE), re.compile(f"http://{HERE}")
"""The whole of either header: the SDK compares only how they begin, where any port is allowed."""
SHUTDOWN_SECONDS = 2
ECHO = re.compile(rb'("message":"(?:Validation|Parse) error): (?:[^"\\]|\\.)*')
"""What the SDK says of a body that it cannot read, in an answer's JSON."""


def check_host(host: str) -> None:
    """Refuse to listen where others could call.

    Raises:
        ConfigurationError: the host is not the loopback interface.
    """
    if host not in LOOPBACK:
        raise ConfigurationError(
            f"talent-mcp does not listen on {host}: it cannot tell callers apart yet, and whoever reaches the port "
            "could spend credits and change records. Use 127.0.0.1."
        )


def http_app(server: TalentServer, store: Store) -> Starlette:
    """Both HTTP transports and the health routes."""
    streamable = server.streamable_http_app(transport_security=SECURITY)
    sse = server.sse_app(message_path="/messages", transport_security=SECURITY)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        try:
            await store.head(LOCAL_TENANT)
        except StoreUnavailable as failure:
            return JSONResponse({"status": "unavailable", "audit_log": str(failure)}, status_code=503)
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with server.session_manager.run():
            yield

    return Starlette(
        routes=[*streamable.routes, *sse.routes, Route("/healthz", alive), Route("/readyz", ready)],
        middleware=[Middleware(SameMachine), Middleware(WithoutValues)],
        lifespan=lifespan,
    )


class SameMachine:
    """Answers only what was addressed to this machine, and no page of another site (DNS rebinding, CSRF).

    The SDK checks the same for each transport; on /sse it does so after the connection was promised.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._check = TransportSecurityMiddleware(SECURITY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._refusal(scope) or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return None
        request = Request(scope)
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            # A picture or a script tag sends no Origin; browsers say by this header whose page asks.
            return Response("Cross-site request", status_code=HTTPStatus.FORBIDDEN)
        refusal = await self._check.validate_request(request)
        return refusal or unlike(request.headers.get("Host"), HOST) or unlike(request.headers.get("Origin"), ORIGIN)


def unlike(header: str | None, wanted: re.Pattern[str]) -> Response | None:
    """A refusal of a header that is there and says something else."""
    if header is None or wanted.fullmatch(header):
        return None
    return Response("Not addressed to this machine", status_code=HTTPStatus.FORBIDDEN)


class WithoutValues:
    """Says of a body that is no JSON-RPC message only that; the SDK repeats it, with the values in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def send_without_values(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.BAD_REQUEST:
                held.append(message)
            elif held:
                await refusal(held[0], message["body"])(scope, receive, send)
            else:
                await send(message)

        await self._app(scope, receive, send_without_values)


def refusal(start: Message, body: bytes) -> Response:
    """The SDK's answer to a bad request; of its own words only what stands before a value can."""
    text = ECHO.sub(rb"\1", body)
    headers = {name.decode(): value.decode() for name, value in start["headers"] if name != b"content-length"}
    return Response(text, start["status"], headers)


class Listener(uvicorn.Server):
    """uvicorn without its signal handling, which ends the process before the audit log is closed."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    def stop(self) -> None:
        """Answer what is being asked, and end."""
        self.should_exit = True
        self._ending()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on the loopback interface; port 0 takes a free one.

    Raises:
        ConfigurationError: the host is not the loopback interface.
        OSError: the port is taken.
    """
    check_host(host)
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Accepted connections inherit it. asyncio sets it only where a socket names its protocol, and without it the
    # body of each answer waits 40 ms for the client to acknowledge the head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def address(listening: socket.socket) -> str:
    """The origin that clients use, such as `http://127.0.0.1:8765`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_http(app: Starlette, listening: socket.socket, ending: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM arrives; `ending` then ends what would go on for ever."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    if sys.platform == "win32":
        # There asyncio takes no signal handlers; uvicorn's own are the fallback.
        await uvicorn.Server(config).serve(sockets=[listening])
        return
    listener = Listener(config, ending)
    async with on_signal(listener.stop):
        await listener.serve(sockets=[listening])
