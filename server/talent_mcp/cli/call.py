"""`talent-mcp call TOOL JSON`: one tool call, through the same gate as any client's."""

import click
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_json

from talent_mcp.app import House
from talent_mcp.cli.running import run
from talent_mcp.completed import Completed
from talent_mcp.identity import local_caller
from talent_tools.catalog import TOOLS

OBJECT = TypeAdapter(dict[str, JsonValue])


@click.command(short_help="Make one tool call, with JSON in and out.")
@click.argument("tool", type=click.Choice([tool.name for tool in TOOLS]))
@click.argument("arguments", metavar="JSON", default="{}")
@click.option("--sandbox", is_flag=True, help="Call the embedded vendors.")
def call(tool: str, arguments: str, sandbox: bool) -> None:
    """Call TOOL with its arguments as JSON; the result is JSON on standard output."""

    async def act(house: House) -> Completed:
        return await house.gate.call(tool, parsed(arguments), local_caller("cli", None))

    completed = run(act, sandbox=sandbox)
    if isinstance(completed.content, str):
        raise click.ClickException(completed.content)
    click.echo(to_json(completed.content, indent=2))


def parsed(arguments: str) -> dict[str, JsonValue]:
    try:
        return OBJECT.validate_json(arguments)
    except ValidationError:
        raise click.BadParameter("is not a JSON object", param_hint="JSON") from None
