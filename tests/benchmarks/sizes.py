"""How much is measured: enough for steady medians in some minutes on two cores, or just enough to see it work."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """`..._rounds` is how often the servers take turns; the other numbers are for one of them in one round.

    Rounds of calls are short, so that what else the machine does falls on all of them alike. `floods` is how many
    calls are made for each number in flight, `verified` the entries of the log that is verified.
    """

    spawns: int
    call_rounds: int
    calls: int
    flood_rounds: int
    floods: Mapping[int, int]
    append_rounds: int
    appends: int
    fair_rounds: int
    verify_rounds: int
    verified: int


FULL = Sizes(
    spawns=20,
    call_rounds=30,
    calls=8,
    flood_rounds=6,
    floods={1: 64, 8: 128, 64: 256, 256: 768},
    append_rounds=8,
    appends=320,
    fair_rounds=5,
    verify_rounds=5,
    verified=300_000,
)
QUICK = Sizes(
    spawns=2,
    call_rounds=3,
    calls=4,
    flood_rounds=1,
    floods={1: 16, 8: 32, 64: 64, 256: 256},
    append_rounds=2,
    appends=128,
    fair_rounds=1,
    verify_rounds=1,
    verified=20_000,
)
