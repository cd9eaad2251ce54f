"""fastmcp's client for an errand, which pydantic-ai uses too."""

from errand import Errand
from fastmcp import Client
from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport


def client_for(errand: Errand) -> Client:
    mode = "auto" if errand.era == "modern" else "legacy"
    if errand.transport == "stdio":
        command, *arguments = errand.command
        return Client(StdioTransport(command, arguments, env=errand.environment, keep_alive=False), mode=mode)
    return Client((SSETransport if errand.transport == "sse" else StreamableHttpTransport)(errand.url), mode=mode)
