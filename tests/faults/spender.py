"""`spender.py`: a process whose callers spend from one budget at once.

Its order is a line of JSON on standard input. It says `ready`, waits for another line, and then lets its callers go
together. In the end it says, as JSON, which calls were refused: whose they were, and how many hundredths they asked.
"""

import json
import os
import sys
from pathlib import Path
from random import Random
from typing import Literal

import anyio
from anyio import to_thread
from pydantic import BaseModel, JsonValue

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Budget, Limits
from talent_mcp.store.postgres.store import PostgresStore
from talent_mcp.store.protocol import Store
from talent_mcp.store.sqlite.store import SqliteStore

AT = 1_790_000_000.0
DAY_SECONDS = 86_400
PRINCIPALS = {"p0": 4, "p1": 1, "p2": 1}
"""Whose calls they are, and how often."""
MOST_OF_A_CALL = 200


class Order(BaseModel):
    """What a process is told: the log, by its path or URL, and budgets in hundredths for the day or the month."""

    database: str
    name: str
    callers: int
    calls: int
    period: Literal["day", "month"]
    most: int
    own: int

    def limits(self) -> Limits:
        """The budget of all together, and that of each principal."""
        return Limits(tenant=self._budget(self.most), principal=self._budget(self.own))

    def store(self) -> Store:
        """The log that all of the processes share."""
        shared = self.database.startswith("postgresql:")
        return PostgresStore(self.database) if shared else SqliteStore(Path(self.database))

    def _budget(self, most: int) -> Budget:
        return Budget(per_day=most) if self.period == "day" else Budget(per_month=most)


def reserving(call_id: str, principal: str, hundredths: int, at: float = AT) -> Entry:
    fields: dict[str, JsonValue] = {"principal": principal, "tool": "search_people", "reserves": hundredths / 100}
    return write_entry(tenant="default", call_id=call_id, type_="intent", at=at, fields=fields)


def some_end(call_id: str, reserved: int, random: Random) -> Entry | None:
    """How a call may end: with a cost or the most that it can be, for nothing, unknown, or not at all."""
    cost = random.randint(0, reserved) / 100
    ends: tuple[dict[str, JsonValue] | None, ...] = (
        {"outcome": "success", "credits": cost},
        {"outcome": "success", "credits_at_most": cost},
        {"outcome": "failure"},
        {"outcome": "failure", "credits": cost},
        {"outcome": "unknown"},
        None,
    )
    (fields,) = random.choices(ends, weights=(8, 4, 4, 2, 1, 1))
    if fields is None:
        return None
    return write_entry(tenant="default", call_id=call_id, type_="outcome", at=AT, fields=fields)


async def run(order: Order) -> None:
    store, limits = order.store(), order.limits()
    refused: list[tuple[str, int]] = []

    async def caller(number: int) -> None:
        random = Random(f"{order.name} {number}")  # noqa: S311  # the seed makes a run repeatable
        for call in range(order.calls):
            call_id = f"{order.name}-{number}-{call}"
            (principal,) = random.choices([*PRINCIPALS], [*PRINCIPALS.values()])
            hundredths = random.randint(1, MOST_OF_A_CALL)
            at = AT if order.period == "day" else AT + DAY_SECONDS * random.randrange(3)
            try:
                await store.append(reserving(call_id, principal, hundredths, at), limits=limits)
            except OverBudget:
                refused.append((principal, hundredths))
                continue
            end = some_end(call_id, hundredths, random)
            if end is not None:
                await store.append(end)

    await store.head("default")
    os.write(1, b"ready\n")
    await to_thread.run_sync(sys.stdin.readline)
    async with anyio.create_task_group() as callers:
        for number in range(order.callers):
            callers.start_soon(caller, number)
    await store.close()
    os.write(1, json.dumps(refused).encode())


if __name__ == "__main__":
    anyio.run(run, Order.model_validate_json(sys.stdin.readline()))
