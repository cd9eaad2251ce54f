"""The one thing that the rest of the server asks of a database."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from talent_mcp.audit.entries import Entry, StoredEntry
from talent_mcp.errors import StoreUnavailable
from talent_mcp.spending.limits import Limits


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a tenant's log: how many entries, and the Merkle root over them."""

    size: int
    root: bytes


Record = tuple[int, bytes, bytes, bytes | None]
"""An entry as it is stored: its index, its envelope, the leaf hash that was stored with it, and its body."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call with an intent and no outcome, the process that ran it, and the vendor that it was to ask."""

    tenant: str
    call_id: str
    process: str
    vendor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """What the calls of one day (YYYY-MM-DD, in UTC), principal and tool cost, in hundredths of a credit.

    `spent` is settled, and so much of it `assumed`, as the most that calls may have cost whose cost nobody reported;
    `reserved` is what calls may cost that are running, or of which nobody knows what became.
    """

    day: str
    principal: str
    tool: str
    reserved: int
    spent: int
    assumed: int = 0

    @property
    def used(self) -> int:
        """What counts against a budget."""
        return self.reserved + self.spent


EndStatus = Literal["completed", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRow:
    """A call that goes on after its request was answered, as it is stored; times are Unix seconds.

    `request` and `answer` are JSON and personal data: what to do while the task is working, what came of it after.
    At `due_at` a working task is asked again where that is safe (`repeatable`), and otherwise given up.
    """

    tenant: str
    task_id: str
    principal: str
    status: Literal["working"] | EndStatus
    repeatable: bool
    created_at: float
    updated_at: float
    due_at: float
    expires_at: float
    request: bytes
    answer: bytes | None = None


class TaskStore(Protocol):
    """Tasks, durable and shared by processes; apart from the log, as they are changed and deleted.

    Every method raises StoreUnavailable when the database cannot do it.
    """

    async def add(self, task: TaskRow) -> None:
        """Keep a new task; durable on return."""
        ...

    async def find(self, tenant: str, principal: str, task_id: str, *, now: float) -> TaskRow | None:
        """This principal's task of this identifier, unless it has expired."""
        ...

    async def end(self, task: TaskRow, status: EndStatus, answer: bytes | None, *, now: float) -> bool:
        """Whether it was still working; if so it is no longer, and its request is forgotten."""
        ...

    async def hold(self, task: TaskRow, *, until: float) -> None:
        """Keep a working task from falling due before then: whoever runs it is alive."""
        ...

    async def postpone(self, task: TaskRow, *, due_at: float, now: float) -> None:
        """Let a working task be asked again at a time, by whichever process is there."""
        ...

    async def next_at(self) -> float | None:
        """When the next task of any tenant is due or expires."""
        ...

    async def claim_due(self, *, now: float, until: float) -> list[TaskRow]:
        """Take the working tasks that are due, which are due again at `until`; delete those that have expired."""
        ...

    async def all_of(self, tenant: str) -> list[TaskRow]:
        """Every task of a tenant."""
        ...

    async def remove(self, tenant: str, task_ids: Sequence[str]) -> None:
        """Delete tasks. They leave no trace in the files."""
        ...


class Claimed(StoreUnavailable):
    """Another entry has the claim of the one that was to be appended."""

    def __init__(self) -> None:
        super().__init__("what was to be recorded once is recorded already")


class Store(Protocol):
    """An append-only log of entries a tenant, durable and shared by processes.

    What leaves no trace in the files leaves none in those of the embedded store; in PostgreSQL it goes with the next
    VACUUM and the end of the write-ahead log and the backups that hold it.
    Every method raises StoreUnavailable when the database cannot do it.
    """

    @property
    def tasks(self) -> TaskStore: ...

    async def append(self, entry: Entry, *, limits: Limits | None = None) -> Head:
        """Append, with all that was enqueued before, and return once it would survive a power cut.

        What an intent reserves is reserved, and what an outcome settles settled, in the same transaction.

        Raises:
            Claimed: another entry has one of the `claims` of this one, which was not appended.
            OverBudget: `limits` do not allow what this one `reserves`; it was not appended.

        It takes a few seconds at most, and is not torn by a cancellation. The process that an intent names is taken
        to be alive for a while from its `time` on.
        """
        ...

    def enqueue(self, entry: Entry) -> None:
        """Append together with the next entry that is waited for."""
        ...

    async def head(self, tenant: str) -> Head: ...

    async def tenants(self) -> list[str]:
        """Every tenant that has a log."""
        ...

    def entries(self, tenant: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[StoredEntry]:
        """The entries with start <= index < stop, in order, of one consistent moment a page."""
        ...

    async def records(self, tenant: str, start: int, stop: int) -> list[Record]:
        """What is stored of the entries with start <= index < stop, in order, of one consistent moment."""
        ...

    async def leaves(self, tenant: str, start: int, stop: int) -> list[bytes]:
        """The leaf hashes that were stored with the entries with start <= index < stop, in order."""
        ...

    async def call(self, tenant: str, call_id: str) -> list[StoredEntry]:
        """All entries of one call, in order."""
        ...

    async def recent_calls(self, tenant: str, *, limit: int) -> list[str]:
        """Identifiers of the newest calls, newest first."""
        ...

    async def calls_in_doubt(self, tenant: str) -> list[str]:
        """Identifiers of calls that have an intent and no outcome, or one that is unknown, oldest first."""
        ...

    async def calls_with_request(
        self, tenant: str, principal: str, request: str, *, start: int, stop: int
    ) -> list[str]:
        """Identifiers of this principal's calls that ask for the same: those whose intent is an entry with
        start <= index < stop and has this `request`, oldest first."""
        ...

    async def claimant(self, tenant: str, claim: str) -> StoredEntry | None:
        """The entry that has this claim."""
        ...

    async def newest_answer(self, tenant: str, names: Sequence[str]) -> StoredEntry | None:
        """The newest entry that brings an answer under one of these names."""
        ...

    async def plans_since(self, tenant: str, time: str) -> list[str]:
        """Identifiers of calls that made a plan at or after a time (RFC 3339, in UTC), oldest first."""
        ...

    async def spending(self, tenant: str, *, first: str, last: str) -> list[Spending]:
        """What was spent and reserved on the days first <= day <= last (YYYY-MM-DD), in the order of days."""
        ...

    async def attempt_times(self, tenant: str, vendor: str, *, since: float) -> list[float]:
        """When requests went to a vendor since a time (Unix seconds), oldest first."""
        ...

    async def resolve_abandoned(self, write: Callable[[OpenCall], Entry], *, now: float) -> list[OpenCall]:
        """Append, in one transaction, what `write` says of each call without an outcome whose process is gone.

        A process is gone once the time is over for which its last intent let it be taken to be alive, or once it
        has closed its store.
        """
        ...

    async def remove_bodies(self, tenant: str, indices: Sequence[int]) -> int:
        """Remove the bodies of these entries, which stay; how many there were. They leave no trace in the files."""
        ...

    async def bodies_before(self, tenant: str, time: str, *, limit: int) -> list[int]:
        """The indices of the oldest entries that have a body and are from before a time (RFC 3339, in UTC)."""
        ...

    async def close(self) -> None: ...
