"""Hundredths of a credit, which are whole numbers and add up exactly, and credits, which people read."""

import math
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from pydantic import JsonValue

HUNDREDTH = Decimal("0.01")
MOST = 10**12
"""More than anybody has; a vendor that reports more must not make sums overflow."""


def reserved_hundredths(amount: Decimal) -> int:
    """So many that this amount of credits is covered."""
    return int(amount.quantize(HUNDREDTH, ROUND_CEILING) * 100)


def reported_hundredths(amount: JsonValue) -> int | None:
    """What a vendor reports in credits, to the nearest hundredth; None where that cannot have been spent."""
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < math.inf:
        return None
    if amount > MOST // 100:
        return MOST
    return int(Decimal(str(amount)).quantize(HUNDREDTH, ROUND_HALF_UP) * 100)


def in_credits(hundredths: int) -> float:
    """Credits as a JSON number with at most two decimals."""
    return hundredths / 100


def spelt(hundredths: int) -> str:
    """Credits for people: 3, 0.2 or 10.05."""
    return f"{Decimal(hundredths) / 100:f}"
