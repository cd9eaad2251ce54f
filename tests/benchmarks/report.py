"""docs/benchmarks.md: what was measured stands between two markers; the words around it are a person's."""

from collections.abc import Sequence
from pathlib import Path

from .machine import describe_machine
from .table import Row, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def report(rows: Sequence[Row], seconds: float) -> str:
    """The table with its machine."""
    return f"{table(rows)}\n\nMeasured on {describe_machine()} The run took {seconds:.0f} s."


def write_report(text: str) -> None:
    """Put the report in the document's place for it."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
