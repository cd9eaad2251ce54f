"""What a driver is asked to do arrives as one JSON argument; what it saw leaves as the last line of its output."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """One connection: how to reach the server and what to do there."""

    transport: str
    era: str
    command: list[str]
    environment: dict[str, str]
    url: str
    calls: dict[str, dict[str, Any]]
    resource: str
    prompt: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the client was given."""

    protocol: str | None
    tools: list[str]
    calls: dict[str, Any]
    resource: str
    prompt: str


def main(package: str, run: Callable[[Errand], Coroutine[Any, Any, Seen]]) -> None:
    seen = asyncio.run(run(Errand(**json.loads(sys.argv[1]))))
    answer = {
        "version": version(package),
        "protocol": seen.protocol,
        "tools": seen.tools,
        "calls": seen.calls,
        "resource": seen.resource,
        "prompt": seen.prompt,
    }
    print(json.dumps(answer))
