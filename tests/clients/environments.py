"""The Python environments of clients: ours cannot hold them all, as some need an older SDK."""

import hashlib
import shutil
import sys
from pathlib import Path

import anyio

from .catalog import CLIENTS, ENVIRONMENTS, HERE, interpreter_of

INSTALL = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]


async def build_environments() -> None:
    """Build those that are missing or were built from other requirements."""
    names = {client.python for client in CLIENTS if client.python is not None}
    async with anyio.create_task_group() as tasks:
        for name in sorted(names):
            tasks.start_soon(build_environment, name)


async def build_environment(name: str) -> None:
    requirements = HERE / f"requirements-{name}.txt"
    folder = ENVIRONMENTS / name
    stamp = folder / f"built-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if await anyio.Path(stamp).exists():
        return
    await anyio.to_thread.run_sync(start_anew, folder)
    await anyio.run_process([sys.executable, "-m", "venv", str(folder)])
    await anyio.run_process([str(interpreter_of(name)), *INSTALL, str(requirements)], stderr=None)
    await anyio.Path(stamp).touch()


def start_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
