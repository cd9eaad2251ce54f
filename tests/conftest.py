"""What every test shares: one event loop, no clock to race against, and nothing of this machine's environment."""

import logging
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


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
