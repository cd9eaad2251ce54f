"""An event loop whose clock jumps to the next timer, so that waiting for a minute takes none."""

import asyncio
from selectors import BaseSelector, DefaultSelector, SelectorKey
from typing import Any

EPOCH = 1_800_000_000.0
"""What the wall clock says when a loop starts."""


class JumpingSelector(DefaultSelector):
    """Never waits for a timer: `passed` is how long it would have waited."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.passed += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs in virtual time, which starts at zero."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        selector: BaseSelector = self.jumping
        super().__init__(selector)

    def time(self) -> float:
        return self.jumping.passed


VIRTUAL_TIME: tuple[str, dict[str, Any]] = ("asyncio", {"loop_factory": VirtualTimeLoop})


def wall_clock() -> float:
    """Unix seconds in virtual time."""
    return EPOCH + asyncio.get_running_loop().time()
