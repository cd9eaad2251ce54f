"""A process that holds keys leaves no core dump and lets no debugger of its user in."""

import json
import os
import subprocess
import sys

import pytest

from talent_mcp.keys.memory import Protection, protect_memory

LOOK = """
import ctypes, json, resource
from talent_mcp.keys.memory import protect_memory

def look():
    return [resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]

hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
before = look()
said = protect_memory()
print(json.dumps([before, look(), [said.core_dumps_off, said.tracing_off]]))
"""


def run_python(code: str) -> str:
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout  # noqa: S603  # our own words


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_core_dumps_and_tracing_are_switched_off() -> None:
    before, after, said = json.loads(run_python(LOOK))
    assert (before[0][0], before[1]) == (before[0][1], 1)
    assert after == [[0, 0], 0]
    assert said == [True, True]


def test_it_is_done_once() -> None:
    assert protect_memory() is protect_memory()
    if sys.platform == "linux":
        assert protect_memory() == Protection(core_dumps_off=True, tracing_off=True)


def test_start_up_does_not_load_what_it_takes() -> None:
    code = "import sys, talent_mcp.cli.serving; print({'ctypes', 'resource'} & set(sys.modules))"
    assert run_python(code).strip() == "set()"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_key_is_read_only_after_that() -> None:
    code = """
import anyio, resource, tempfile
from pathlib import Path
from talent_mcp.keys.master import Master
from talent_mcp.keys.master_files import FilePlace

limits = []

class Watched(FilePlace):
    async def read(self):
        limits.append(resource.getrlimit(resource.RLIMIT_CORE)[0])
        return await super().read()

async def main():
    with tempfile.TemporaryDirectory() as folder:
        await Master(Watched(Path(folder) / "master.key")).made()

hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
anyio.run(main)
print(limits)
"""
    assert set(json.loads(run_python(code))) == {0}
