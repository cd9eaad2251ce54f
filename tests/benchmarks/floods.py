"""Many calls in flight: the four tools in turn, each contender in turn."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from .contenders import BARE, CONTENDERS, LEGACY_WAYS, OURS, Contender, Way
from .servers import Client, Clients, servers
from .sizes import Sizes
from .table import Row
from .tool_requests import Ask, Pair

WARM_UP = 64
TARGETS: dict[tuple[Way, int], float] = {("stdio", 64): 1.3, ("HTTP 2025-11-25", 64): 0.7}
"""At least so many times the bare SDK's calls a second."""


def measure_floods(folder: Path, origin: str, pairs: Sequence[Pair], sizes: Sizes) -> list[Row]:
    """Calls a second on each way."""
    rows: list[Row] = []
    with servers(folder / "floods", origin) as started:
        for way in LEGACY_WAYS:
            clients = started.connect(way)
            warm_up(pairs, clients)
            rows += [in_flight(way, number, pairs, clients, sizes) for number in sizes.floods]
    return rows


def warm_up(pairs: Sequence[Pair], clients: Clients) -> None:
    """Connections to the vendors are opened, and whatever else a first time takes."""
    for contender, client in clients.items():
        client.flood([contender.ask(pair) for pair in islice(cycle(pairs), WARM_UP)], WARM_UP)


def in_flight(way: Way, number: int, pairs: Sequence[Pair], clients: Clients, sizes: Sizes) -> Row:
    mixed = list(islice(cycle(pairs), sizes.floods[number]))
    rates: dict[Contender, list[float]] = {contender: [] for contender in clients}
    for _ in range(sizes.flood_rounds):
        for contender, client in clients.items():
            rates[contender].append(calls_a_second(client, [contender.ask(pair) for pair in mixed], number))
    return flood_row(way, number, {contender: median(found) for contender, found in rates.items()})


def calls_a_second(client: Client, asks: Sequence[Ask], number: int) -> float:
    return len(asks) / client.flood(asks, number)


def flood_row(way: Way, number: int, rates: Mapping[Contender, float]) -> Row:
    ratio = rates[OURS] / rates[BARE]
    target = TARGETS.get((way, number))
    return Row(
        measure=f"{number} in flight, {way}",
        values=tuple(f"{rates[contender]:.0f}/s" for contender in CONTENDERS),
        ratio=ratio,
        target="" if target is None else f">= {target:.2f}",
        met=None if target is None else ratio >= target,
    )
