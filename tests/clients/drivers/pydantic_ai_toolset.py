"""pydantic-ai's toolset."""

from errand import Errand, Seen, main
from fastmcp_transports import client_for
from pydantic_ai.mcp import MCPToolset


async def run(errand: Errand) -> Seen:
    client = client_for(errand)
    async with MCPToolset(client) as toolset:
        tools = [tool.name for tool in await toolset.list_tools()]
        calls = {}
        for name, arguments in errand.calls.items():
            result, _link = await toolset.direct_call_tool(name, arguments)
            calls[name] = {"result": result}
        resource = await toolset.read_resource(errand.resource)
        prompt = await toolset.get_prompt(errand.prompt["name"], errand.prompt["arguments"])
        return Seen(
            protocol=client.protocol_version,
            tools=tools,
            calls=calls,
            resource=resource,
            prompt=prompt.messages[0].content.content,
        )


main("pydantic-ai-slim", run)
