"""The judge of what tools answer: jsonschema with the schemas that the server advertises, not the models it answers with."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

import jsonschema
from mcp import Client
from mcp.types import CallToolResult

SNAPSHOTS = Path(__file__).parent / "toolsnaps"
"""The tools as they are advertised: test_inventory compares them in memory, test_all_transports on every transport."""


class JudgedClient(Client):
    """The official client, whose every tool result passes the judge."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        return self

    async def call_tool(self, name: str, *args: Any, **options: Any) -> CallToolResult:
        result = await super().call_tool(name, *args, **options)
        judge(name, result.model_dump(mode="json", by_alias=True))
        return result


class JudgedMessages:
    """The calls of tools in a conversation of raw JSON-RPC messages, whose every result passes the judge."""

    def __init__(self) -> None:
        self._asked: dict[int, str] = {}

    def asked(self, number: int, method: str, params: Mapping[str, Any]) -> None:
        if method == "tools/call":
            self._asked[number] = params["name"]

    def answered(self, message: Mapping[str, Any]) -> None:
        tool = self._asked.pop(message.get("id", -1), None)
        result = message.get("result", {})
        # A task has no result yet; who reads it from the task has it judged there.
        if tool is not None and result.get("resultType") != "task" and "error" not in message:
            judge(tool, result)


def judge(tool: str, result: Mapping[str, Any]) -> None:
    """Refuse what a tool must not answer; a failure has no structure to be judged.

    `result` is the one of tools/call, as it is on the wire.

    Raises:
        jsonschema.ValidationError: the structure breaks the tool's output schema.
        AssertionError: text and structure are not the same JSON, or there is no such tool.
    """
    judge_by(output_schema_of(tool), result)


def judge_by(schema: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """As `judge`, by this schema."""
    if result.get("isError"):
        return
    structure = result.get("structuredContent")
    jsonschema.validate(structure, schema, jsonschema.Draft202012Validator)
    texts = [block["text"] for block in result["content"] if block["type"] == "text"]
    assert [json.loads(text) for text in texts] == [structure], "text and structure differ"


def output_schema_of(tool: str) -> dict[str, Any]:
    assert tool in advertised(), f"no tool {tool} is advertised"
    schema: dict[str, Any] = advertised()[tool]["outputSchema"]
    return schema


@cache
def advertised() -> dict[str, dict[str, Any]]:
    """Every tool's definition as it is on the wire, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SNAPSHOTS.glob("*.json"))}
