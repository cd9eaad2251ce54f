"""For start-up and memory: a fastmcp server with one tool."""

from fastmcp import FastMCP

server = FastMCP("fastmcp-hello")


@server.tool
async def hello(name: str) -> str:
    """Greet somebody."""
    return f"Hello {name}"


if __name__ == "__main__":
    server.run(show_banner=False, log_level="WARNING")
