"""The MCP servers of OpenAI's agents SDK."""

from agents.mcp import MCPServer, MCPServerSse, MCPServerStdio, MCPServerStreamableHttp
from errand import Errand, Seen, main


def server_for(errand: Errand) -> MCPServer:
    if errand.transport == "stdio":
        command, *arguments = errand.command
        return MCPServerStdio({"command": command, "args": arguments, "env": errand.environment})
    kind = MCPServerSse if errand.transport == "sse" else MCPServerStreamableHttp
    return kind({"url": errand.url})


async def run(errand: Errand) -> Seen:
    async with server_for(errand) as server:
        tools = [tool.name for tool in await server.list_tools()]
        calls = {}
        for name, arguments in errand.calls.items():
            result = await server.call_tool(name, arguments)
            calls[name] = {"result": result.structured_content, "text": result.content[0].text}
        resource = await server.read_resource(errand.resource)
        prompt = await server.get_prompt(errand.prompt["name"], errand.prompt["arguments"])
        return Seen(
            protocol=server.session.protocol_version,
            tools=tools,
            calls=calls,
            resource=resource.contents[0].text,
            prompt=prompt.messages[0].content.text,
        )


main("openai-agents", run)
