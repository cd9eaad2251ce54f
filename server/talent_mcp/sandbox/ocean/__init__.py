"""Ocean.io: people search, enrichment, credits."""

from .service import Ocean

__all__ = ["Ocean"]
