"""How much is measured: enough for steady medians within three minutes on two cores, or just enough to see it work."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """`rounds` is how often both sides take turns; the other numbers are for one side in one round."""

    spawns: int
    rounds: int
    calls: int
    calls_in_flight: int
    appends: int


FULL = Sizes(spawns=15, rounds=6, calls=25, calls_in_flight=192, appends=320)
QUICK = Sizes(spawns=3, rounds=2, calls=8, calls_in_flight=96, appends=128)
IN_FLIGHT = 64
