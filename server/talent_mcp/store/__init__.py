"""One narrow Store protocol, and the databases behind it."""

from talent_mcp.errors import StoreUnavailable
from talent_mcp.store.protocol import Head, Store

__all__ = ["Head", "Store", "StoreUnavailable"]
