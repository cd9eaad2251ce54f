"""talent-mcp: the process between an AI agent and the systems of an executive-search firm."""

__version__ = "0.1.0"
