"""The machine and the versions that a table belongs to."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .environments import reference_versions

LIBRARIES = ("mcp", "pydantic", "anyio", "httpx2", "apsw", "uvicorn", "starlette", "stamina", "filelock")


def describe_machine() -> str:
    """One paragraph: processor, cores, system, Python, libraries and the day."""
    versions = {name: version(name) for name in LIBRARIES} | reference_versions()
    libraries = ", ".join(f"{name} {found}" for name, found in versions.items())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {cpu_model()}, {os.cpu_count()} cores; {platform.system()} "
        f"{platform.release()}; {platform.python_implementation()} {platform.python_version()}; {libraries}."
    )


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
