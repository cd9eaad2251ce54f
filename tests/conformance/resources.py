"""The fixture resources, and what older clients may ask about them."""

import json
from typing import Any

from mcp.server import MCPServer, Server, ServerRequestContext
from mcp.server.context import HandlerResult
from mcp.server.lowlevel.server import RequestHandler
from mcp.types import EmptyResult, SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams

from .samples import picture


async def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


async def static_binary() -> bytes:
    """A picture."""
    return picture()


async def template_data(id: str) -> str:  # noqa: A002  # the suite's name
    """What the template makes of an id."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


async def watched_resource() -> str:
    """What one can subscribe to."""
    return "Watched resource content"


def add_resources(server: MCPServer[dict[str, Any]]) -> None:
    server.resource("test://static-text", mime_type="text/plain")(static_text)
    server.resource("test://static-binary", mime_type="image/png")(static_binary)
    server.resource("test://template/{id}/data", mime_type="application/json")(template_data)
    server.resource("test://watched-resource", mime_type="text/plain")(watched_resource)


async def accept(_: ServerRequestContext[Any, Any], params: Any) -> EmptyResult:
    """The fixtures never change and log at one level, so that there is nothing to remember."""
    return EmptyResult()


def also_for_fixtures(ours: RequestHandler[dict[str, Any], Any]) -> RequestHandler[dict[str, Any], Any]:
    """A handler of ours, which knows calls alone, and what the fixtures need beside it."""

    async def handle(ctx: ServerRequestContext[Any, Any], params: Any) -> HandlerResult:
        return await (accept if params.uri.startswith("test://") else ours)(ctx, params)

    return handle


def add_legacy_methods(engine: Server[dict[str, Any]]) -> None:
    """What our server does not serve itself, or not for fixtures, of the methods that protocol 2026-07-28 removed."""
    engine.add_request_handler("logging/setLevel", SetLevelRequestParams, accept)
    for method, params in (
        ("resources/subscribe", SubscribeRequestParams),
        ("resources/unsubscribe", UnsubscribeRequestParams),
    ):
        served = engine.get_request_handler(method)
        assert served is not None, method
        engine.add_request_handler(method, params, also_for_fixtures(served.handler))
