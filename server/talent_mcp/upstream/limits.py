"""Rate limits: how long the next request to a vendor must wait. Times are Unix seconds."""

from collections import deque
from collections.abc import Callable, Iterable

MINUTE, DAY = 60.0, 86_400.0


class RateLimit:
    """Sliding windows over a minute and a day, and what the vendor itself last asked for. A limit of 0 is none."""

    def __init__(self, *, per_minute: int, per_day: int, clock: Callable[[], float]) -> None:
        self._limits = [(window, limit) for window, limit in ((MINUTE, per_minute), (DAY, per_day)) if limit]
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=max((limit for _, limit in self._limits), default=1))
        self._free_at = 0.0

    def remember(self, earlier: Iterable[float]) -> None:
        """Count requests that were sent before this process (Unix seconds, oldest first)."""
        self._sent = deque(sorted([*earlier, *self._sent]), maxlen=self._sent.maxlen)

    def wait(self) -> float:
        """Seconds until a request may leave; 0 takes the place of one."""
        now = self._clock()
        free_at = max((self._free_at, *(self._opens_at(window, limit) for window, limit in self._limits)))
        if free_at <= now:
            self._sent.append(now)
        return max(0.0, free_at - now)

    def pause(self, seconds: float) -> None:
        """The vendor asked for a pause."""
        self._free_at = max(self._free_at, self._clock() + seconds)

    def _opens_at(self, window: float, limit: int) -> float:
        return self._sent[-limit] + window if len(self._sent) >= limit else 0.0
