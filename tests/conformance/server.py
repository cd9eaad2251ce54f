"""`python -m tests.conformance.server HOME`: our server on the embedded vendors, with the suite's fixtures beside."""

import sys
from pathlib import Path
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import Prompt as WirePrompt
from mcp.types import Tool as WireTool

from talent_mcp.app import House
from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.protocol import TalentServer
from talent_mcp.settings import load_settings
from talent_mcp.tasks.times import TaskTimes
from talent_mcp.transports.http import address, http_app, listen, serve_http
from talent_tools import load_tools

from .answering_tools import add_answering_tools
from .asking_tools import add_asking_tools
from .prompts import add_prompts
from .resources import add_legacy_methods, add_resources
from .returning_tools import add_returning_tools
from .rich_schema import RICH_SCHEMA_TOOL
from .task_tools import ONLY_WITH_TASKS, add_task_tools

TIMES = TaskTimes(grace=0.3, poll=0.5)
"""What the tasks scenarios expect of a server; ours takes longer to make a call a task."""


class FixtureServer(TalentServer):
    """Our server. What the suite names is left to the SDK; everything else goes our way, unknown names too."""

    def add_fixtures(self) -> None:
        add_answering_tools(self)
        add_asking_tools(self)
        add_returning_tools(self)
        add_task_tools(self)
        add_prompts(self)
        add_resources(self)
        add_legacy_methods(self.lowlevel)

    async def list_tools(self) -> list[WireTool]:
        return [*await super().list_tools(), *await MCPServer.list_tools(self), RICH_SCHEMA_TOOL]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[dict[str, Any], Any] | None = None
    ) -> Any:
        """A result or, of fixtures alone, questions."""
        if name in {tool.name for tool in await MCPServer.list_tools(self)}:
            return await MCPServer.call_tool(self, name, arguments, context)
        return await super().call_tool(name, arguments, context)

    async def list_prompts(self) -> list[WirePrompt]:
        return [*await super().list_prompts(), *await MCPServer.list_prompts(self)]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[dict[str, Any], Any] | None = None,
    ) -> Any:
        """Messages or, of fixtures alone, questions."""
        if name in {prompt.name for prompt in await MCPServer.list_prompts(self)}:
            return await MCPServer.get_prompt(self, name, arguments, context)
        return await super().get_prompt(name, arguments, context)


def fixture_server(house: House) -> FixtureServer:
    """As the house makes its own, with the fixtures."""
    tasks = house.extension("http", required=ONLY_WITH_TASKS)
    server = FixtureServer(
        load_tools,
        house.gate,
        house.resources(),
        house.subscriptions,
        transport="http",
        asking=house.asking,
        extensions=[tasks],
    )
    server.add_fixtures()
    return server


async def serve(home: Path) -> None:
    listening = listen("127.0.0.1", 0)
    print(f"{address(listening)}/mcp", flush=True)
    async with open_sandbox_house(load_settings({"TALENT_HOME": str(home)}), task_times=TIMES) as (house, _):
        app = http_app(fixture_server(house), house.store)
        await serve_http(app, listening, house.subscriptions.end_streams)


if __name__ == "__main__":
    anyio.run(serve, Path(sys.argv[1]))
