"""`python -m tests.benchmarks [--quick]`: every number is a ratio to a reference that ran in turn with it.

Prints the table and, unless it was a quick look, keeps it in docs/benchmarks.md. A missed target is said, not
raised: the exit code is 0 unless something could not be measured.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import httpx2

from .appends import appending, measure_appends
from .calls import measure_calls
from .processes import NotMeasured
from .report import report, write_report
from .sides import sandbox, sides
from .sizes import FULL, QUICK, Sizes
from .startup import measure_startup
from .table import Row
from .tool_requests import tool_requests


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    startup = measure_startup(folder, sizes.spawns)
    with sandbox(folder) as origin, sides(folder, origin) as connect, appending(folder) as append:
        calls = measure_calls(connect, tool_requests(origin), sizes, append)
    appends = anyio.run(measure_appends, folder, sizes.append_rounds, sizes.appends)
    return [*startup, *calls, *appends]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--quick", action="store_true", help="a look in a few seconds, written nowhere")
    quick: bool = parser.parse_args().quick
    started = time.monotonic()
    try:
        with TemporaryDirectory(prefix="talent-bench-") as folder:
            rows = measure(Path(folder), QUICK if quick else FULL)
    except (NotMeasured, OSError, httpx2.HTTPError) as problem:
        print(f"could not be measured: {problem}", file=sys.stderr)
        return 1
    text = report(rows, time.monotonic() - started)
    print(text)
    if not quick:
        write_report(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
