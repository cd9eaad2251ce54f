"""How much is measured: enough for steady medians within three minutes on two cores, or just enough to see it work."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """`..._rounds` is how often both sides take turns; the other numbers are for one side in one round.

    Rounds of calls are short, so that what else the machine does falls on both sides alike.
    """

    spawns: int
    call_rounds: int
    calls: int
    flood_rounds: int
    calls_in_flight: int
    append_rounds: int
    appends: int


FULL = Sizes(spawns=20, call_rounds=30, calls=8, flood_rounds=8, calls_in_flight=256, append_rounds=8, appends=320)
QUICK = Sizes(spawns=3, call_rounds=4, calls=5, flood_rounds=2, calls_in_flight=96, append_rounds=2, appends=128)
IN_FLIGHT = 64
