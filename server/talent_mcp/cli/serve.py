"""`talent-mcp serve`: the server itself."""

from functools import partial

import anyio
import click

from talent_mcp.cli.running import settings
from talent_mcp.cli.serving import serve_loopback, serve_one_client
from talent_mcp.errors import TalentError


@click.command()
@click.option(
    "--transport",
    type=click.Choice(["stdio", "sse", "http"]),
    default="stdio",
    show_default=True,
    help="sse and http open one port that serves both: SSE at /sse, streamable HTTP at /mcp.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The loopback address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--sandbox", is_flag=True, help="Serve the embedded vendors: no account, no cost, nothing real.")
def serve(transport: str, host: str, port: int, sandbox: bool) -> None:
    """Serve MCP clients; without options one client on standard input and output."""
    loaded = settings()
    try:
        if transport == "stdio":
            anyio.run(partial(serve_one_client, loaded, sandbox=sandbox))
        else:
            click.echo(f"talent-mcp serves http://{host}:{port}/mcp and http://{host}:{port}/sse", err=True)
            anyio.run(partial(serve_loopback, loaded, host, port, sandbox=sandbox))
    except TalentError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from None
