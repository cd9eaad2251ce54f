"""One call of each tool at a time, each contender in turn."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from .contenders import BARE, CONTENDERS, OURS, WAYS, Contender, Way
from .servers import Clients, servers
from .sizes import Sizes
from .table import Row, p95
from .tool_requests import Pair

WARM_UP = 10
STDIO_LIMIT = 1.00
CALL_SLACK = 1.25
APPENDS_A_CALL = 2
CANNOT = "cannot"


def measure_calls(
    folder: Path, origin: str, pairs: Sequence[Pair], sizes: Sizes, append: Callable[[], float]
) -> list[Row]:
    """Milliseconds of each tool on each way."""
    rows: list[Row] = []
    with servers(folder / "calls", origin) as started:
        for way in WAYS:
            clients = started.connect(way)
            rows += [one_at_a_time(way, pair, clients, sizes, append) for pair in pairs]
    return rows


def one_at_a_time(way: Way, pair: Pair, clients: Clients, sizes: Sizes, append: Callable[[], float]) -> Row:
    for contender, client in clients.items():
        for _ in range(WARM_UP):
            client.call(contender.ask(pair))
    times: dict[Contender, list[float]] = {contender: [] for contender in clients}
    appends: list[float] = []
    for _ in range(sizes.call_rounds):
        for contender, client in clients.items():
            times[contender] += [client.call(contender.ask(pair)) * 1000 for _ in range(sizes.calls)]
        appends.append(append())
    return call_row(f"{pair.tool}, {way}", way, times, median(appends))


def call_row(measure: str, way: Way, times: Mapping[Contender, Sequence[float]], append_milliseconds: float) -> Row:
    ours, bare = median(times[OURS]), median(times[BARE])
    # A durable append is a wait for the disk; over HTTP the target still allows for two.
    with_appends = (bare + APPENDS_A_CALL * append_milliseconds) * CALL_SLACK
    limit = bare * STDIO_LIMIT if way == "stdio" else with_appends
    target = f"<= {STDIO_LIMIT:.2f}" if way == "stdio" else f"<= {limit:.2f} ms (append {append_milliseconds:.2f})"
    values = tuple(shown(times[contender]) if contender in times else CANNOT for contender in CONTENDERS)
    return Row(measure=measure, values=values, ratio=ours / bare, target=target, met=ours <= limit)


def shown(milliseconds: Sequence[float]) -> str:
    return f"{median(milliseconds):.2f} / {p95(milliseconds):.2f}"
