"""How long something takes on this disk: what is quick need not be done in a thread, the way to which takes longer."""

QUICK_SECONDS = 0.003
"""Everything else waits meanwhile: what took longer once is done in a thread."""
QUICK_AGAIN = 32
"""After so many times that were quick, one after another, it is taken to be quick again."""
FEW = 32
"""So many rows are few."""


class Pace:
    """Nothing is quick before it was done once."""

    def __init__(self) -> None:
        self._to_show = 1

    @property
    def is_quick(self) -> bool:
        return self._to_show == 0

    def took(self, seconds: float) -> None:
        self._to_show = QUICK_AGAIN if seconds >= QUICK_SECONDS else max(0, self._to_show - 1)
