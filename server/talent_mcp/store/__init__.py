"""One narrow Store protocol, and the databases behind it."""

from talent_mcp.store.protocol import Head, Store, StoreUnavailable

__all__ = ["Head", "Store", "StoreUnavailable"]
