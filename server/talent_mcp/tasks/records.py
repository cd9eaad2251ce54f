"""A task as it is stored and as clients see it (SEP-2663)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any, TypeGuard

from mcp.server.context import HandlerResult
from mcp.types import CallToolResult
from pydantic import BaseModel, JsonValue
from pydantic_core import from_json

from talent_mcp.audit.entries import as_json
from talent_mcp.identity import Caller
from talent_mcp.store.protocol import TaskRow
from talent_mcp.tasks.times import TaskTimes

PENDING_MESSAGE = "The vendor is still gathering data. talent-mcp asks again by itself."


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolRequest:
    """One call of one tool: all that is needed to make it again."""

    caller: Caller
    tool: str
    arguments: dict[str, Any]

    def to_bytes(self) -> bytes:
        caller = self.caller
        return as_json(
            {
                "tool": self.tool,
                "arguments": self.arguments,
                "transport": caller.transport,
                "client": caller.client,
            }
        )


def stored_request(task: TaskRow) -> ToolRequest:
    """What a working task asks for, on behalf of whom."""
    fields = from_json(task.request)
    caller = Caller(
        principal=task.principal, tenant=task.tenant, transport=fields["transport"], client=fields["client"]
    )
    return ToolRequest(caller=caller, tool=fields["tool"], arguments=fields["arguments"])


def new_task(request: ToolRequest, times: TaskTimes, now: float) -> TaskRow:
    """A task whose first call is running."""
    return TaskRow(
        tenant=request.caller.tenant,
        task_id=f"t_{token_urlsafe(16)}",
        principal=request.caller.principal,
        status="working",
        repeatable=False,
        created_at=now,
        updated_at=now,
        due_at=now + times.lease,
        expires_at=now + times.keeping,
        request=request.to_bytes(),
    )


def wire_task(task: TaskRow, poll: float) -> dict[str, Any]:
    """The fields that CreateTaskResult and the answer to tasks/get have in common."""
    fields: dict[str, Any] = {
        "taskId": task.task_id,
        "status": task.status,
        "createdAt": timestamp(task.created_at),
        "lastUpdatedAt": timestamp(task.updated_at),
        "ttlMs": int((task.expires_at - task.created_at) * 1000),
        "pollIntervalMs": int(poll * 1000),
    }
    if task.status == "working" and task.repeatable:
        fields["statusMessage"] = PENDING_MESSAGE
    return fields


def detailed_task(task: TaskRow, poll: float, questions: dict[str, Any]) -> dict[str, Any]:
    """The answer to tasks/get: also what came of the task, or what it needs to know."""
    fields = wire_task(task, poll)
    if task.status == "working" and questions:
        return {**fields, "status": "input_required", "inputRequests": questions}
    if task.status == "completed" and task.answer is not None:
        fields["result"] = from_json(task.answer)
    if task.status == "failed" and task.answer is not None:
        fields["error"] = from_json(task.answer)
    return fields


def timestamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire_json(result: HandlerResult) -> bytes:
    """A result as it would have been sent."""
    return as_json(as_wire(result))


def as_wire(result: HandlerResult) -> JsonValue:
    if isinstance(result, BaseModel):
        dumped: JsonValue = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return dumped
    return result


def pending_seconds(result: HandlerResult) -> float | None:
    """In how many seconds to ask again, if the vendor is not done yet; None if this is the end."""
    content = result.structured_content if isinstance(result, CallToolResult) else None
    if not is_object(content) or content.get("status") != "pending":
        return None
    return float(content.get("retry_after_seconds", 0))


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
