"""LangChain's adapters, on the Python SDK of the 2025 protocols."""

from typing import Any

from errand import Errand, Seen, main
from langchain_mcp_adapters.prompts import load_mcp_prompt
from langchain_mcp_adapters.resources import get_mcp_resource
from langchain_mcp_adapters.sessions import create_session
from langchain_mcp_adapters.tools import load_mcp_tools


def connection_for(errand: Errand) -> dict[str, Any]:
    if errand.transport == "stdio":
        command, *arguments = errand.command
        return {"transport": "stdio", "command": command, "args": arguments, "env": errand.environment}
    return {"transport": "sse" if errand.transport == "sse" else "streamable_http", "url": errand.url}


async def run(errand: Errand) -> Seen:
    async with create_session(connection_for(errand)) as session:
        protocol = (await session.initialize()).protocolVersion
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        calls = {}
        for name, arguments in errand.calls.items():
            asked = {"type": "tool_call", "id": name, "name": name, "args": arguments}
            message = await tools[name].ainvoke(asked)
            calls[name] = {"result": message.artifact["structured_content"], "text": message.content[0]["text"]}
        (resource,) = await get_mcp_resource(session, errand.resource)
        prompt = await load_mcp_prompt(session, errand.prompt["name"], arguments=errand.prompt["arguments"])
        return Seen(
            protocol=protocol,
            tools=list(tools),
            calls=calls,
            resource=resource.as_string(),
            prompt=prompt[0].content,
        )


main("langchain-mcp-adapters", run)
