"""What this process writes of its newest calls, so that whoever reads it in the log need not open it again."""

from collections import OrderedDict
from dataclasses import dataclass

from pydantic import JsonValue

MOST_CALLS = 128
"""More than are made at once by any but a batch; what is not taken makes room for newer."""


@dataclass(frozen=True, slots=True)
class RecentCall:
    """What was recorded of a call that ended: what it asked for, and what came of it."""

    asked: JsonValue
    brought: JsonValue


class RecentCalls:
    """Remembers what was recorded of calls, each until it is taken or `forget` is called: it may be erased."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, JsonValue] = OrderedDict()
        self._ended: OrderedDict[str, RecentCall] = OrderedDict()

    def asked(self, call_id: str, recorded: JsonValue) -> None:
        """An intent is about to be written."""
        self._asked[call_id] = recorded
        if len(self._asked) > MOST_CALLS:
            self._asked.popitem(last=False)

    def brought(self, call_id: str, recorded: JsonValue) -> None:
        """An outcome is about to be written."""
        if call_id not in self._asked:
            return
        self._ended[call_id] = RecentCall(self._asked.pop(call_id), recorded)
        if len(self._ended) > MOST_CALLS:
            self._ended.popitem(last=False)

    def take(self, call_id: str) -> RecentCall | None:
        """What was recorded of this call, once."""
        return self._ended.pop(call_id, None)

    def forget(self) -> None:
        """Something of it may be no more to be kept."""
        self._asked.clear()
        self._ended.clear()
