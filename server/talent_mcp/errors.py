"""What can go wrong in the server, and the one mapping of it to the text that the model reads.

TalentError
├── ConfigurationError     the operator's settings cannot work; said at start-up
├── CredentialError        a credential is missing, unreadable or kept unsafely
└── Denied                 policy does not let this principal run this tool

What tools raise is in talent_tools.errors; what a store raises is StoreUnavailable. Everything else is a crash:
its text stays here, and the model is given only the call's identifier.
"""

import traceback

from talent_mcp.store.protocol import StoreUnavailable
from talent_tools.errors import ToolFailure


class TalentError(Exception):
    """An anticipated failure; its text is ours and holds no value."""


class ConfigurationError(TalentError):
    """The operator's settings cannot work."""


class CredentialError(TalentError):
    """A credential is missing, unreadable or kept unsafely."""


class Denied(TalentError):
    """Policy does not let this principal run this tool."""


def explain(error: BaseException, call_id: str) -> str:
    """The text that the model reads for an error: what to do next, and no more of a crash than its call."""
    if isinstance(error, ToolFailure | Denied):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return (
            f"The audit log cannot be written ({error}), so nothing was sent. Tell the person; the operator "
            "can run `talent-mcp doctor`. The same call works again once the log does."
        )
    return (
        f"This call failed inside talent-mcp. Do not repeat it unchanged; tell the person. The operator finds the "
        f"reason with `talent-mcp audit show {call_id}`."
    )


def describe_crash(error: BaseException) -> str:
    """Where a crash happened, by type, file and line: its message and values may be personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__name__} at {places or 'an unknown place'}"
