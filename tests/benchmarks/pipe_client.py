"""The lightest client for stdio: one JSON message a line on a process's pipes, and nothing parsed while it is timed."""

import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice

from .messages import INITIALIZED, LEGACY, initialize, require_result, tool_call
from .processes import NotMeasured
from .tool_requests import Ask

CHUNK = 1024 * 1024


class PipeClient:
    """A client of one server process, in the legacy era as MCP hosts are.

    It never waits for the server to read while the server may wait for it to read: neither blocks on a full pipe.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise NotMeasured("the process has no pipes")
        self._input, self._output = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._input, False)
        self._unsent, self._received = b"", b""
        self._numbers: Iterator[int] = count(1)

    def initialize(self) -> None:
        require_result(self._exchange([initialize()], 1)[0])
        self._exchange([INITIALIZED], 1, answers=0)

    def call(self, ask: Ask) -> float:
        """The seconds until the answer."""
        return self.flood([ask], 1)

    def flood(self, asks: Sequence[Ask], in_flight: int) -> float:
        """The seconds until all are answered, with no more than so many unanswered at a time."""
        messages = [self._message(ask) for ask in asks]
        started = time.perf_counter()
        answers = self._exchange(messages, in_flight)
        elapsed = time.perf_counter() - started
        for answer in answers:
            require_result(answer)
        return elapsed

    def _exchange(self, messages: Sequence[bytes], in_flight: int, answers: int | None = None) -> list[bytes]:
        """The answers to these messages, in the order in which they come; by default one to each."""
        waiting, found = iter(messages), list[bytes]()
        wanted = len(messages) if answers is None else answers
        self._send(islice(waiting, in_flight))
        while len(found) < wanted or self._unsent:
            came = self._receive()
            found += came
            self._send(islice(waiting, len(came)))
        return found

    def _send(self, messages: Iterator[bytes]) -> None:
        self._unsent += b"".join(message + b"\n" for message in messages)
        self._write()

    def _write(self) -> None:
        """As much as the pipe takes."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._input, self._unsent) :]
        except BlockingIOError:
            return

    def _receive(self) -> list[bytes]:
        """The lines that have come, once something has; none if it was the server's turn to read."""
        if self._unsent and not self._readable():
            self._write()
            return []
        data = os.read(self._output, CHUNK)
        if not data:
            raise NotMeasured("the server closed its output")
        *lines, self._received = (self._received + data).split(b"\n")
        return lines

    def _readable(self) -> bool:
        """Wait until the server has written, or has made room; whether it has written."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            selector.register(self._input, selectors.EVENT_WRITE)
            return any(key.fd == self._output for key, _ in selector.select())

    def _message(self, ask: Ask) -> bytes:
        return tool_call(next(self._numbers), ask.tool, ask.arguments, LEGACY)
