"""What it costs to see a change before it is made: a preview, beside the one request that it takes."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .calls import WARM_UP, shown
from .contenders import BARE, OURS
from .servers import servers
from .sizes import Sizes
from .table import Row, p95
from .tool_requests import Ask, Pair

PREVIEW_COLUMNS = ("talent-mcp", "bare SDK", "overhead, p95")
TARGET_MILLISECONDS = 10.0


def measure_preview(folder: Path, origin: str, pairs: Sequence[Pair], sizes: Sizes) -> Row:
    """Milliseconds of a preview on stdio, and how many more they are than those of reading the record."""
    (pair,) = (each for each in pairs if each.tool == "update_stardex_person")
    with servers(folder / "preview", origin) as started:
        clients = started.connect("stdio")

        def pair_of_calls() -> tuple[float, float]:
            number = next(pair.numbers)
            ours = Ask(pair.tool, {**pair.ours(number), "preview": True})
            bare = Ask("read_stardex_person", {"person_id": pair.bare(number)["person_id"]})
            return clients[OURS].call(ours) * 1000, clients[BARE].call(bare) * 1000

        for _ in range(WARM_UP):
            pair_of_calls()
        return preview_row([pair_of_calls() for _ in range(sizes.call_rounds * sizes.calls)])


def preview_row(times: Sequence[tuple[float, float]]) -> Row:
    """The row of calls that were made in turn: of talent-mcp, and of the bare SDK."""
    ours, bare = [one for one, _ in times], [other for _, other in times]
    overhead = p95([one - other for one, other in times])
    return Row(
        measure="update_stardex_person with preview, stdio",
        values=(shown(ours), shown(bare), f"{overhead:.2f} ms"),
        ratio=median(ours) / median(bare),
        target=f"<= {TARGET_MILLISECONDS:.0f} ms",
        met=overhead <= TARGET_MILLISECONDS,
    )
