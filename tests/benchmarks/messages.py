"""JSON-RPC messages of both protocol eras, and what an answer must be."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic_core import from_json, to_json

from .processes import NotMeasured

Era = Literal["2025-11-25", "2026-07-28"]
LEGACY: Era = "2025-11-25"
MODERN: Era = "2026-07-28"
CLIENT = {"name": "benchmark", "version": "1"}
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": CLIENT,
}
INITIALIZED = to_json({"jsonrpc": "2.0", "method": "notifications/initialized"})


def initialize() -> bytes:
    parameters = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
    return to_json({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": parameters})


def tool_call(identifier: int, tool: str, arguments: Mapping[str, Any], era: Era) -> bytes:
    parameters: dict[str, Any] = {"name": tool, "arguments": arguments}
    if era == MODERN:
        parameters["_meta"] = ENVELOPE
    return to_json({"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": parameters})


def require_result(answer: bytes) -> None:
    """Refuse to count an answer that is no result.

    Raises:
        NotMeasured: it is an error of the protocol or of the tool.
    """
    message: dict[str, Any] = from_json(answer)
    result: dict[str, Any] | None = message.get("result")
    if result is None or result.get("isError"):
        raise NotMeasured(f"a call failed: {answer[:300].decode(errors='replace')}")
