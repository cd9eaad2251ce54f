"""Processes to measure, started from this environment and ended with their block."""

import os
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
START_SECONDS = 30.0
END_SECONDS = 10.0
POLL_SECONDS = 0.02


class NotMeasured(Exception):
    """A process did not do what was to be measured."""


@contextmanager
def running(
    command: Sequence[str], extra: Mapping[str, str], log: Path, *, piped: bool = False
) -> Generator[subprocess.Popen[bytes]]:
    """The process, with pipes to talk through if `piped`; its standard error goes to `log`.

    An installed package has its bytecode, so each server keeps its own, in a folder of the run.
    """
    ends = subprocess.PIPE if piped else subprocess.DEVNULL
    bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(log.parent / "bytecode")}
    environment = {**os.environ, **bytecode, **extra}
    with log.open("ab") as errors:
        process = subprocess.Popen(command, env=environment, stdin=ends, stdout=ends, stderr=errors)  # noqa: S603
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it as a host does: close its input, then ask, then insist."""
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the process listens.

    Raises:
        NotMeasured: it ended, or does not listen in time.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(POLL_SECONDS)
        else:
            return
    raise NotMeasured(f"a server does not listen on port {port}: {last_lines(log)}")


def last_lines(log: Path) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]) or "it said nothing"
