"""Calls of the tools: one at a time, and many in flight."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from statistics import median

from .sides import Sides, Way
from .sizes import IN_FLIGHT, Sizes
from .table import Row, p95
from .tool_requests import Pair

WAYS: tuple[Way, ...] = ("stdio", "HTTP 2025-11-25", "HTTP 2026-07-28")
FLOODED: tuple[Way, ...] = ("stdio", "HTTP 2025-11-25")
WARM_UP = 10
CALL_SLACK = 1.25
APPENDS_A_CALL = 2
THROUGHPUT_LIMIT = 0.7


def measure_calls(
    connect: Callable[[Way], Sides], pairs: Sequence[Pair], sizes: Sizes, append: Callable[[], float]
) -> list[Row]:
    """One call at a time of each tool, then many in flight, on every way."""
    single: list[Row] = []
    flooded: list[Row] = []
    for way in WAYS:
        both = connect(way)
        single += [one_at_a_time(way, pair, both, sizes, append) for pair in pairs]
        if way in FLOODED:
            flooded.append(in_flight(way, pairs, both, sizes))
    return single + flooded


def one_at_a_time(way: Way, pair: Pair, both: Sides, sizes: Sizes, append: Callable[[], float]) -> Row:
    for _ in range(WARM_UP):
        both.ours.call(pair.ours)
        both.bare.call(pair.bare)
    ours: list[float] = []
    bare: list[float] = []
    appends: list[float] = []
    for _ in range(sizes.call_rounds):
        ours += [both.ours.call(pair.ours) * 1000 for _ in range(sizes.calls)]
        bare += [both.bare.call(pair.bare) * 1000 for _ in range(sizes.calls)]
        appends.append(append())
    return call_row(f"{pair.tool}, {way}", ours, bare, median(appends))


def call_row(measure: str, ours: Sequence[float], bare: Sequence[float], append_milliseconds: float) -> Row:
    limit = (median(bare) + APPENDS_A_CALL * append_milliseconds) * CALL_SLACK
    return Row(
        measure=measure,
        ours=f"{median(ours):.2f} ms (p95 {p95(ours):.2f})",
        reference=f"{median(bare):.2f} ms (p95 {p95(bare):.2f})",
        ratio=median(ours) / median(bare),
        target=f"<= {limit:.2f} ms (append {append_milliseconds:.2f})",
        met=median(ours) <= limit,
    )


def in_flight(way: Way, pairs: Sequence[Pair], both: Sides, sizes: Sizes) -> Row:
    """The four tools in turn, so many unanswered at a time; calls a second."""
    mixed = list(islice(cycle(pairs), sizes.calls_in_flight))
    our_rates: list[float] = []
    bare_rates: list[float] = []
    for _ in range(sizes.flood_rounds):
        our_rates.append(len(mixed) / both.ours.flood([pair.ours for pair in mixed], IN_FLIGHT))
        bare_rates.append(len(mixed) / both.bare.flood([pair.bare for pair in mixed], IN_FLIGHT))
    ratio = median(our_rates) / median(bare_rates)
    return Row(
        measure=f"{IN_FLIGHT} in flight, {way}",
        ours=f"{median(our_rates):.0f} calls/s",
        reference=f"{median(bare_rates):.0f} calls/s",
        ratio=ratio,
        target=f">= {THROUGHPUT_LIMIT}",
        met=ratio >= THROUGHPUT_LIMIT,
    )
