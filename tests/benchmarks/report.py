"""docs/benchmarks.md: what was measured stands between markers; the words around it are a person's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from .machine import describe_machine

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
Part = Literal["measured", "soak"]


def report(tables: Sequence[str], seconds: float) -> str:
    """The tables with their machine."""
    grids = "\n\n".join(tables)
    return f"{grids}\n\nMeasured on {describe_machine()} The run took {seconds:.0f} s."


def write_report(part: Part, text: str) -> None:
    """Put the report in the document's place for it."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    DOCUMENT.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
