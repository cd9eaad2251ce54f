"""When an attempt that changed nothing is made again."""

from collections.abc import Callable
from functools import cache

from talent_tools.errors import VendorUnavailable

ATTEMPTS = 4
FIRST_WAIT, LONGEST_WAIT = 0.2, 4.0


class AgainAfter(Exception):
    """The attempt changed nothing and may be repeated, after `seconds` where the vendor said so."""

    def __init__(self, failure: VendorUnavailable, seconds: float | None = None) -> None:
        self.failure = failure
        self.seconds = seconds


def backoff(remaining: Callable[[], float]) -> Callable[[Exception], bool | float]:
    """For stamina: repeat after an AgainAfter, when it says, if the wait ends before the call must."""

    def wait(error: Exception) -> bool | float:
        if not isinstance(error, AgainAfter):
            return False
        if error.seconds is None:
            return remaining() > LONGEST_WAIT
        return error.seconds if error.seconds < remaining() else False

    return wait


@cache
def silence_stamina() -> None:
    """Take its default hook away, for the whole process: it logs exceptions, which may hold values."""
    # Loaded with the first client of a vendor: start-up need not wait for it.
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks(())
