"""What was measured, as rows of a table; a target is stated and compared, never asserted."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

PERCENTILE_95 = 18


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measure: a value for each column, and the ratio of the first to the second.

    `target` and `met` are empty where nothing was promised.
    """

    measure: str
    values: tuple[str, ...]
    ratio: float
    target: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        met = "" if self.met is None else "yes" if self.met else "NO"
        return (self.measure, *self.values, f"{self.ratio:.2f}", self.target, met)


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[PERCENTILE_95]


def table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows under the names of what was measured."""
    return grid([("measure", *columns, "ratio", "target", "met"), *(row.cells() for row in rows)])


def grid(lines: Sequence[Sequence[str]]) -> str:
    """A heading and its lines as a Markdown table that is also readable in a terminal."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    heading, *body = [_line(line, widths) for line in lines]
    return "\n".join([heading, _line(["-" * width for width in widths], widths), *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"
