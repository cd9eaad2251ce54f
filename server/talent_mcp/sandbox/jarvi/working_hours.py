"""The limit on execution time: five minutes an hour on weekdays from 07:00 to 18:00 UTC."""

import math
from collections import deque
from datetime import UTC, datetime

HOUR = 3_600.0
BUDGET = 300.0


class ExecutionTime:
    """Seconds used in the last hour."""

    def __init__(self) -> None:
        self._spent: deque[tuple[float, float]] = deque()

    def wait(self, now: float) -> int:
        """Seconds until another call may run; 0 for at once."""
        while self._spent and self._spent[0][0] <= now - HOUR:
            self._spent.popleft()
        exhausted = sum(seconds for _, seconds in self._spent) >= BUDGET
        return math.ceil(self._spent[0][0] + HOUR - now) if exhausted and restricted(now) else 0

    def spend(self, now: float, seconds: float) -> None:
        self._spent.append((now, seconds))


def restricted(now: float) -> bool:
    moment = datetime.fromtimestamp(now, UTC)
    return moment.weekday() < 5 and 7 <= moment.hour < 18
