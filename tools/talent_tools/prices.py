"""What Ocean.io charges, as far as it says: the truth is what an answer reports."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """Credits for each person that a search returns, each enrichment, and each e-mail and phone that one finds."""

    search_result: Decimal
    enrichment: Decimal
    email: Decimal
    phone: Decimal
