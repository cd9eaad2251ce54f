"""A call that runs on, whoever waits for it, and what it asks its client meanwhile."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.context import HandlerResult

from talent_mcp.store.protocol import TaskRow

Call = Callable[[], Awaitable[HandlerResult]]


class Question:
    """A request to the client (such as elicitation/create) and its response, once that is there."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.response: Any = None
        self.answered = anyio.Event()


class Job:
    """One run of a call: in the end a result, an error of the protocol, or neither where it was cancelled.

    `task` is what it is known as, as soon as it is a task.
    """

    def __init__(self, call: Call, task: TaskRow | None = None) -> None:
        self.task = task
        self.scope = anyio.CancelScope()
        self.ended = anyio.Event()
        self.result: HandlerResult = None
        self.error: MCPError | None = None
        self._call = call
        self._questions: dict[str, Question] = {}
        self._asked = 0

    async def run(self) -> None:
        current.set(self)
        try:
            with self.scope:
                self.result = await self._call()
        except MCPError as error:
            self.error = error
        finally:
            self.ended.set()

    def outcome(self) -> HandlerResult:
        """The result.

        Raises:
            MCPError: that is how the call ended.
        """
        if self.error is not None:
            raise self.error
        return self.result

    async def ask(self, request: dict[str, Any]) -> Any:
        self._asked += 1
        key = f"question-{self._asked}"
        question = self._questions[key] = Question(request)
        try:
            await question.answered.wait()
        finally:
            del self._questions[key]
        return question.response

    def questions(self) -> dict[str, Any]:
        """The requests that no response has come to, by their keys."""
        open_ = {key: question for key, question in self._questions.items() if not question.answered.is_set()}
        return {key: question.request for key, question in open_.items()}

    def answer(self, responses: dict[str, Any]) -> None:
        """Pass responses on; those to nothing that was asked are dropped, as SEP-2663 wants it."""
        for key in self.questions().keys() & responses.keys():
            self._questions[key].response = responses[key]
            self._questions[key].answered.set()


current: ContextVar[Job] = ContextVar("current")


async def ask_client(request: dict[str, Any]) -> Any:
    """Ask the client of the task that this code runs in, and wait for its response (tasks/update).

    Raises:
        LookupError: this code runs in no task.
    """
    return await current.get().ask(request)


def task_client() -> Callable[[dict[str, Any]], Awaitable[Any]] | None:
    """The way to ask the client of the task that this code runs in; None where it runs in none, or in none yet."""
    job = current.get(None)
    return None if job is None or job.task is None else job.ask
