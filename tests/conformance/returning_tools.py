"""The fixture tools that return their questions, which the client answers with the next request (2026-07-28)."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)

Asked = str | InputRequiredResult


def form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema: dict[str, Any] = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(text: str, max_tokens: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def asking(state: str | None = None, /, **requests: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


def filled_in(ctx: Context[Any, Any], key: str, field: str) -> str | None:
    """What the person entered; None while there is no such answer."""
    response = (ctx.input_responses or {}).get(key)
    if not isinstance(response, ElicitResult) or response.action != "accept":
        return None
    value = (response.content or {}).get(field)
    return None if value is None else str(value)


def sampled(ctx: Context[Any, Any], key: str) -> str | None:
    response = (ctx.input_responses or {}).get(key)
    if isinstance(response, CreateMessageResult) and isinstance(response.content, TextContent):
        return response.content.text
    return None


def roots(ctx: Context[Any, Any], key: str) -> str | None:
    response = (ctx.input_responses or {}).get(key)
    return ", ".join(str(root.uri) for root in response.roots) if isinstance(response, ListRootsResult) else None


async def test_input_required_result_elicitation(ctx: Context[Any, Any]) -> Asked:
    """Needs a name."""
    name = filled_in(ctx, "user_name", "name")
    return asking(user_name=form("What is your name?", "name")) if name is None else f"Hello, {name}!"


async def test_input_required_result_sampling(ctx: Context[Any, Any]) -> Asked:
    """Needs the client's model."""
    answer = sampled(ctx, "capital_question")
    return asking(capital_question=sampling("What is the capital of France?", 100)) if answer is None else answer


async def test_input_required_result_list_roots(ctx: Context[Any, Any]) -> Asked:
    """Needs the client's roots."""
    found = roots(ctx, "client_roots")
    return asking(client_roots=ListRootsRequest()) if found is None else f"Roots: {found}"


async def test_input_required_result_request_state(ctx: Context[Any, Any]) -> Asked:
    """Needs its own state back."""
    confirmed = filled_in(ctx, "confirm", "ok")
    if confirmed is None or ctx.request_state != "asked":
        return asking("asked", confirm=form("Please confirm", "ok", "boolean"))
    return "state-ok"


async def test_input_required_result_tampered_state(ctx: Context[Any, Any]) -> Asked:
    """Needs its own state back, untouched."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Context[Any, Any]) -> Asked:
    """Needs three things at once."""
    answers = [filled_in(ctx, "user_name", "name"), sampled(ctx, "greeting"), roots(ctx, "client_roots")]
    if None not in answers:
        return " ".join(filter(None, answers))
    return asking(
        "asked",
        user_name=form("What is your name?", "name"),
        greeting=sampling("Generate a greeting", 50),
        client_roots=ListRootsRequest(),
    )


async def test_input_required_result_multi_round(ctx: Context[Any, Any]) -> Asked:
    """Needs two things, one after the other."""
    name, color = filled_in(ctx, "step1", "name"), filled_in(ctx, "step2", "color")
    if color is not None and ctx.request_state is not None:
        return f"{ctx.request_state} likes {color}"
    if name is not None:
        return asking(name, step2=form("Step 2: What is your favorite color?", "color"))
    return asking("asked", step1=form("Step 1: What is your name?", "name"))


async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> Asked:
    """Asks for what the client can give."""
    able = ctx.client_capabilities
    requests: dict[str, InputRequest] = {}
    if able is not None and able.sampling is not None:
        requests["question"] = sampling("What is the capital of France?", 100)
    if able is not None and able.elicitation is not None:
        requests["user_name"] = form("What is your name?", "name")
    return asking(**requests) if requests and not ctx.input_responses else "nothing to ask"


async def test_streaming_elicitation(ctx: Context[Any, Any]) -> Asked:
    """Reports progress and then needs a name."""
    await ctx.report_progress(1, 2)
    return await test_input_required_result_elicitation(ctx)


def add_returning_tools(server: MCPServer[dict[str, Any]]) -> None:
    for tool in (
        test_input_required_result_elicitation,
        test_input_required_result_sampling,
        test_input_required_result_list_roots,
        test_input_required_result_request_state,
        test_input_required_result_tampered_state,
        test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round,
        test_input_required_result_capabilities,
        test_streaming_elicitation,
    ):
        server.add_tool(tool, structured_output=False)
