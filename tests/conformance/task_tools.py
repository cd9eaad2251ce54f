"""The fixture tools of the tasks scenarios: what becomes a task, fails as one, or asks from within one."""

from typing import Any

import anyio
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import INTERNAL_ERROR, ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult

from talent_mcp.tasks.jobs import ask_client

ONLY_WITH_TASKS = ("failing_job", "test_tool_with_task")
"""Tools that a client without the extension is refused."""
NAME: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
CONFIRM: dict[str, Any] = {"type": "object", "properties": {"confirm": {"type": "boolean"}}, "required": ["confirm"]}


def form(message: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A question as tasks/get shows it."""
    return {
        "method": "elicitation/create",
        "params": {"mode": "form", "message": message, "requestedSchema": schema},
    }


async def greet(name: str) -> str:
    """Greets at once."""
    return f"Hello, {name}!"


async def slow_compute(seconds: float, label: str = "") -> str:
    """Takes its time."""
    await anyio.sleep(seconds)
    return f"{label} took {seconds} s"


async def failing_job() -> str:
    """Fails after a second."""
    await anyio.sleep(1)
    raise ToolError("This job always fails.")


async def protocol_error_job() -> str:
    """Ends in an error of the protocol."""
    await anyio.sleep(1)
    raise MCPError(INTERNAL_ERROR, "This job always breaks.")


async def confirm_delete(filename: str) -> str:
    """Asks before it pretends to delete."""
    answer = await ask_client(form(f"Delete {filename}?", CONFIRM))
    return f"{filename}: {answer}"


async def multi_input() -> str:
    """Asks two things at once."""
    answers: list[Any] = []

    async def ask(what: str) -> None:
        answers.append(await ask_client(form(what, NAME)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "First name?")
        tasks.start_soon(ask, "Second name?")
    return str(answers)


async def test_tool_with_task(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Asks within the request, then goes on as a task."""
    given = (ctx.input_responses or {}).get("user_name")
    if not isinstance(given, ElicitResult):
        params = ElicitRequestFormParams(message="Who are you?", requested_schema=NAME)
        return InputRequiredResult(input_requests={"user_name": ElicitRequest(params=params)})
    await anyio.sleep(1)
    return f"Hello, {(given.content or {}).get('name')}!"


def add_task_tools(server: MCPServer[Any]) -> None:
    for tool in (
        greet,
        slow_compute,
        failing_job,
        protocol_error_job,
        confirm_delete,
        multi_input,
        test_tool_with_task,
    ):
        server.add_tool(tool)
