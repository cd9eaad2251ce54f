"""mcp-use's client, on the Python SDK of the 2025 protocols."""

from errand import Errand, Seen, main
from mcp_use import MCPClient
from pydantic import AnyUrl


def configuration(errand: Errand) -> dict:
    if errand.transport == "stdio":
        command, *arguments = errand.command
        return {"command": command, "args": arguments, "env": errand.environment}
    return {"url": errand.url}


async def run(errand: Errand) -> Seen:
    client = MCPClient({"mcpServers": {"talent": configuration(errand)}})
    session = await client.create_session("talent", auto_initialize=False)
    try:
        protocol = (await session.initialize()).protocolVersion
        tools = [tool.name for tool in await session.list_tools()]
        calls = {}
        for name, arguments in errand.calls.items():
            calls[name] = {"result": (await session.call_tool(name, arguments)).structuredContent}
        resource = await session.read_resource(AnyUrl(errand.resource))
        prompt = await session.get_prompt(errand.prompt["name"], errand.prompt["arguments"])
        return Seen(
            protocol=protocol,
            tools=tools,
            calls=calls,
            resource=resource.contents[0].text,
            prompt=prompt.messages[0].content.text,
        )
    finally:
        await client.close_all_sessions()


main("mcp-use", run)
