"""A connection that ends without an answer."""

from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

DROPPED = "talent_mcp.sandbox.dropped"


class Transport(Protocol):
    """What is needed of a server's connection."""

    def abort(self) -> None: ...


class Dropped(Response):
    """An answer that never leaves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[DROPPED] = True


async def drop_if_asked(scope: Scope, receive: Receive, send: Send) -> None:
    """Abort the server's transport; without one, raise what a client's transport would."""
    if not scope.get(DROPPED):
        return
    transport = _transport(send)
    if transport is None:
        # The sandbox's only use of the client library, and only in process.
        import httpx2

        raise httpx2.ReadError("the sandbox dropped the connection")
    transport.abort()
    await _disconnected(receive)


def _transport(send: Send) -> Transport | None:
    """uvicorn's connection, reached through the bound method it hands to applications."""
    return getattr(getattr(send, "__self__", None), "transport", None)


async def _disconnected(receive: Receive) -> None:
    """Returning earlier would make the server send a 500."""
    message: Message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()
