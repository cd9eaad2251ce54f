"""The client of the benchmarks on pipes that are too small for what is in flight."""

import subprocess
import sys
from collections.abc import Generator

import pytest

from .pipe_client import PipeClient
from .processes import NotMeasured
from .tool_requests import Ask

ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        print(json.dumps({"id": asked["id"], "result": {"echo": asked}}), flush=True)
"""
"""A server that reads nothing while its own output is not read, as node is on pipes."""
REFUSE = 'input(); print(\'{"id": 1, "result": {"isError": true}}\')'
LARGER_THAN_A_PIPE = Ask("search_people", {"text": "x" * 200_000})


@pytest.fixture
def echo() -> Generator[subprocess.Popen[bytes]]:
    yield from process_of(ECHO)


def process_of(program: str) -> Generator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own words
        yield process
        process.kill()


def test_neither_side_waits_for_the_other_for_ever(echo: subprocess.Popen[bytes]) -> None:
    client = PipeClient(echo)
    client.initialize()
    assert client.flood([LARGER_THAN_A_PIPE] * 40, 16) > 0
    assert client.call(Ask("search_people", {})) > 0


def test_an_answer_that_is_no_result_is_not_counted() -> None:
    for process in process_of(REFUSE):
        with pytest.raises(NotMeasured, match="a call failed"):
            PipeClient(process).call(Ask("search_people", {}))


def test_a_server_that_ends_is_not_measured() -> None:
    for process in process_of("input()"):
        with pytest.raises(NotMeasured, match="closed its output"):
            PipeClient(process).call(Ask("search_people", {}))
