"""The environments of clients: ours cannot hold the Python ones, as some need an older SDK; make installs node's."""

import hashlib
import shutil
import sys
from pathlib import Path

import anyio

from .catalog import CLIENTS, DRIVERS, HERE, NODE_DRIVERS, interpreter_of

INSTALL = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]


async def build_environments() -> None:
    """Build those that are missing or were built from other requirements."""
    shutil.copytree(DRIVERS, NODE_DRIVERS, ignore=shutil.ignore_patterns("*.py", "__pycache__"), dirs_exist_ok=True)
    names = {client.python for client in CLIENTS if client.python is not None}
    async with anyio.create_task_group() as tasks:
        for name in sorted(names):
            tasks.start_soon(build_environment, HERE / f"requirements-{name}.txt")


async def build_environment(requirements: Path) -> None:
    """The environment that `requirements-NAME.txt` asks for."""
    name = requirements.stem.removeprefix("requirements-")
    folder = interpreter_of(name).parents[1]
    stamp = folder / f"built-{digest(requirements)}"
    if await anyio.Path(stamp).exists():
        return
    await anyio.to_thread.run_sync(start_anew, folder)
    await anyio.run_process([sys.executable, "-m", "venv", str(folder)])
    await anyio.run_process([str(interpreter_of(name)), *INSTALL, str(requirements)], stderr=None)
    await anyio.Path(stamp).touch()


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def start_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
