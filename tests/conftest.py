"""What every test shares: one event loop, and an environment that owes nothing to this machine."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
