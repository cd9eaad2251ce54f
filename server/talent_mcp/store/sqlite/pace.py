"""How long something takes on this disk: what is quick need not be done in a thread, the way to which takes longer."""

QUICK_SECONDS = 0.003
"""So long may everything else wait meanwhile."""
FEW = 32
"""So many rows are few."""
REMEMBERED = 8
"""Over how many times it is averaged."""


class Pace:
    """Nothing is quick before it was done once."""

    def __init__(self) -> None:
        self._seconds = QUICK_SECONDS

    @property
    def is_quick(self) -> bool:
        return self._seconds < QUICK_SECONDS

    def took(self, seconds: float) -> None:
        self._seconds += (seconds - self._seconds) / REMEMBERED
