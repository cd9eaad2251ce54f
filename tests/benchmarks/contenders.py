"""Who is compared: talent-mcp, and servers of other makings whose tools make the same vendor requests."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.clients.catalog import NODE, interpreter_of

from .environments import FASTMCP, NODE_REFERENCES, REFERENCES
from .processes import HERE
from .tool_requests import Ask, Pair

Way = Literal["stdio", "HTTP 2025-11-25", "HTTP 2026-07-28"]
LEGACY_WAYS: tuple[Way, ...] = ("stdio", "HTTP 2025-11-25")
WAYS: tuple[Way, ...] = (*LEGACY_WAYS, "HTTP 2026-07-28")
PYTHON = sys.executable


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One server: what starts it with a single tool or with the four, and what it speaks."""

    name: str
    hello: tuple[str, ...]
    four_tools: tuple[str, ...]
    is_ours: bool = False
    ways: tuple[Way, ...] = WAYS

    def command(self, origin: str, port: int | None = None) -> tuple[str, ...]:
        """The server with the four tools, its vendors at `origin`: on stdio, or on a port."""
        if self.is_ours:
            return self.four_tools if port is None else (*self.four_tools, "--transport", "http", "--port", str(port))
        return (*self.four_tools, origin) if port is None else (*self.four_tools, origin, str(port))

    def ask(self, pair: Pair) -> Ask:
        arguments = pair.ours if self.is_ours else pair.bare
        return Ask(pair.tool, arguments(next(pair.numbers)))


def python_reference(name: str, python: str | Path, folder: Path, prefix: str) -> Contender:
    scripts = (folder / f"{prefix}_hello.py", folder / f"{prefix}_vendor_tools.py")
    hello, four_tools = ((str(python), str(script)) for script in scripts)
    return Contender(name=name, hello=hello, four_tools=four_tools)


OURS = Contender(
    name="talent-mcp",
    hello=(PYTHON, "-m", "talent_mcp", "serve"),
    four_tools=(PYTHON, "-m", "talent_mcp", "serve"),
    is_ours=True,
)
BARE = python_reference("bare SDK", PYTHON, HERE, "bare")
FAST = python_reference("fastmcp", interpreter_of(FASTMCP), REFERENCES, "fastmcp")
TYPESCRIPT = Contender(
    name="TypeScript SDK",
    hello=(str(NODE), str(NODE_REFERENCES / "typescript_hello.mjs")),
    four_tools=(str(NODE), str(NODE_REFERENCES / "typescript_vendor_tools.mjs")),
    ways=LEGACY_WAYS,
)
CONTENDERS = (OURS, BARE, FAST, TYPESCRIPT)
"""The order of the table's columns; ratios are those of the first to the second."""
