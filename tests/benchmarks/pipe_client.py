"""The lightest client for stdio: one JSON message a line on a process's pipes, and nothing read before it is timed."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice

from .messages import INITIALIZED, LEGACY, initialize, require_result, tool_call
from .processes import NotMeasured
from .tool_requests import Ask


class PipeClient:
    """A client of one server process, in the legacy era as MCP hosts are."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise NotMeasured("the process has no pipes")
        self._input, self._output = process.stdin, process.stdout
        self._numbers: Iterator[int] = count(1)

    def initialize(self) -> None:
        self._send(initialize())
        require_result(self._receive())
        self._send(INITIALIZED)

    def call(self, ask: Ask) -> float:
        """The seconds until the answer."""
        message = self._message(ask)
        started = time.perf_counter()
        self._send(message)
        answer = self._receive()
        elapsed = time.perf_counter() - started
        require_result(answer)
        return elapsed

    def flood(self, asks: Sequence[Ask], in_flight: int) -> float:
        """The seconds until all are answered, with no more than so many unanswered at a time."""
        messages = iter([self._message(ask) for ask in asks])
        started = time.perf_counter()
        for message in islice(messages, in_flight):
            self._send(message)
        answers: list[bytes] = []
        while len(answers) < len(asks):
            answers.append(self._receive())
            for message in islice(messages, 1):
                self._send(message)
        elapsed = time.perf_counter() - started
        for answer in answers:
            require_result(answer)
        return elapsed

    def _message(self, ask: Ask) -> bytes:
        return tool_call(next(self._numbers), ask.tool, ask.arguments, LEGACY)

    def _send(self, message: bytes) -> None:
        self._input.write(message + b"\n")
        self._input.flush()

    def _receive(self) -> bytes:
        line = self._output.readline()
        if not line:
            raise NotMeasured("the server closed its output")
        return line
