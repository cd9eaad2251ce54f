"""Tools, prompts and resources as clients see them listed."""

from typing import TYPE_CHECKING

from mcp.types import Prompt as WirePrompt
from mcp.types import PromptArgument, Resource, ResourceTemplate, ToolAnnotations
from mcp.types import Tool as WireTool

from talent_mcp.resources import LOOK_BACK_CALLS
from talent_tools.spec import AnyTool

if TYPE_CHECKING:
    from talent_prompts import Prompt

JSON = "application/json"
RESOURCES = (
    Resource(
        uri="talent://status",
        name="status",
        title="Status",
        description="Vendors, whether their credentials are present, limits and credits left.",
        mime_type=JSON,
    ),
    Resource(
        uri="talent://budget",
        name="budget",
        title="Budget",
        description="Credits spent and reserved by calls here, by day and tool, and what is left of the budgets.",
        mime_type=JSON,
    ),
)
TEMPLATES = (
    ResourceTemplate(
        uri_template="talent://calls/{call_id}",
        name="call",
        title="A call in full",
        description=(
            "The full result behind a concise one, with what was asked and sent. Of a pending one also the later call "
            "that brought the answer, under followed_by; clients can subscribe to it."
        ),
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="talent://people/{ocean_id}",
        name="person",
        title="What is held of a person",
        description=(
            "Every value that Ocean.io gave of the person with this Ocean id, with the call, time and tool that "
            f"it came from, out of your own calls among the newest {LOOK_BACK_CALLS}. Free; nothing is asked anew."
        ),
        mime_type=JSON,
    ),
)


def wire_tool(tool: AnyTool) -> WireTool:
    """A tool's definition as clients see it."""
    # Loaded with the tools.
    from talent_tools.schema import input_schema, output_schema

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


def wire_prompt(prompt: "Prompt") -> WirePrompt:
    """A prompt's definition as clients see it."""
    arguments = [
        PromptArgument(name=argument.name, description=argument.description, required=argument.required)
        for argument in prompt.arguments
    ]
    return WirePrompt(name=prompt.name, title=prompt.title, description=prompt.description, arguments=arguments)
