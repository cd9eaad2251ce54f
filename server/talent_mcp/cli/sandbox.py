"""`talent-mcp sandbox`: the three vendors, as stand-ins, on a loopback port."""

import anyio
import click

from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.transports.http import serve_http


@click.command()
@click.option("--port", default=8900, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--credits", "credits_", default=500.0, show_default=True, help="Ocean credits at the start.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds added to every answer.")
@click.option("--no-rate-limits", is_flag=True, help="Never answer 429 unless a fault asks for it.")
def sandbox(port: int, credits_: float, latency: float, no_rate_limits: bool) -> None:
    """Run stand-ins of Ocean.io, Stardex and Jarvi, with synthetic people, until interrupted."""
    options = SandboxOptions(credits=credits_, latency=latency, rate_limits=not no_rate_limits)
    origin = f"http://127.0.0.1:{port}"
    for line in instructions(origin, options):
        click.echo(line)
    try:
        anyio.run(serve_http, Sandbox(options).app, "127.0.0.1", port)
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from None


def instructions(origin: str, options: SandboxOptions) -> list[str]:
    """What to set so that a server uses this sandbox."""
    return [
        f"The sandbox listens on {origin}. In the server's environment set:",
        f"  TALENT_OCEAN_URL={origin}/ocean OCEAN_API_TOKEN={options.ocean_token}",
        f"  TALENT_STARDEX_URL={origin}/stardex STARDEX_API_KEY={options.stardex_key}",
        f"  TALENT_JARVI_URL={origin}/jarvi JARVI_API_KEY={options.jarvi_key}",
    ]
