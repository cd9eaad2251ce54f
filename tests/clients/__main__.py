"""`python -m tests.clients [NAME]`: clients of other makers against our server; the table goes to docs/clients.md.

With a part of a client's name only that one is run, and nothing is written.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from tests.processes import Vendors, vendors_on_a_port

from .asks import calls_on
from .environments import build_environments
from .report import DOCUMENT, failures, report
from .rounds import Outcome, Round, all_rounds, tried


async def run_rounds(plans: Sequence[Round], folder: Path) -> list[Outcome]:
    """Their outcomes, as many at a time as there are processors."""
    await build_environments()
    limiter = anyio.CapacityLimiter(os.cpu_count() or 1)
    outcomes: dict[int, Outcome] = {}
    async with vendors_on_a_port("--no-rate-limits") as vendors, anyio.create_task_group() as tasks:
        calls = await calls_on(vendors.http)

        async def one(number: int, plan: Round, vendors: Vendors) -> None:
            async with limiter:
                outcomes[number] = await tried(plan, vendors, calls, folder / str(number))
                print(f"{'FAIL' if outcomes[number].wrong else 'ok  '} {plan.label}", flush=True)

        for number, plan in enumerate(plans):
            tasks.start_soon(one, number, plan, vendors)
    return [outcome for _, outcome in sorted(outcomes.items())]


def main() -> int:
    wanted = sys.argv[1] if sys.argv[1:] else ""
    plans = [plan for plan in all_rounds() if wanted in plan.client.name]
    with TemporaryDirectory(prefix="talent-clients-") as folder:
        outcomes = anyio.run(run_rounds, plans, Path(folder))
    if not wanted:
        text = report(outcomes)
        print(text)
        DOCUMENT.write_text(text, encoding="utf-8")
    print(failures(outcomes), file=sys.stderr)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
