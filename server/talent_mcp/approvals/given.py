"""What a principal was given to read of late: the text of results, and the records that these were about.

The log holds it, so that it is the same for every process and after a restart. Each process remembers what it has read
of the log, and reads what has been added since.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.approvals.plans import CLOCKS_APART_SECONDS, seconds
from talent_mcp.audit.entries import StoredEntry, moment
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.recent import RecentCall, RecentCalls
from talent_mcp.store.protocol import Store
from talent_tools.naming import (
    Heard,
    Named,
    Role,
    all_text_in,
    any_names,
    heard,
    identifiers_in,
    key,
    named_in,
    text_in,
)
from talent_tools.spec import LoadTools

WINDOW_SECONDS = 86_400.0
"""How long text is remembered: a conversation with an agent may go on for a day."""
MOST_CHARACTERS = 6_000_000
"""How much is remembered, the newest first, each text spelt in two ways: more than a model can have before it."""
MOST_KNOWN = 20_000
"""How many records are remembered that were named otherwise than in text; of the others a person is asked."""
TAKING_SECONDS = 60.0
"""How long after it was recorded that something is taken back it may still be there: the log is told first."""
OLDER_IN_A_ROW = 512
AT_ONCE = 4
"""How many calls are opened together: nothing else is done meanwhile."""
MOST_NAMED = 100
"""A call that names more is not looked up name by name: what comes of it is no better than text."""
MOST_BEGUN = 1_000
"""Of more calls that have not ended the first entry is looked up."""
BROUGHT = frozenset({"plan", "outcome"})
TAKING_BACK = frozenset({"subject.erased", "payloads.pruned"})
CHOOSING: frozenset[Role] = frozenset({"record", "handle"})


@dataclass(slots=True)
class Given:
    """What one principal was given: texts, each once and with the last time of it, oldest first, no more than `most`
    characters; when one last had to make room (`crowded_out`); and when which records were last named otherwise."""

    texts: OrderedDict[Heard, float] = field(default_factory=OrderedDict[Heard, float])
    known: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])
    size: int = 0
    most: int = MOST_CHARACTERS
    crowded_out: float = 0.0

    def only_in_text(self, named: Named) -> bool:
        """Whether nothing but text tells of this name."""
        return key(named) not in self.known and any_names(named, self.texts)

    def add(self, at: float, named: Iterable[Named], result: JsonValue) -> None:
        """A call that ended then: what it named, and what came of it.

        Whatever follows from a name that only text told of is no better than that text.
        """
        named, records = [*dict.fromkeys(named)], [*identifiers_in(result)]
        told = text_in(result)
        if len(named) > MOST_NAMED or any(self.only_in_text(one) for one in named if one.role in CHOOSING):
            told = "\n".join([told, *(record.text for record in records)])
        else:
            chosen = [one for one in named if not self.only_in_text(one)]
            self._know(at, [*chosen, *records])
        self.add_text(at, told)

    def _know(self, at: float, named: Iterable[Named]) -> None:
        for one in named:
            self.known[key(one)] = at
            self.known.move_to_end(key(one))
        while len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)

    def add_text(self, at: float, told: str) -> None:
        if told:
            text = heard(told)
            self.size += 0 if text in self.texts else len(text)
            self.texts[text] = at
            self.texts.move_to_end(text)
            while self.size > self.most:
                self.crowded_out = max(self.crowded_out, self._drop_oldest())

    def forget(self, before: float) -> None:
        """What is from before a time (Unix seconds)."""
        while self.texts and next(iter(self.texts.values())) < before:
            self._drop_oldest()
        while self.known and next(iter(self.known.values())) < before:
            self.known.popitem(last=False)

    def is_unsure(self, named: Named, since: float) -> bool:
        """Whether text that may have told of this name had to make room for newer text."""
        return self.crowded_out >= since and key(named) not in self.known

    def _drop_oldest(self) -> float:
        text, at = self.texts.popitem(last=False)
        self.size -= len(text)
        return at


@dataclass(slots=True)
class Memory:
    """What was read of one tenant's log: up to which entry, and what each principal was given in it.

    What was taken back before the entry `whole` was gone when reading began, or is at the latest when it is `gone_at`:
    from then on all is to be read again. `begun` are the first entries of calls whose end has not been read.
    """

    upto: int | None = None
    whole: int = 0
    began: float = 0.0
    gone_at: float = math.inf
    given: dict[str, Given] = field(default_factory=dict[str, Given])
    unread_at: float = 0.0
    begun: OrderedDict[str, StoredEntry] = field(default_factory=OrderedDict[str, StoredEntry])
    turn: anyio.Lock = field(default_factory=anyio.Lock)

    def take_back(self, at: float) -> None:
        """Something was taken back then, perhaps so short before reading began that it was still there."""
        if at + TAKING_SECONDS > self.began:
            self.gone_at = at + TAKING_SECONDS

    def begin(self, first: StoredEntry) -> None:
        """A call has begun, which may never end."""
        self.begun[first.entry.call_id] = first
        while len(self.begun) > MOST_BEGUN:
            self.begun.popitem(last=False)


class Readings:
    """Reads from the log what principals were given. Every method raises StoreUnavailable when it cannot.

    What `recent` knows is not opened again; the log says in which order it came, and whether it may be kept.
    """

    def __init__(self, store: Store, reader: Reader, recent: RecentCalls, tools: LoadTools) -> None:
        self._store = store
        self._reader = reader
        self._recent = recent
        self._tools = tools
        self._memories: dict[str, Memory] = {}

    async def given(self, tenant: str, principal: str, *, now: float) -> Given | None:
        """What this principal was given until now (Unix seconds); None if the log does not hold all of it."""
        memory = self._memories.setdefault(tenant, Memory())
        async with memory.turn:
            if memory.gone_at <= now:
                memory.upto = None
            await self._catch_up(memory, tenant, now)
        if memory.unread_at >= now - WINDOW_SECONDS:
            return None
        given = memory.given.setdefault(principal, Given())
        given.forget(now - WINDOW_SECONDS)
        return given

    async def _catch_up(self, memory: Memory, tenant: str, now: float) -> None:
        size = (await self._store.head(tenant)).size
        if memory.upto is not None and await self._read(memory, tenant, size):
            return
        memory.given, memory.unread_at, memory.gone_at = {}, 0.0, math.inf
        memory.begun.clear()
        self._recent.forget()
        since = moment(now - WINDOW_SECONDS - CLOCKS_APART_SECONDS)
        memory.upto, memory.whole, memory.began = await self._first_since(tenant, since, size), size, now
        await self._read(memory, tenant, size)

    async def _read(self, memory: Memory, tenant: str, size: int) -> bool:
        """Read on; false if something that was read before may be no more to be kept."""
        ends: list[StoredEntry] = []
        async for entry in self._store.entries(tenant, start=memory.upto or 0, stop=size):
            if entry.entry.type in TAKING_BACK and entry.index >= memory.whole:
                return False
            if entry.entry.type == "outcome" and entry.entry.body is not None:
                ends.append(entry)
            # Whatever takes time is remembered at once, so that who runs out of it goes on from there.
            if lasting := len(ends) == AT_ONCE or entry.entry.type == "shown":
                await self._open(memory, tenant, ends)
                ends = []
            await self._note(memory, tenant, entry)
            memory.upto = entry.index + 1 if lasting else memory.upto
        await self._open(memory, tenant, ends)
        memory.upto = size
        return True

    async def _note(self, memory: Memory, tenant: str, entry: StoredEntry) -> None:
        if entry.envelope.get("unsealed"):
            memory.unread_at = max(memory.unread_at, seconds(entry))
        if entry.entry.type == "intent":
            memory.begin(entry)
        if entry.entry.type == "shown":
            await self._show_again(memory, tenant, entry)
        if entry.entry.type in TAKING_BACK:
            memory.take_back(seconds(entry))

    async def _open(self, memory: Memory, tenant: str, ends: list[StoredEntry]) -> None:
        firsts = [await self._first_of(memory, end) for end in ends]
        calls = await self._recorded(firsts, ends)
        for first, end, call in zip(firsts, ends, calls, strict=True):
            tool = self._tools().get(str(first.envelope.get("tool")))
            places: Mapping[str, Role] = {} if tool is None else tool.names
            given = memory.given.setdefault(str(first.envelope.get("principal")), Given())
            given.add(seconds(end), named_in(part(call.asked, "arguments"), places), part(call.brought, "result"))
            given.add_text(seconds(end), all_text_in(part(call.brought, "answer")))

    async def _recorded(self, firsts: Sequence[StoredEntry], ends: Sequence[StoredEntry]) -> list[RecentCall]:
        """What the payloads of calls hold, of which these are the first and the last entries."""
        known = [self._recent.take(end.entry.call_id) for end in ends]
        unknown = [pair for pair, call in zip(zip(firsts, ends, strict=True), known, strict=True) if call is None]
        opened = iter(await self._reader.payloads([entry for pair in unknown for entry in pair]))
        return [RecentCall(next(opened), next(opened)) if call is None else call for call in known]

    async def _show_again(self, memory: Memory, tenant: str, shown: StoredEntry) -> None:
        """Take in the text that calls brought which were read again, of whatever age."""
        given, calls = memory.given.setdefault(str(shown.envelope["principal"]), Given()), shown.envelope["calls"]
        for call_id in calls if isinstance(calls, list) else ():
            entries = await self._store.call(tenant, str(call_id))
            for payload in await self._reader.payloads([one for one in entries if one.entry.type in BROUGHT]):
                brought = text_in([part(payload, "changes"), part(payload, "result")])
                given.add_text(seconds(shown), brought)
                given.add_text(seconds(shown), all_text_in(part(payload, "answer")))

    async def _first_of(self, memory: Memory, end: StoredEntry) -> StoredEntry:
        begun = memory.begun.pop(end.entry.call_id, None)
        return begun or (await self._store.call(end.entry.tenant, end.entry.call_id))[0]

    async def _first_since(self, tenant: str, time: str, size: int) -> int:
        """The first entry of this moment or later. They lie in the order of time but for what clocks differ, or were
        wrong: so many in a row that are older are taken for the end."""
        first = stop = size
        while stop > 0:
            start = max(0, stop - OLDER_IN_A_ROW)
            records = await self._store.records(tenant, start, stop)
            since = [index for index, envelope, _, _ in records if from_json(envelope)["time"] >= time]
            if not since:
                break
            first, stop = since[0], start
        return first


def part(payload: JsonValue, name: str) -> JsonValue:
    return payload.get(name) if isinstance(payload, dict) else None
