"""Runs the server; without the command line library, as MCP hosts start it."""

import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from socket import socket

import anyio

from talent_mcp.app import House, open_house
from talent_mcp.errors import TalentError
from talent_mcp.keys.master import AskPassphrase
from talent_mcp.logs import configure_logging
from talent_mcp.settings import Settings, load_settings
from talent_mcp.transports.stdio import serve_stdio
from talent_mcp.web.browser import browser_of


@asynccontextmanager
async def serving_house(
    settings: Settings, environment: Mapping[str, str], *, sandbox: bool, ask_passphrase: AskPassphrase | None = None
) -> AsyncGenerator[House]:
    """The parts to serve with, on the vendors or on their stand-ins in this process."""
    browser = browser_of(environment)
    if not sandbox:
        async with open_house(settings, environment, ask_passphrase=ask_passphrase, open_page=browser) as house:
            yield house
        return
    # The stand-ins are no part of normal start-up.
    from talent_mcp.app_sandbox import open_sandbox_house

    async with open_sandbox_house(settings, open_page=browser) as (house, _):
        yield house


def run_stdio() -> int:
    """Serve one client on standard input and output, as the environment says; the exit code."""
    try:
        settings = load_settings(os.environ)
        configure_logging(settings.log_level)
        anyio.run(partial(serve_one_client, settings, sandbox=False))
    except TalentError as error:
        print(f"talent-mcp: {error}", file=sys.stderr)  # noqa: T201  # standard error is where hosts show it
        return 2
    return 0


async def serve_one_client(settings: Settings, *, sandbox: bool) -> None:
    """Serve one client on standard input and output."""
    async with serving_house(settings, os.environ, sandbox=sandbox) as house:
        await serve_stdio(house.server("stdio"))


async def serve_port(settings: Settings, listening: socket, *, sandbox: bool) -> None:
    """Serve SSE and streamable HTTP on one loopback port."""
    # Web servers are no part of stdio start-up.
    from talent_mcp.transports.http import http_app, serve_http

    async with serving_house(settings, os.environ, sandbox=sandbox) as house:
        app = http_app(house.server("http"), house.store)
        await serve_http(app, listening, house.subscriptions.end_streams)
