"""fastmcp's client."""

from errand import Errand, Seen, main
from fastmcp_transports import client_for


async def run(errand: Errand) -> Seen:
    async with client_for(errand) as client:
        tools = [tool.name for tool in await client.list_tools()]
        calls = {}
        for name, arguments in errand.calls.items():
            result = await client.call_tool(name, arguments)
            calls[name] = {"result": result.structured_content, "text": result.content[0].text}
        (resource,) = await client.read_resource(errand.resource)
        prompt = await client.get_prompt(errand.prompt["name"], errand.prompt["arguments"])
        return Seen(
            protocol=client.protocol_version,
            tools=tools,
            calls=calls,
            resource=resource.text,
            prompt=prompt.messages[0].content.text,
        )


main("fastmcp", run)
