"""What this process writes of its newest calls, so that whoever reads it in the log need not open it again."""

from collections import OrderedDict
from dataclasses import dataclass

from pydantic import JsonValue

MOST_BYTES = 2_000_000
"""How much is remembered, as JSON: what some hundred calls bring."""


@dataclass(frozen=True, slots=True)
class RecentCall:
    """What was recorded of a call that ended: what it asked for, and what came of it."""

    asked: JsonValue
    brought: JsonValue


@dataclass(frozen=True, slots=True)
class Remembered:
    """A call, and how many bytes of JSON it is; of one that has not ended, what it asked for."""

    call: RecentCall
    ended: bool
    size: int


class RecentCalls:
    """Remembers what is recorded of calls, each until it is taken, makes room for newer ones, or `forget` is called:
    it may be erased."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, Remembered] = OrderedDict()
        self._size = 0

    def asked(self, call_id: str, recorded: JsonValue, size: int) -> None:
        """An intent is about to be written."""
        self._remember(call_id, Remembered(RecentCall(recorded, None), ended=False, size=size))

    def brought(self, call_id: str, recorded: JsonValue, size: int) -> None:
        """An outcome is about to be written."""
        if (begun := self._drop(call_id)) is not None:
            whole = RecentCall(begun.call.asked, recorded)
            self._remember(call_id, Remembered(whole, ended=True, size=begun.size + size))

    def take(self, call_id: str) -> RecentCall | None:
        """What was recorded of this call if it has ended, once."""
        found = self._calls.get(call_id)
        if found is None or not found.ended:
            return None
        self._drop(call_id)
        return found.call

    def forget(self) -> None:
        """Something of it may be no more to be kept."""
        self._calls.clear()
        self._size = 0

    def _remember(self, call_id: str, remembered: Remembered) -> None:
        self._calls[call_id] = remembered
        self._size += remembered.size
        while self._size > MOST_BYTES:
            self._drop(next(iter(self._calls)))

    def _drop(self, call_id: str) -> Remembered | None:
        found = self._calls.pop(call_id, None)
        self._size -= 0 if found is None else found.size
        return found
