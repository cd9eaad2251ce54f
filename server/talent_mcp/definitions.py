"""Tools and prompts as clients see them listed."""

from mcp.types import Prompt as WirePrompt
from mcp.types import PromptArgument, ToolAnnotations
from mcp.types import Tool as WireTool

from talent_prompts import Prompt
from talent_tools.schema import input_schema, output_schema
from talent_tools.spec import AnyTool


def wire_tool(tool: AnyTool) -> WireTool:
    """A tool's definition as clients see it."""
    return WireTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=input_schema(tool.arguments),
        output_schema=output_schema(tool.result),
        annotations=ToolAnnotations(
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=tool.open_world,
        ),
    )


def wire_prompt(prompt: Prompt) -> WirePrompt:
    """A prompt's definition as clients see it."""
    arguments = [
        PromptArgument(name=argument.name, description=argument.description, required=argument.required)
        for argument in prompt.arguments
    ]
    return WirePrompt(name=prompt.name, title=prompt.title, description=prompt.description, arguments=arguments)
