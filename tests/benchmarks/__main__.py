"""`python -m tests.benchmarks [--quick | --soak]`: every number stands beside references that ran in turn with it.

Prints the tables and, unless it was a quick look, keeps them in docs/benchmarks.md. A missed target is said, not
raised: the exit code is 0 unless something could not be measured.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import httpx2

from tests.postgres import Missing, running_cluster

from .appends import COLUMNS, appending, measure_appends
from .calls import measure_calls
from .contenders import CONTENDERS
from .environments import build_references
from .fairness import FAIRNESS_COLUMNS, measure_fairness
from .floods import measure_floods
from .long_log import LONG_LOG_COLUMNS, measure_long_log
from .postgres_appends import POSTGRES_COLUMNS, measure_postgres_appends
from .preview import PREVIEW_COLUMNS, measure_preview
from .processes import NotMeasured
from .recording import recorded_vendors
from .report import Part, report, write_report
from .servers import sandbox
from .sizes import FULL, QUICK, Sizes
from .soak import SOAK_COLUMNS, STEADY, SUMMARY_COLUMNS, measure_soak, summary
from .startup import measure_startup
from .table import grid, table
from .tool_requests import tool_requests
from .verifying import VERIFY_COLUMNS, measure_verify

NAMES = tuple(contender.name for contender in CONTENDERS)


def measured(folder: Path, sizes: Sizes) -> list[str]:
    """The tables of a run."""
    build_references()
    startup = measure_startup(folder, sizes.spawns)
    with sandbox(folder) as origin:
        pairs = tool_requests(origin)
        with appending(folder) as append:
            calls = measure_calls(folder, origin, pairs, sizes, append)
        preview = measure_preview(folder, origin, pairs, sizes)
        with recorded_vendors(folder, origin, pairs) as recorded:
            floods = measure_floods(folder, recorded, pairs, sizes)
    appends = anyio.run(measure_appends, folder, sizes.append_rounds, sizes.appends)
    verified = anyio.run(measure_verify, folder, sizes.verify_rounds, sizes.verified)
    return [
        table(NAMES, startup),
        table(NAMES, calls),
        table(PREVIEW_COLUMNS, [preview]),
        table(NAMES, floods),
        table(COLUMNS, appends),
        on_postgres(sizes),
        table(FAIRNESS_COLUMNS, [measure_fairness(folder, sizes.fair_rounds)]),
        table(VERIFY_COLUMNS, verified),
    ]


def on_postgres(sizes: Sizes) -> str:
    """The appends on PostgreSQL, or that there is none."""
    try:
        with running_cluster() as cluster:
            rows = anyio.run(measure_postgres_appends, cluster, sizes.append_rounds, sizes.appends)
    except Missing as missing:
        return f"Appends on PostgreSQL were not measured: {missing}."
    return table(POSTGRES_COLUMNS, rows)


def soaked(folder: Path) -> list[str]:
    """The tables of a soak."""
    long_log = anyio.run(measure_long_log, folder)
    with sandbox(folder) as origin:
        pairs = tool_requests(origin)
        with recorded_vendors(folder, origin, pairs) as recorded:
            marks = measure_soak(folder, recorded, pairs)
    lines = [SOAK_COLUMNS, *(mark.cells() for mark in marks)]
    return [grid(lines), table(SUMMARY_COLUMNS, summary(marks[STEADY], marks[-1])), table(LONG_LOG_COLUMNS, [long_log])]


def run(arguments: argparse.Namespace) -> tuple[Part, Sequence[str]]:
    with TemporaryDirectory(prefix="talent-bench-") as folder:
        if arguments.soak:
            return "soak", soaked(Path(folder))
        return "measured", measured(Path(folder), QUICK if arguments.quick else FULL)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--quick", action="store_true", help="a look in less than a minute, written nowhere")
    way.add_argument("--soak", action="store_true", help="what takes some minutes and six gigabytes of disk, instead")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        part, tables = run(arguments)
    except (NotMeasured, OSError, httpx2.HTTPError) as problem:
        print(f"could not be measured: {problem}", file=sys.stderr)
        return 1
    text = report(tables, time.monotonic() - started)
    print(text)
    if not arguments.quick:
        write_report(part, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
