"""`talent-mcp serve`: the server itself."""

from functools import partial
from socket import socket

import anyio
import click

from talent_mcp.cli.running import plain_words, settings
from talent_mcp.cli.serving import serve_one_client, serve_port
from talent_mcp.errors import TalentError
from talent_mcp.transports.http import address, listen

PORT = click.IntRange(0, 65535)


@click.command(short_help="Serve MCP clients.")
@click.option(
    "--transport",
    type=click.Choice(["stdio", "sse", "http"]),
    default="stdio",
    show_default=True,
    help="sse and http open one port that serves both: SSE at /sse, streamable HTTP at /mcp.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The loopback address to listen on.")
@click.option("--port", default=8765, show_default=True, type=PORT, help="The port to listen on; 0 takes a free one.")
@click.option("--sandbox", is_flag=True, help="Serve the embedded vendors: no account, no cost, nothing real.")
def serve(transport: str, host: str, port: int, sandbox: bool) -> None:
    """Serve MCP clients; without options one client on standard input and output."""
    loaded = settings()
    if transport == "stdio":
        with plain_words():
            anyio.run(partial(serve_one_client, loaded, sandbox=sandbox))
        return
    with plain_words(), opened_port(host, port) as listening:
        origin = address(listening)
        click.echo(f"talent-mcp serves {origin}/mcp (streamable HTTP) and {origin}/sse (SSE)", err=True)
        anyio.run(partial(serve_port, loaded, listening, sandbox=sandbox))


def opened_port(host: str, port: int) -> socket:
    """The listening socket.

    Raises:
        ClickException: the host is not the loopback interface, or the port is taken.
    """
    try:
        return listen(host, port)
    except TalentError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"port {port} on {host} cannot be used: {error.strerror}") from None
