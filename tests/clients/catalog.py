"""The clients: software that we did not write, what drives it, and what it speaks."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Era = Literal["modern", "legacy"]
Transport = Literal["stdio", "sse", "http"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DRIVERS = HERE / "drivers"
ENVIRONMENTS = ROOT / ".clients"
NODE_ENVIRONMENT = ENVIRONMENTS / "node"
NODE_DRIVERS = NODE_ENVIRONMENT / "drivers"
"""Copies: node finds packages from where a module lies."""

NODE = NODE_ENVIRONMENT / "node_modules" / ".bin" / "node"

PROTOCOLS: dict[Era, str] = {"modern": "2026-07-28", "legacy": "2025-11-25"}
TRANSPORTS: tuple[Transport, ...] = ("stdio", "sse", "http")
NAMES: dict[Transport, str] = {"stdio": "stdio", "sse": "SSE", "http": "streamable HTTP"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TestedClient:
    """One client: the eras that it speaks on each transport."""

    name: str
    driver: str
    python: str | None = None
    """The environment it runs in; without one it runs on node."""
    speaks: dict[Transport, tuple[Era, ...]]
    remark: str = ""

    @property
    def command(self) -> list[str]:
        if self.python is None:
            return [str(NODE), str(NODE_DRIVERS / self.driver)]
        return [str(interpreter_of(self.python)), str(DRIVERS / self.driver)]


def interpreter_of(environment: str) -> Path:
    folder = ENVIRONMENTS / environment
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


BOTH: dict[Transport, tuple[Era, ...]] = dict.fromkeys(TRANSPORTS, ("modern", "legacy"))
LEGACY: dict[Transport, tuple[Era, ...]] = dict.fromkeys(TRANSPORTS, ("legacy",))
MODERN: dict[Transport, tuple[Era, ...]] = dict.fromkeys(TRANSPORTS, ("modern",))

CLIENTS = (
    TestedClient(
        name="Inspector CLI",
        driver="inspector.mjs",
        speaks=BOTH,
        remark="lists tools with `--strict`: no schema error; a process a request",
    ),
    TestedClient(name="TypeScript `@modelcontextprotocol/sdk`", driver="typescript_sdk.mjs", speaks=LEGACY),
    TestedClient(name="TypeScript `@modelcontextprotocol/client`", driver="typescript_client.mjs", speaks=BOTH),
    TestedClient(
        name="fastmcp",
        driver="fastmcp_client.py",
        python="modern",
        speaks={**BOTH, "sse": ("legacy",)},
        remark="speaks no 2026-07-28 on SSE",
    ),
    TestedClient(
        name="pydantic-ai",
        driver="pydantic_ai_toolset.py",
        python="modern",
        speaks={**BOTH, "sse": ("legacy",)},
        remark="on fastmcp's client: no 2026-07-28 on SSE; gives the model the text, read as JSON, and the link to the full result",
    ),
    TestedClient(
        name="openai-agents",
        driver="openai_agents.py",
        python="modern",
        speaks=MODERN,
        remark="takes the newest protocol of the server; an older one cannot be asked for",
    ),
    TestedClient(name="langchain-mcp-adapters", driver="langchain_adapters.py", python="legacy", speaks=LEGACY),
    TestedClient(name="mcp-use", driver="mcp_use_client.py", python="legacy", speaks=LEGACY),
)
