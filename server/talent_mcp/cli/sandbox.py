"""`talent-mcp sandbox`: the three vendors, as stand-ins, on a loopback port."""

import anyio
import click

from talent_mcp.cli.serve import PORT, opened_port
from talent_mcp.sandbox import Sandbox, SandboxOptions
from talent_mcp.transports.http import address, serve_http


@click.command(short_help="Run stand-ins of the three vendors.")
@click.option("--port", default=8900, show_default=True, type=PORT, help="The port to listen on; 0 takes a free one.")
@click.option("--credits", "credits_", default=500.0, show_default=True, help="Ocean credits at the start.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds added to every answer.")
@click.option("--no-rate-limits", is_flag=True, help="Never answer 429 unless a fault asks for it.")
def sandbox(port: int, credits_: float, latency: float, no_rate_limits: bool) -> None:
    """Run stand-ins of Ocean.io, Stardex and Jarvi, with synthetic people, until interrupted."""
    options = SandboxOptions(credits=credits_, latency=latency, rate_limits=not no_rate_limits)
    with opened_port("127.0.0.1", port) as listening:
        for line in instructions(address(listening), options):
            click.echo(line)
        anyio.run(serve_http, Sandbox(options).app, listening)


def instructions(origin: str, options: SandboxOptions) -> list[str]:
    """What to set so that a server uses this sandbox, and mixes nothing of it into what is recorded of real people."""
    return [
        f"The sandbox listens on {origin}. To use it, paste into another terminal:",
        '  export TALENT_HOME="$HOME/talent-mcp-sandbox"',
        f"  export TALENT_OCEAN_URL={origin}/ocean OCEAN_API_TOKEN={options.ocean_token}",
        f"  export TALENT_STARDEX_URL={origin}/stardex STARDEX_API_KEY={options.stardex_key}",
        f"  export TALENT_JARVI_URL={origin}/jarvi JARVI_API_KEY={options.jarvi_key}",
        "Its people, answers and credits stay in that folder; close that terminal to leave the sandbox.",
    ]
