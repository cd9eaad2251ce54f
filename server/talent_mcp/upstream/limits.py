"""Rate limits: how long the next request to a vendor must wait, and in which order. Times are Unix seconds."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import anyio

MINUTE, DAY = 60.0, 86_400.0


class RateLimit:
    """Sliding windows over a minute and a day, and what the vendor itself last asked for. A limit of 0 is none."""

    def __init__(self, *, per_minute: int, per_day: int, clock: Callable[[], float]) -> None:
        self._limits = [(window, limit) for window, limit in ((MINUTE, per_minute), (DAY, per_day)) if limit]
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=max((limit for _, limit in self._limits), default=1))
        self._free_at = 0.0
        self._seen = 0.0

    def remember(self, earlier: Iterable[float]) -> None:
        """Count requests that were sent before this process (Unix seconds)."""
        self._sent = deque(sorted([*earlier, *self._sent]), maxlen=self._sent.maxlen)

    def wait(self) -> float:
        """Seconds until a request may leave; 0 takes the place of one."""
        now = self._now()
        free_at = self._opens_at(self._sent)
        if free_at <= now:
            self._sent.append(now)
        return max(0.0, free_at - now)

    def newest(self) -> float:
        """The place that was taken last."""
        return self._sent[-1]

    def give_back(self, place: float) -> None:
        """Free a place: its request never left."""
        # It is no longer found after the machine's clock was put back, and then stays taken.
        with suppress(ValueError):
            self._sent.remove(place)

    def wait_behind(self, ahead: int) -> float:
        """Seconds until a request may leave that lets so many others go first; takes no place."""
        now = at = self._now()
        sent = self._sent.copy() if ahead else self._sent
        for _ in range(ahead):
            sent.append(max(now, self._opens_at(sent)))
        return max(at, self._opens_at(sent)) - now

    def pause(self, seconds: float) -> None:
        """The vendor asked for a pause."""
        self._free_at = max(self._free_at, self._now() + seconds)

    def _now(self) -> float:
        now = self._clock()
        # Of a pause that is under way no more is left after the machine's clock was put back than before.
        self._free_at -= max(0.0, self._seen - now)
        self._seen = now
        if self._sent and self._sent[-1] > now:
            # The machine's clock was put back: what was sent, was sent by now.
            self._sent = deque((min(at, now) for at in self._sent), maxlen=self._sent.maxlen)
        return now

    def _opens_at(self, sent: Sequence[float]) -> float:
        opens = (sent[-limit] + window for window, limit in self._limits if len(sent) >= limit)
        return max(self._free_at, *opens, 0.0)


class Queue:
    """Lets calls through a rate limit in the order in which they came."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._front = anyio.Lock(fast_acquire=True)

    def expected(self) -> float:
        """Seconds until a call that came now would have its turn."""
        waiting = self._front.statistics()
        return self._limit.wait_behind(waiting.tasks_waiting + waiting.locked)

    async def turn(self, remaining: Callable[[], float]) -> float:
        """Wait for a place and take it: 0. If none comes up in the seconds remaining: when one would."""
        seconds = self.expected()
        if seconds > remaining():
            return seconds
        with anyio.move_on_after(remaining()):
            async with self._front:
                while seconds := self._limit.wait():
                    if seconds > remaining():
                        return seconds
                    await anyio.sleep(seconds)
                return 0.0
        return max(self._limit.wait_behind(0), 1.0)
