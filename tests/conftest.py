"""What every test shares: one event loop, and an environment that owes nothing to this machine."""

import logging
from collections.abc import Generator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def untouched_root() -> Generator[None]:
    """The root logger as it was, whatever the test configures."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
