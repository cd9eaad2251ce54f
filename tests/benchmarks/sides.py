"""Both sides of a comparison, running against one sandbox: talent-mcp, and the bare server."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from .http_client import HttpClient
from .messages import LEGACY, MODERN, Era
from .pipe_client import PipeClient
from .processes import BARE_VENDOR_TOOLS, TALENT_MCP, free_port, running, wait_for_port
from .tool_requests import JARVI_KEY, OCEAN_KEY, STARDEX_KEY, Ask

CREDITS = "1000000000"
NO_LIMITS = "".join(
    f"[{vendor}]\nrequests_per_minute = 0\nrequests_per_day = 0\n" for vendor in ("ocean", "stardex", "jarvi")
)
Way = Literal["stdio", "HTTP 2025-11-25", "HTTP 2026-07-28"]
HTTP_ERAS: dict[Way, Era] = {"HTTP 2025-11-25": LEGACY, "HTTP 2026-07-28": MODERN}


class Client(Protocol):
    """What is asked of either side."""

    def initialize(self) -> None: ...
    def call(self, ask: Ask) -> float: ...
    def flood(self, asks: list[Ask], in_flight: int) -> float: ...


@dataclass(frozen=True, slots=True)
class Sides:
    """A client of each server."""

    ours: Client
    bare: Client


@contextmanager
def sandbox(folder: Path) -> Generator[str]:
    """The three vendors in a process of their own; where they listen."""
    port, log = free_port(), folder / "sandbox.log"
    command = (*TALENT_MCP, "sandbox", "--port", str(port), "--no-rate-limits", "--credits", CREDITS)
    with running(command, {}, log) as process:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"


def settings(folder: Path, origin: str) -> dict[str, str]:
    """The environment of a server that uses the sandbox, with its own rate limits off."""
    config = folder / "config.toml"
    config.write_text(NO_LIMITS, encoding="utf-8")
    return {
        "TALENT_HOME": str(folder / "home"),
        "TALENT_CONFIG": str(config),
        "TALENT_OCEAN_URL": f"{origin}/ocean",
        "TALENT_STARDEX_URL": f"{origin}/stardex",
        "TALENT_JARVI_URL": f"{origin}/jarvi",
        "OCEAN_API_TOKEN": OCEAN_KEY,
        "STARDEX_API_KEY": STARDEX_KEY,
        "JARVI_API_KEY": JARVI_KEY,
    }


@contextmanager
def sides(folder: Path, origin: str) -> Generator[Callable[[Way], Sides]]:
    """Both servers over stdio and over HTTP; each way's clients are connected at its first use."""
    with ExitStack() as stack:
        ports = {"ours": free_port(), "bare": free_port()}
        over_http(stack, ports["ours"], (*TALENT_MCP, "serve", "--transport", "http", "--port"), folder, origin)
        over_http(stack, ports["bare"], (*BARE_VENDOR_TOOLS, origin), folder, origin)

        def connect(way: Way) -> Sides:
            if way == "stdio":
                ours = over_pipes(stack, (*TALENT_MCP, "serve"), folder, origin)
                return Sides(ours, over_pipes(stack, (*BARE_VENDOR_TOOLS, origin), folder, origin))
            clients = [stack.enter_context(closing(HttpClient(ports[side], HTTP_ERAS[way]))) for side in ports]
            for client in clients:
                client.initialize()
            return Sides(*clients)

        yield connect


def over_http(stack: ExitStack, port: int, command: tuple[str, ...], folder: Path, origin: str) -> None:
    log = folder / "http.log"
    process = stack.enter_context(running((*command, str(port)), settings(folder, origin), log))
    wait_for_port(port, process, log)


def over_pipes(stack: ExitStack, command: tuple[str, ...], folder: Path, origin: str) -> Client:
    process = stack.enter_context(running(command, settings(folder, origin), folder / "stdio.log", piped=True))
    client = PipeClient(process)
    client.initialize()
    return client
