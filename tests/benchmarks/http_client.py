"""A light client for streamable HTTP, in the legacy era (a session) or the modern one (no state at all)."""

import selectors
import time
from collections.abc import Iterator, Sequence
from itertools import count

from .http_connection import Connection
from .messages import INITIALIZED, LEGACY, MODERN, Era, initialize, require_result, tool_call
from .processes import NotMeasured
from .tool_requests import Ask

PATH = "/mcp"
OK = 200


class HttpClient:
    """A client of the server on a port, with one connection, or as many as a flood needs."""

    def __init__(self, port: int, era: Era) -> None:
        self._port = port
        self._era: Era = era
        self._numbers: Iterator[int] = count(1)
        self._headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": era}
        self._connection = Connection(port)

    def close(self) -> None:
        self._connection.close()

    def initialize(self) -> None:
        """Open the session that the legacy era needs."""
        if self._era == MODERN:
            return
        self._connection.post(PATH, self._headers, initialize())
        answer = self._connection.answer()
        require_result(answer.message())
        self._headers["Mcp-Session-Id"] = answer.headers["mcp-session-id"]
        self._connection.post(PATH, self._headers, INITIALIZED)
        self._connection.answer()

    def call(self, ask: Ask) -> float:
        """The seconds until the answer."""
        started = time.perf_counter()
        self._post(self._connection, ask)
        answer = self._connection.answer()
        elapsed = time.perf_counter() - started
        if answer.status != OK:
            raise NotMeasured(f"HTTP {answer.status}: {answer.body[:200].decode(errors='replace')}")
        require_result(answer.message())
        return elapsed

    def flood(self, asks: Sequence[Ask], in_flight: int) -> float:
        """The seconds until all are answered, each on one of so many connections."""
        connections = [Connection(self._port) for _ in range(in_flight)]
        try:
            return self._flooded(asks, connections)
        finally:
            for connection in connections:
                connection.close()

    def _flooded(self, asks: Sequence[Ask], connections: list[Connection]) -> float:
        waiting, answers = iter(asks), list[bytes]()
        with selectors.DefaultSelector() as selector:
            started = time.perf_counter()
            for connection, ask in zip(connections, waiting, strict=False):
                selector.register(connection, selectors.EVENT_READ, connection)
                self._post(connection, ask)
            while len(answers) < len(asks):
                for key, _ in selector.select():
                    self._take(key.data, waiting, answers)
            elapsed = time.perf_counter() - started
        for message in answers:
            require_result(message)
        return elapsed

    def _take(self, connection: Connection, waiting: Iterator[Ask], answers: list[bytes]) -> None:
        answer = connection.feed()
        if answer is None:
            return
        answers.append(answer.message())
        if (ask := next(waiting, None)) is not None:
            self._post(connection, ask)

    def _post(self, connection: Connection, ask: Ask) -> None:
        headers = self._headers
        if self._era != LEGACY:
            headers = {**headers, "Mcp-Method": "tools/call", "Mcp-Name": ask.tool}
        connection.post(PATH, headers, tool_call(next(self._numbers), ask.tool, ask.arguments, self._era))
