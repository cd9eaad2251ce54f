"""Which entries an export holds: by time each for itself, by all else with the whole of their calls."""

from collections import OrderedDict
from dataclasses import dataclass

from pydantic import JsonValue

from talent_mcp.audit.calls import State, state
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.reading import mentions
from talent_mcp.store.protocol import Store

MOST_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What is wanted; None wants all. Times are RFC 3339 in UTC, as entries have them: since <= time < until.

    `subjects` are the names by which the log knows a person.
    """

    since: str | None = None
    until: str | None = None
    call: str | None = None
    tool: str | None = None
    vendor: str | None = None
    outcome: State | None = None
    subjects: frozenset[str] | None = None

    @property
    def of_calls(self) -> bool:
        """Whether it depends on more than an entry's time."""
        return any(wanted is not None for wanted in (self.call, self.tool, self.vendor, self.outcome, self.subjects))

    @property
    def is_all(self) -> bool:
        return self.since is self.until is None and not self.of_calls

    @property
    def in_words(self) -> dict[str, JsonValue]:
        """What was asked for, for the reader of an export; of a person only that one was."""
        asked: dict[str, JsonValue] = {
            "since": self.since,
            "until": self.until,
            "call": self.call,
            "tool": self.tool,
            "vendor": self.vendor,
            "outcome": self.outcome,
            "person": None if self.subjects is None else True,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def covers(self, entry: StoredEntry) -> bool:
        """Whether an entry is of the time that is wanted."""
        time = str(entry.envelope["time"])
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)

    def contradicted(self, entry: StoredEntry) -> bool:
        """Whether one entry is enough to know that its call is not wanted."""
        said = entry.envelope
        return said.get("call") != (self.call or said.get("call")) or (
            "tool" in said
            and (said["tool"], said.get("vendor")) != (self.tool or said["tool"], self.vendor or said.get("vendor"))
        )

    def wants(self, call: list[StoredEntry]) -> bool:
        """Whether a call is wanted, of which these are the entries in order."""
        said = [entry.envelope for entry in call]
        return bool(
            said
            and (self.tool is None or any(entry.get("tool") == self.tool for entry in said))
            and (self.vendor is None or any(entry.get("vendor") == self.vendor for entry in said))
            and (self.outcome is None or state(said[-1]) == self.outcome)
            and (self.subjects is None or any(mentions(entry, self.subjects) for entry in call))
        )


class Selector:
    """Chooses entries of a log of `size` entries, and remembers the newest calls that it looked at."""

    def __init__(
        self, store: Store, tenant: str, selection: Selection, size: int, *, most: int = MOST_REMEMBERED
    ) -> None:
        self._most = most
        self._store = store
        self._tenant = tenant
        self._selection = selection
        self._size = size
        self._calls: OrderedDict[str, bool] = OrderedDict()

    async def chosen(self, entry: StoredEntry) -> bool:
        """Whether an entry is wanted.

        Raises:
            StoreUnavailable: the log cannot be read.
        """
        if not self._selection.covers(entry):
            return False
        if not self._selection.of_calls:
            return True
        call_id = entry.envelope.get("call")
        return isinstance(call_id, str) and await self._wants(call_id, entry)

    async def _wants(self, call_id: str, entry: StoredEntry) -> bool:
        if call_id not in self._calls:
            self._calls[call_id] = not self._selection.contradicted(entry) and await self._looked_at(call_id)
            if len(self._calls) > self._most:
                self._calls.popitem(last=False)
        return self._calls[call_id]

    async def _looked_at(self, call_id: str) -> bool:
        call = await self._store.call(self._tenant, call_id)
        return self._selection.wants([entry for entry in call if entry.index < self._size])
