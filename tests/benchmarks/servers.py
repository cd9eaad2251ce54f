"""The contenders' servers, running side by side on the same vendors, and a client of each."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .contenders import CONTENDERS, PYTHON, Contender, Way
from .http_client import HttpClient
from .messages import LEGACY, MODERN, Era
from .pipe_client import PipeClient
from .processes import free_port, running, wait_for_port
from .tool_requests import JARVI_KEY, OCEAN_KEY, STARDEX_KEY, Ask

CREDITS = "1000000000"
NO_LIMITS = "".join(
    f"[{vendor}]\nrequests_per_minute = 0\nrequests_per_day = 0\n" for vendor in ("ocean", "stardex", "jarvi")
)
ERAS: dict[Way, Era] = {"HTTP 2025-11-25": LEGACY, "HTTP 2026-07-28": MODERN}


class Client(Protocol):
    """What is asked of every server."""

    def initialize(self) -> None: ...
    def call(self, ask: Ask) -> float: ...
    def flood(self, asks: Sequence[Ask], in_flight: int) -> float: ...


Clients = Mapping[Contender, Client]


@contextmanager
def sandbox(folder: Path) -> Generator[str]:
    """The three vendors in a process of their own; where they listen."""
    port, log = free_port(), folder / "sandbox.log"
    command = (PYTHON, "-m", "talent_mcp", "sandbox", "--port", str(port), "--no-rate-limits", "--credits", CREDITS)
    with running(command, {}, log) as process:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"


def settings(folder: Path, origin: str) -> dict[str, str]:
    """The environment of a talent-mcp that uses these vendors, with its own rate limits off and its state in `folder`."""
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.write_text(NO_LIMITS, encoding="utf-8")
    return {
        "TALENT_HOME": str(folder / "home"),
        "TALENT_CONFIG": str(config),
        # Nobody is there to be asked.
        "TALENT_APPROVAL": "host",
        # Every call is to be asked of its vendor, as it is by the others.
        "TALENT_KEEP_ENRICHMENTS_DAYS": "0",
        "TALENT_KEEP_SEARCHES_SECONDS": "0",
        "TALENT_OCEAN_URL": f"{origin}/ocean",
        "TALENT_STARDEX_URL": f"{origin}/stardex",
        "TALENT_JARVI_URL": f"{origin}/jarvi",
        "OCEAN_API_TOKEN": OCEAN_KEY,
        "STARDEX_API_KEY": STARDEX_KEY,
        "JARVI_API_KEY": JARVI_KEY,
    }


@dataclass(slots=True)
class Servers:
    """Each server starts when a way first needs it, and runs until the stack ends."""

    stack: ExitStack
    folder: Path
    origin: str
    ports: dict[Contender, int] = field(default_factory=dict[Contender, int])

    def connect(self, way: Way) -> Clients:
        """A client of every contender that speaks it."""
        speaking = [contender for contender in CONTENDERS if way in contender.ways]
        if way != "stdio":
            # All listen before the first connects: who waits for the others on a connection finds it closed.
            for contender in speaking:
                self._port(contender)
        return {contender: self._client(contender, way) for contender in speaking}

    def _client(self, contender: Contender, way: Way) -> Client:
        if way == "stdio":
            return on_pipes(self.stack, contender, self.folder, self.origin)
        client = self.stack.enter_context(closing(HttpClient(self._port(contender), ERAS[way])))
        client.initialize()
        return client

    def _port(self, contender: Contender) -> int:
        if contender not in self.ports:
            port, log = free_port(), self.folder / f"{contender.name}-http.log"
            command = contender.command(self.origin, port)
            process = self.stack.enter_context(running(command, settings(self.folder, self.origin), log))
            wait_for_port(port, process, log)
            self.ports[contender] = port
        return self.ports[contender]


@contextmanager
def servers(folder: Path, origin: str) -> Generator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack, folder, origin)


def on_pipes(stack: ExitStack, contender: Contender, folder: Path, origin: str) -> PipeClient:
    environment, log = settings(folder, origin), folder / f"{contender.name}-stdio.log"
    process = stack.enter_context(running(contender.command(origin), environment, log, piped=True))
    client = PipeClient(process)
    client.initialize()
    return client
