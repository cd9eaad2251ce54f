"""The fixture prompts."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Message, UserMessage
from mcp.types import InputRequiredResult

from .answering_tools import png, text_resource
from .returning_tools import asking, filled_in, form


async def test_simple_prompt() -> str:
    """Has no arguments."""
    return "This is a simple prompt for testing."


async def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Has two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


async def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:  # noqa: N803  # the suite's name
    """Embeds a resource."""
    resource = text_resource(resourceUri, "text/plain", "Embedded resource content for testing.")
    return [UserMessage(resource), UserMessage("Please process the embedded resource above.")]


async def test_prompt_with_image() -> list[Message]:
    """Holds a picture."""
    return [UserMessage(png()), UserMessage("Please analyze the image above.")]


async def test_input_required_result_prompt(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Needs a context from the person."""
    context = filled_in(ctx, "user_context", "context")
    return asking(user_context=form("What context should the prompt use?", "context")) if context is None else context


def add_prompts(server: MCPServer[dict[str, Any]]) -> None:
    for prompt in (
        test_simple_prompt,
        test_prompt_with_arguments,
        test_prompt_with_embedded_resource,
        test_prompt_with_image,
        test_input_required_result_prompt,
    ):
        server.prompt()(prompt)
