"""`talent-mcp`: one module a command group, loaded when its command is called."""

from importlib import import_module

import click

from talent_mcp import __version__

COMMANDS = {
    "serve": "serve",
    "sandbox": "sandbox",
    "demo": "demo",
    "call": "call",
    "batch": "batch",
    "approve": "approve",
    "undo": "undo",
    "doctor": "doctor",
    "install": "install",
    "login": "login",
    "logout": "logout",
    "credentials": "credentials",
    "audit": "audit",
    "database": "database",
    "budget": "budget",
    "files": "files",
}
"""Each command and the module that defines it under the same name."""


class LateGroup(click.Group):
    """Commands whose modules are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"talent_mcp.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=LateGroup, invoke_without_command=True)
@click.version_option(__version__, prog_name="talent-mcp")
@click.pass_context
def command_line(ctx: click.Context) -> None:
    """The MCP server between AI agents and a search firm's systems.

    Without a command it serves one MCP client on standard input and output.
    """
    if ctx.invoked_subcommand is None:
        from talent_mcp.cli.serve import serve

        ctx.invoke(serve)
