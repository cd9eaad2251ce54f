"""Programs that a fault needs and that not every machine has."""

import os
import shutil

import pytest


def require(program: str) -> str:
    """Where it is; without it the test is skipped, and fails where CI says that everything is there."""
    found = shutil.which(program)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{program} is not installed")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found
