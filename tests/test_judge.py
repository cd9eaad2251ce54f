"""The judge of tool results refuses what a tool must not answer, on every way that a test obtains it."""

import json
import subprocess
import sys
from typing import Any

import anyio
import pytest
from jsonschema import ValidationError
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent

from tests.judge import JudgedClient, JudgedMessages, judge, judge_by, output_schema_of
from tests.processes import Pipe

pytestmark = pytest.mark.anyio

EMPTY_PAGE: dict[str, Any] = {"people": [], "total": 0}
NO_PEOPLE: dict[str, Any] = {"total": 0}


def result(structure: Any, text: str | None = None) -> dict[str, Any]:
    """A result of tools/call, with this text or else the text that belongs to it."""
    link = {"type": "resource_link", "uri": "talent://calls/1", "name": "full result"}
    block = {"type": "text", "text": json.dumps(structure) if text is None else text}
    return {"content": [block, link], "structuredContent": structure}


@pytest.mark.parametrize(
    ("tool", "structure"),
    [
        ("search_people", EMPTY_PAGE),
        ("search_people", {"people": [{"id": "p1", "added_by_the_vendor": {"any": 1}}]}),
        ("enrich_person", {"status": "no_match"}),
        ("update_stardex_person", {"status": "unchanged", "person_id": "p", "changes": []}),
        (
            "upsert_jarvi_profile",
            {"status": "saved", "profile_id": "p", "profile_url": "u", "files_sent": 0, "changes": []},
        ),
    ],
)
def test_a_right_result_passes(tool: str, structure: dict[str, Any]) -> None:
    judge(tool, result(structure))


@pytest.mark.parametrize(
    ("tool", "structure"),
    [
        ("search_people", NO_PEOPLE),
        ("search_people", None),
        ("search_people", []),
        ("search_people", {"people": [{"name": "Ada"}]}),
        ("search_people", {"people": [{"id": "p1", "name": None}]}),
        ("search_people", {"people": [], "credits_used": "0.2"}),
        ("enrich_person", {"status": "lost"}),
        ("update_stardex_person", {"status": "updated", "person_id": "p"}),
        ("upsert_jarvi_profile", {"profile_id": "p", "profile_url": "u", "files_sent": "0"}),
    ],
)
def test_a_structure_that_breaks_its_schema_is_refused(tool: str, structure: Any) -> None:
    with pytest.raises(ValidationError):
        judge(tool, result(structure))


def test_a_schema_that_does_not_fit_a_right_result_refuses_it() -> None:
    schema = output_schema_of("search_people")
    judge_by(schema, result(EMPTY_PAGE))
    with pytest.raises(ValidationError, match="'page' is a required property"):
        judge_by({**schema, "required": ["people", "page"]}, result(EMPTY_PAGE))


@pytest.mark.parametrize("text", ['{"people": []}', '{"people": [], "total": 1}', "[]"])
def test_a_text_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match="text and structure differ"):
        judge("search_people", result(EMPTY_PAGE, text))


def test_a_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        judge("search_people", result(EMPTY_PAGE, "no people"))


def test_a_structure_without_its_text_is_refused() -> None:
    with pytest.raises(AssertionError, match="text and structure differ"):
        judge("search_people", {"content": [], "structuredContent": EMPTY_PAGE})


def test_a_tool_that_is_not_advertised_is_refused() -> None:
    with pytest.raises(AssertionError, match="no tool search_companies is advertised"):
        judge("search_companies", result(EMPTY_PAGE))


def test_a_failure_is_left_alone() -> None:
    judge("search_people", {"content": [{"type": "text", "text": "Nothing was sent."}], "isError": True})


@pytest.mark.parametrize(
    ("structure", "text", "refused"),
    [(NO_PEOPLE, json.dumps(NO_PEOPLE), ValidationError), (EMPTY_PAGE, "{}", AssertionError)],
)
async def test_the_client_refuses_a_wrong_result(
    structure: dict[str, Any], text: str, refused: type[Exception]
) -> None:
    """Of a server that advertises no schema, as the SDK's own client is content with that."""
    server: MCPServer[None] = MCPServer("wrong")

    @server.tool()
    async def search_people() -> CallToolResult:  # pyright: ignore[reportUnusedFunction]  # the SDK calls it
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=structure)

    async with JudgedClient(server) as client:
        with pytest.raises(refused):
            await client.call_tool("search_people", {})


async def test_a_pipe_refuses_a_wrong_result() -> None:
    line = json.dumps({"jsonrpc": "2.0", "id": 7, "result": result(NO_PEOPLE)})
    program = [sys.executable, "-c", f"input(); print({line!r})"]
    process = await anyio.open_process(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    async with process:
        pipe = Pipe(process)
        await pipe.request(7, "tools/call", name="search_people", arguments={})
        with pytest.raises(ValidationError):
            await pipe.answer()


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "result": {"resultType": "task", "taskId": "t_1"}},
        {"id": 1, "error": {"code": -32602, "message": "Unknown tool."}},
        {"id": 2, "result": {"tools": []}},
        {"method": "notifications/progress", "params": {}},
    ],
)
def test_a_message_that_carries_no_result_of_a_tool_is_left_alone(message: dict[str, Any]) -> None:
    messages = JudgedMessages()
    messages.asked(1, "tools/call", {"name": "search_people"})
    messages.asked(2, "tools/list", {})
    messages.answered(message)


def test_answers_are_judged_in_whatever_order_they_come() -> None:
    messages = JudgedMessages()
    messages.asked(1, "tools/call", {"name": "enrich_person"})
    messages.asked(2, "tools/call", {"name": "search_people"})
    messages.answered({"id": 2, "result": result(EMPTY_PAGE)})
    with pytest.raises(ValidationError):
        messages.answered({"id": 1, "result": result(EMPTY_PAGE)})
