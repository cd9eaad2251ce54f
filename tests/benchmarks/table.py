"""What was measured, as rows of a table; a target is stated and compared, never asserted."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

HEADINGS = ("measure", "talent-mcp", "reference", "ratio", "target", "met")
PERCENTILE_95 = 18


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One ratio. `target` and `met` are empty where nothing was promised."""

    measure: str
    ours: str
    reference: str
    ratio: float
    target: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        met = "" if self.met is None else "yes" if self.met else "NO"
        return (self.measure, self.ours, self.reference, f"{self.ratio:.2f}", self.target, met)


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[PERCENTILE_95]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table that is also readable in a terminal."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join([_line(HEADINGS, widths), _line(["-" * width for width in widths], widths), *_body(rows, widths)])


def _body(rows: Sequence[Row], widths: Sequence[int]) -> list[str]:
    return [_line(row.cells(), widths) for row in rows]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"
