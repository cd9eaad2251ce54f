"""What may stand in a log: our own words, and of others only where they spoke.

Libraries log requests, messages and exceptions with the values in them: names, e-mails, keys.
"""

import logging
import sys

from talent_mcp.errors import describe_crash

OURS = "talent_mcp"
QUIET = ("asyncio", "filelock", "httpcore2", "httpx2", "mcp", "uvicorn")
"""Libraries that are heard only when something is wrong, whatever the level."""


class SafeFormatter(logging.Formatter):
    """One line a record; of a library's record its place and, for an exception, type and place."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage() if record.name.split(".")[0] == OURS else f"{record.funcName}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        crash = f" ({describe_crash(error)})" if error else ""
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {text}{crash}"


def configure_logging(level: str) -> None:
    """Send what is logged to standard error, which belongs to the operator on every transport."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
