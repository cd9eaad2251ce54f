"""Sliding windows of requests."""

import math
from collections import deque


class Window:
    """At most `most` requests in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._times: deque[float] = deque()

    def remaining(self, now: float) -> int:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return max(0, self.most - len(self._times))

    def reset_in(self, now: float) -> int:
        """Whole seconds until the oldest counted request leaves the window."""
        self.remaining(now)
        return math.ceil(self._times[0] + self.seconds - now) if self._times else 0

    def count(self, now: float) -> None:
        self._times.append(now)
