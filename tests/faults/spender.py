"""`spender.py HOME NAME CALLS MOST`: a process whose callers spend from one budget at once.

Each of the CALLS reserves 1 credit of a budget of MOST hundredths, and spends a part of that. What was taken, in
hundredths, and how many calls were refused is said on standard output.
"""

import os
import sys
from pathlib import Path
from random import Random

import anyio
from pydantic import JsonValue

from talent_mcp.audit.entries import write_entry
from talent_mcp.errors import OverBudget
from talent_mcp.spending.limits import Budget, Limits
from talent_mcp.store.sqlite import SqliteStore

AT = 1_790_000_000.0


async def run(home: str, name: str, calls: int, most: int) -> None:
    store = SqliteStore(Path(home) / "audit.db")
    limits = Limits(tenant=Budget(per_day=most))
    random = Random(name)  # noqa: S311  # the seed makes a run repeatable
    spent = refused = 0

    async def spend(number: int) -> None:
        nonlocal spent, refused
        call_id, cost = f"{name}-{number}", random.randint(0, 100)
        fields: dict[str, JsonValue] = {"principal": name, "tool": "search_people", "process": name, "reserves": 1}
        try:
            await store.append(
                write_entry(tenant="default", call_id=call_id, type_="intent", at=AT, fields=fields), limits=limits
            )
        except OverBudget:
            refused += 1
            return
        fields = {"outcome": "success", "credits": cost / 100}
        await store.append(write_entry(tenant="default", call_id=call_id, type_="outcome", at=AT, fields=fields))
        spent += cost

    async with anyio.create_task_group() as callers:
        for number in range(calls):
            callers.start_soon(spend, number)
    await store.close()
    os.write(1, f"{spent} {refused}\n".encode())


if __name__ == "__main__":
    anyio.run(run, sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
