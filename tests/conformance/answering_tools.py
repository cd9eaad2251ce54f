"""The fixture tools that answer at once. Names, arguments and words are those that the suite's scenarios name."""

from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import AudioContent, ContentBlock, EmbeddedResource, ImageContent, TextContent, TextResourceContents
from pydantic import Field

from .samples import PICTURE, SOUND

PAUSE_SECONDS = 0.05
"""Between notifications, as the scenarios ask."""


def text_resource(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def png() -> ImageContent:
    return ImageContent(type="image", data=PICTURE, mime_type="image/png")


async def test_simple_text() -> str:
    """Answers with a text."""
    return "This is a simple text response for testing."


async def test_image_content() -> list[ImageContent]:
    """Answers with a picture."""
    return [png()]


async def test_audio_content() -> list[AudioContent]:
    """Answers with a sound."""
    return [AudioContent(type="audio", data=SOUND, mime_type="audio/wav")]


async def test_embedded_resource() -> list[EmbeddedResource]:
    """Answers with an embedded resource."""
    return [text_resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")]


async def test_multiple_content_types() -> list[ContentBlock]:
    """Answers with a text, a picture and a resource."""
    return [
        TextContent(type="text", text="Multiple content types test:"),
        png(),
        text_resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ]


async def test_error_handling() -> str:
    """Fails."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """Reports its progress."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(PAUSE_SECONDS)
    return "done"


async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """Logs to the client."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(line)  # pyright: ignore[reportDeprecated]  # that it still works is what is tested
        await anyio.sleep(PAUSE_SECONDS)
    return "logged"


async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    """Logs to a client that may not have asked for logs."""
    await ctx.info("one line")  # pyright: ignore[reportDeprecated]  # likewise
    return "logged"


async def test_x_mcp_header(
    region: Annotated[str, Field(description="Where", json_schema_extra={"x-mcp-header": "Region"})],
) -> str:
    """Has an argument that travels as a header too."""
    return region


async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
    """Tells listeners that the tools changed."""
    await ctx.notify_tools_changed()
    return "told"


async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
    """Tells listeners that the prompts changed."""
    await ctx.notify_prompts_changed()
    return "told"


def add_answering_tools(server: MCPServer[dict[str, Any]]) -> None:
    for tool in (
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_error_handling,
        test_tool_with_progress,
        test_tool_with_logging,
        test_logging_tool,
        test_x_mcp_header,
        test_trigger_tool_change,
        test_trigger_prompt_change,
    ):
        server.add_tool(tool, structured_output=False)
