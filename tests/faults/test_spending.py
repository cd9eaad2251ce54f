"""64 callers in four processes spend from one budget at once: at no moment is more spent and reserved than there is, to
the hundredth of a credit, whatever becomes of the calls.

`make test` does it once for each store and period; `make faults` more often (FAULT_ROUNDS).
"""

import json
import sys
from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.abc
import pytest

from talent_mcp.audit.entries import StoredEntry
from talent_mcp.audit.verify import verify
from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Limits
from talent_mcp.store.protocol import Store
from tests.faults.rounds import ROUNDS, seeded
from tests.faults.spender import PRINCIPALS, Order, reserving
from tests.postgres import database_of

pytestmark = pytest.mark.anyio

SPENDER = [sys.executable, str(Path(__file__).with_name("spender.py"))]
PROCESSES = 4
CALLERS = 16
CALLS = 4
SECONDS = 300
EVERY_DAY = {"first": "0000-01-01", "last": "9999-12-31"}

Refused = list[tuple[str, int]]


@dataclass(slots=True)
class Ledger:
    """A second opinion of what is used, in hundredths: the log read in its order, without any code of the stores."""

    calls: int = 0
    used: Counter[str] = field(default_factory=Counter[str])
    held: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    peak: Counter[str] = field(default_factory=Counter[str])
    peak_of_all: int = 0

    def read(self, call_id: str, said: dict[str, Any]) -> None:
        if said["type"] == "intent":
            self.calls += 1
            self.held[call_id] = said["principal"], round(said["reserves"] * 100)
            self._use(*self.held[call_id])
        elif said["outcome"] != "unknown":
            principal, reserved = self.held.pop(call_id)
            self._use(principal, round(said.get("credits", said.get("credits_at_most", 0)) * 100) - reserved)

    def _use(self, principal: str, hundredths: int) -> None:
        self.used[principal] += hundredths
        self.peak[principal] = max(self.peak[principal], self.used[principal])
        self.peak_of_all = max(self.peak_of_all, self.used.total())


async def ledger_of(entries: AsyncIterable[StoredEntry]) -> Ledger:
    ledger = Ledger()
    async for stored in entries:
        ledger.read(stored.entry.call_id, stored.envelope)
    return ledger


async def spend(order: Order, go: anyio.Event, refused: Refused, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """A process that has begun once it is ready, and spends when it may."""
    async with await anyio.open_process(SPENDER, stderr=None) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        await process.stdin.send(order.model_dump_json().encode() + b"\n")
        assert await process.stdout.receive() == b"ready\n"
        task_status.started()
        await go.wait()
        await process.stdin.send(b"go\n")
        said = b"".join([chunk async for chunk in process.stdout])
    refused += json.loads(said)


async def spend_at_once(order: Order) -> Refused:
    """Nobody begins before all are there: one that was quicker to start would have spent it all by then."""
    refused, go = Refused(), anyio.Event()
    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as processes:
            for process in range(PROCESSES):
                own = order.model_copy(update={"name": f"{order.name}-{process}"})
                await processes.start(spend, own, go, refused)
            go.set()
    return refused


async def require_left(store: Store, name: str, left: int, limits: Limits) -> None:
    """So much can still be reserved, and not a hundredth more."""
    with pytest.raises(OverBudget):
        await store.append(reserving(f"{name} over", name, left + 1), limits=limits)
    await store.append(reserving(f"{name} rest", name, left), limits=limits)
    with pytest.raises(OverBudget):
        await store.append(reserving(f"{name} more", name, 1), limits=limits)


@pytest.mark.parametrize("number", range(max(1, ROUNDS // 10)))
@pytest.mark.parametrize("period", ["day", "month"])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_callers_that_spend_at_once_keep_one_budget(
    database: str, period: Literal["day", "month"], tmp_path: Path, number: int
) -> None:
    random = seeded("spending", database, period, number)
    most = random.randint(2_000, 6_000)
    order = Order(
        database=database_of(tmp_path) if database == "postgres" else str(tmp_path / "audit.db"),
        name=str(number),
        callers=CALLERS,
        calls=CALLS,
        period=period,
        most=most,
        own=random.randint(most // 3, most // 2),
    )
    refused = await spend_at_once(order)
    store = order.store()
    ledger = await ledger_of(store.entries("default"))
    assert ledger.peak_of_all <= order.most
    assert max(ledger.peak.values()) <= order.own
    assert refused
    assert ledger.calls + len(refused) == PROCESSES * CALLERS * CALLS
    for principal, asked in refused:
        assert asked > min(order.most - ledger.peak_of_all, order.own - ledger.peak[principal])
    rows = await store.spending("default", **EVERY_DAY)
    assert sum(row.reserved for row in rows) == sum(reserved for _, reserved in ledger.held.values())
    assert sum(row.reserved + row.spent for row in rows) == ledger.used.total()
    for principal in PRINCIPALS:
        assert sum(row.reserved + row.spent for row in rows if row.principal == principal) == ledger.used[principal]
    await require_left(store, "another", order.most - ledger.used.total(), Limits(tenant=order.limits().tenant))
    for principal in PRINCIPALS:
        left = order.own - ledger.used[principal]
        await require_left(store, principal, left, Limits(principal=order.limits().principal))
    assert (await verify(store, "default")).problem is None
    await store.close()
