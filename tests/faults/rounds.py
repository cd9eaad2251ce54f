"""How much of each fault is tried: a little by `make test`, much by `make faults`; always the same of it."""

import os
from random import Random

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "6"))
SEED = 20261123


def seeded(*names: object) -> Random:
    """A source of chances that are the same in each run, for whatever has this name."""
    return Random(f"{SEED} {names}")  # noqa: S311  # a seed makes them repeatable
