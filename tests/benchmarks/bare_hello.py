"""The reference for start-up and memory: a bare SDK server with one tool, on the SDK's own runner."""

from mcp.server import MCPServer

server: MCPServer[None] = MCPServer("bare-hello", log_level="WARNING")


@server.tool()
async def hello(name: str) -> str:
    """Greet somebody."""
    return f"Hello {name}"


if __name__ == "__main__":
    server.run()
