"""mcp-use's client, on the Python SDK of the 2025 protocols."""

from typing import Any

from errand import Errand, Seen, main
from mcp import ClientSession
from mcp.types import InitializeResult
from mcp_use import MCPClient
from pydantic import AnyUrl


def configuration(errand: Errand) -> dict[str, Any]:
    if errand.transport == "stdio":
        command, *arguments = errand.command
        return {"command": command, "args": arguments, "env": errand.environment}
    return {"url": errand.url}


shake = ClientSession.initialize
negotiated: list[str] = []
"""What the server answered to `initialize`, which mcp-use keeps to itself."""


async def noting(session: ClientSession) -> InitializeResult:
    result = await shake(session)
    negotiated.append(result.protocolVersion)
    return result


async def run(errand: Errand) -> Seen:
    ClientSession.initialize = noting
    client = MCPClient({"mcpServers": {"talent": configuration(errand)}})
    session = await client.create_session("talent")
    try:
        tools = [tool.name for tool in await session.list_tools()]
        calls = {}
        for name, arguments in errand.calls.items():
            result = await session.call_tool(name, arguments)
            calls[name] = {"result": result.structuredContent, "text": result.content[0].text}
        resource = await session.read_resource(AnyUrl(errand.resource))
        prompt = await session.get_prompt(errand.prompt["name"], errand.prompt["arguments"])
        return Seen(
            protocol=negotiated[-1],
            tools=tools,
            calls=calls,
            resource=resource.contents[0].text,
            prompt=prompt.messages[0].content.text,
        )
    finally:
        await client.close_all_sessions()


main("mcp-use", run)
