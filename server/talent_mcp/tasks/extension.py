"""The extension on the SDK's seam: who may use it, and its three methods (SEP-2663, protocol 2026-07-28)."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Extension, MethodBinding, require_client_extension
from mcp.shared.inbound import decode_header_value
from mcp.types import HEADER_MISMATCH, INVALID_PARAMS, CallToolRequestParams, RequestParams
from pydantic import ConfigDict, Field

from talent_mcp.identity import Caller, local_caller
from talent_mcp.protocol import client_info
from talent_mcp.tasks.records import ToolRequest, pending_seconds
from talent_mcp.tasks.runner import TaskRunner
from talent_mcp.tasks.waiting import wait_inside

TASKS = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset({"2026-07-28"})
NAME_HEADER = "mcp-name"

RequestContext = ServerRequestContext[Any, Any]


class TaskParams(RequestParams):
    model_config = ConfigDict(defer_build=True)

    task_id: str = Field(alias="taskId")


class UpdateParams(TaskParams):
    input_responses: dict[str, Any] = Field(default_factory=dict, alias="inputResponses")


class Tasks(Extension):
    """Slow and pending calls become tasks, for clients that declare the extension; others see no difference.

    `required` names tools that cannot be called without it.
    """

    identifier = TASKS

    def __init__(
        self, runner: TaskRunner, *, transport: str, call_seconds: float, required: Collection[str] = ()
    ) -> None:
        self._runner = runner
        self._transport = transport
        self._call_seconds = call_seconds
        self._required = required

    def methods(self) -> Sequence[MethodBinding]:
        return [
            MethodBinding("tasks/get", TaskParams, self._get, VERSIONS),
            MethodBinding("tasks/update", UpdateParams, self._update, VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, VERSIONS),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: RequestContext, call_next: CallNext
    ) -> HandlerResult:
        request = ToolRequest(caller=self._caller(ctx), tool=params.name, arguments=params.arguments or {})
        if declared(ctx):
            return await self._runner.attend(request, partial(call_next, ctx))
        if params.name in self._required:
            require_client_extension(ctx, TASKS)
        return await self._without_task(request, ctx, call_next)

    async def _without_task(self, request: ToolRequest, ctx: RequestContext, call_next: CallNext) -> HandlerResult:
        began = anyio.current_time()
        result = await call_next(ctx)
        if pending_seconds(result) is None or "progress_token" not in (ctx.meta or {}):
            return result
        return await wait_inside(
            result,
            partial(self._runner.again, request),
            ctx.session.report_progress,
            times=self._runner.times,
            began=began,
            call_seconds=self._call_seconds,
        )

    async def _get(self, ctx: RequestContext, params: TaskParams) -> HandlerResult:
        check(ctx, params)
        found = await self._runner.describe(self._caller(ctx), params.task_id)
        if found is None:
            raise unknown_task()
        return found

    async def _update(self, ctx: RequestContext, params: UpdateParams) -> HandlerResult:
        check(ctx, params)
        if not await self._runner.answer(self._caller(ctx), params.task_id, params.input_responses):
            raise unknown_task()
        return {}

    async def _cancel(self, ctx: RequestContext, params: TaskParams) -> HandlerResult:
        check(ctx, params)
        if not await self._runner.cancel(self._caller(ctx), params.task_id):
            raise unknown_task()
        return {}

    def _caller(self, ctx: RequestContext) -> Caller:
        return local_caller(self._transport, client_info(ctx.session))


def declared(ctx: RequestContext) -> bool:
    """Whether the request comes from a client that has said it knows tasks, in a protocol that has them."""
    capabilities = ctx.session.client_capabilities
    return ctx.protocol_version in VERSIONS and TASKS in ((capabilities and capabilities.extensions) or {})


def check(ctx: RequestContext, params: TaskParams) -> None:
    """Refuse clients that do not declare the extension, and a routing header that names another task.

    The SDK compares the header with the body for its own three methods only.
    """
    require_client_extension(ctx, TASKS)
    name = None if ctx.request is None else decode_header_value(ctx.request.headers.get(NAME_HEADER))
    if name is not None and name != params.task_id:
        raise MCPError(HEADER_MISMATCH, "The Mcp-Name header does not match params.taskId.")


def unknown_task() -> MCPError:
    return MCPError(INVALID_PARAMS, "Unknown task: there is none of this taskId, or it has expired.")
