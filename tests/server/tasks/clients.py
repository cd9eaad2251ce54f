"""An official client that speaks the tasks extension, as a host's SDK would."""

from typing import Any, Literal

from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.session import ClientSession
from mcp.types import CallToolResult, Request, RequestParams, Result
from pydantic import ConfigDict, Field

from talent_mcp.tasks.extension import TASKS
from tests.judge import JudgedClient, judge

ENDED = ("completed", "failed", "cancelled")


class CreatedTask(Result):
    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    created_at: str
    last_updated_at: str
    ttl_ms: int
    poll_interval_ms: int


class TaskAnswer(Result):
    """Any answer, as it came."""

    model_config = ConfigDict(extra="allow")


class TaskParams(RequestParams):
    task_id: str = Field(alias="taskId")
    input_responses: dict[str, Any] | None = Field(default=None, alias="inputResponses")


class TaskRequest(Request[TaskParams, str]):
    name_param = "taskId"


async def ask(session: ClientSession, verb: str, task_id: str, **params: Any) -> dict[str, Any]:
    """The answer to tasks/VERB."""
    request = TaskRequest(method=f"tasks/{verb}", params=TaskParams(taskId=task_id, **params))
    answer = await session.send_request(request, TaskAnswer)
    return dict(answer.model_extra or {})


async def ended(session: ClientSession, tool: str, task_id: str) -> dict[str, Any]:
    """The task that a call of this tool became, once it has ended."""
    task = await in_status(session, task_id, *ENDED)
    if "result" in task:
        judge(tool, task["result"])
    return task


async def in_status(session: ClientSession, task_id: str, *statuses: str) -> dict[str, Any]:
    while True:
        task = await ask(session, "get", task_id)
        if task["status"] in statuses:
            return task


class TasksOfClient(ClientExtension):
    """Waits for the tasks that calls become; `created` lists them."""

    identifier = TASKS

    def __init__(self) -> None:
        self.created: list[CreatedTask] = []

    def claims(self) -> list[ResultClaim[CreatedTask]]:
        return [ResultClaim(result_type="task", model=CreatedTask, resolve=self.resolve)]

    async def resolve(self, task: CreatedTask, context: ClaimContext) -> CallToolResult:
        self.created.append(task)
        return CallToolResult.model_validate((await ended(context.session, context.tool_name, task.task_id))["result"])


async def created(client: JudgedClient, tool: str, arguments: dict[str, Any]) -> CreatedTask:
    """The task that a call becomes."""
    result = await client.session.call_tool(tool, arguments, allow_claimed=True)
    assert isinstance(result, CreatedTask), result
    return result
