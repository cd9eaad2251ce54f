"""Power cuts for the tests of both stores: which disks they leave, and what is found on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from talent_mcp.store.sqlite.file import PRAGMAS, Durability
from talent_mcp.store.sqlite.rows import rows_of
from tests.faults.rounds import ROUNDS, seeded
from tests.powerloss import Recorder, leave, outcomes

MOMENTS = 20 + 3 * ROUNDS
"""Power cuts; each leaves five disks."""
DURABLE = Durability(checkpoint_pages=24)
NORMAL = Durability(pragmas=f"{PRAGMAS} PRAGMA synchronous = NORMAL;", checkpoint_pages=24)
"""The control: what was acknowledged so may be lost."""
CANARY = b"canary-5c1f0e7d92ab"
"""Stands in what is removed, and may be in no file after that."""


@dataclass(slots=True)
class Findings:
    """What power cuts did, over all disks that they left."""

    replays: int = 0
    lost: list[str] = field(default_factory=list[str])
    corrupt: list[str] = field(default_factory=list[str])

    def tell(self, disk: Recorder) -> None:
        print(f"\n{self.replays} power cuts in {len(disk.steps)} steps: {len(self.lost)} lost")  # noqa: T201  # the measured figure


def disks_after(disk: Recorder, folder: Path, *, surely: int) -> Iterator[tuple[int, Path]]:
    """For each of a sample of moments, and `surely` for one, what each kind of disk holds after a power cut then."""
    random = seeded("power cuts")
    moments = random.sample(range(len(disk.steps) + 1), min(MOMENTS, len(disk.steps) + 1))
    for moment, files in disk.cuts({*moments, surely, len(disk.steps)}):
        for number, survives in enumerate(outcomes(random)):
            left = folder / f"{moment}-{number}"
            left.mkdir()
            leave(files, survives, left)
            yield moment, left


def traces(home: Path) -> list[str]:
    """Files that still hold what was removed."""
    return [f"{file} still holds what was removed" for file in home.iterdir() if CANARY in file.read_bytes()]


def damage(path: Path) -> list[str]:
    """What SQLite itself finds wrong."""
    db = apsw.Connection(str(path))
    found = [row[0] for row in rows_of(db, "PRAGMA integrity_check") if row[0] != "ok"]
    db.close()
    return found
