"""The fixture tools that ask the client within the call, as servers did until protocol 2025-11-25."""

from typing import Any

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)

CHOICES = ["option1", "option2", "option3"]
VALUES = ["value1", "value2", "value3"]
TITLES = ["First", "Second", "Third"]

PERSON: dict[str, Any] = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}
DEFAULTS: dict[str, Any] = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
TITLED = [{"const": value, "title": title} for value, title in zip(VALUES, TITLES, strict=True)]
ENUMS: dict[str, Any] = {
    "untitledSingle": {"type": "string", "enum": CHOICES},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": TITLES},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": CHOICES}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}


async def ask(ctx: Context[Any, Any], message: str, fields: dict[str, Any], required: list[str] | None = None) -> str:
    schema: dict[str, Any] = {"type": "object", "properties": fields}
    if required is not None:
        schema["required"] = required
    result = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return f"action={result.action}, content={result.content}"


async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    """Asks the person."""
    return f"User response: {await ask(ctx, message, PERSON, ['username', 'email'])}"


async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Asks with defaults of every primitive type."""
    return f"Elicitation completed: {await ask(ctx, 'Defaults', DEFAULTS)}"


async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Asks with every form of choice."""
    return f"Elicitation completed: {await ask(ctx, 'Choices', ENUMS)}"


async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Asks the client's model."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    answer = await ctx.session.create_message(  # pyright: ignore[reportDeprecated]  # that it still works is what is tested
        [message], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {answer.content.text if isinstance(answer.content, TextContent) else answer.content}"


async def test_missing_capability(ctx: Context[Any, Any]) -> str:
    """Cannot do without the client's model."""
    capabilities = ctx.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        needed = MissingRequiredClientCapabilityErrorData(
            required_capabilities=ClientCapabilities(sampling=SamplingCapability())
        )
        data = needed.model_dump(by_alias=True, exclude_none=True)
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling.", data)
    return "sampling is there"


def add_asking_tools(server: MCPServer[dict[str, Any]]) -> None:
    for tool in (
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_sampling,
        test_missing_capability,
    ):
        server.add_tool(tool, structured_output=False)
