"""What can go wrong in the server, and the one mapping of it to the text that the model reads.

TalentError
├── ConfigurationError     the operator's settings cannot work; said at start-up
├── CredentialError        a credential is missing, unreadable or kept unsafely
├── StoreUnavailable       the audit log cannot be written or read
│   └── KeysUnavailable    a key that protects what is stored cannot be had, or does not open it
└── Denied                 policy does not let this principal run this tool
    ├── OverBudget         a budget does not allow what the call may cost
    ├── NeedsApproval      a person has to decide first on what the call may cost
    ├── SaidNo             a person refused the same call
    ├── UnderWay           the same call is running elsewhere
    ├── InDoubt            the same call was made, and nobody knows whether it took effect
    └── Moved              the record is no longer as the write left it that was to be undone

What tools raise is in talent_tools.errors. Everything else is a crash: its text stays here, and the model is given
only the call's identifier.
"""

import traceback
from collections.abc import Iterator
from pathlib import PureWindowsPath
from typing import cast

from talent_tools.errors import ToolFailure

MOST_FRAMES, MOST_LINKS, MOST_MEMBERS = 6, 4, 3


class TalentError(Exception):
    """An anticipated failure; its text is ours and holds no value."""


class ConfigurationError(TalentError):
    """The operator's settings cannot work."""


class CredentialError(TalentError):
    """A credential is missing, unreadable or kept unsafely."""


class StoreUnavailable(TalentError):
    """The audit log cannot be written or read; the text says why, in words for an operator."""


class KeysUnavailable(StoreUnavailable):
    """A key that protects what is stored cannot be had, or does not open it."""


class Denied(TalentError):
    """Policy does not let this principal run this tool."""


class OverBudget(Denied):
    """A budget does not allow what a call may cost; the text says what is left, to the model."""


class NeedsApproval(Denied):
    """A person has to decide first on what the call may cost, by this plan."""

    def __init__(self, told: str, *, plan_id: str) -> None:
        super().__init__(told)
        self.plan_id = plan_id


class SaidNo(Denied):
    """A person refused the same call, of this plan."""

    def __init__(self, told: str, *, plan_id: str) -> None:
        super().__init__(told)
        self.plan_id = plan_id


class UnderWay(Denied):
    """The same call is running elsewhere."""


class InDoubt(Denied):
    """The same call was made, and nobody knows whether it took effect."""


class Moved(Denied):
    """The record is no longer as the write left it that was to be undone."""


def explain(error: BaseException, call_id: str) -> str:
    """The text that the model reads for an error: what to do next, and no more of a crash than its call."""
    if isinstance(error, ToolFailure | Denied):
        return str(error)
    if isinstance(error, CredentialError):
        return (
            "The vendor's key cannot be used, so this request was not sent. Tell the person; the operator finds the "
            "reason with `talent-mcp doctor`."
        )
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
    return " caused by ".join(described(link) for link in links(error))


def links(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, as far as Python would print that."""
    link: BaseException | None = error
    for _ in range(MOST_LINKS):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def described(error: BaseException) -> str:
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
    places = " < ".join(
        f"{PureWindowsPath(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in reversed(frames[-MOST_FRAMES:])
    )
    where = f"{type(error).__name__} at {places or 'an unknown place'}"
    inner = members(error)[:MOST_MEMBERS]
    return f"{where} of ({'; '.join(describe_crash(member) for member in inner)})" if inner else where


def members(error: BaseException) -> tuple[BaseException, ...]:
    """What is in an exception group, as it comes out of concurrent work."""
    return cast("BaseExceptionGroup[BaseException]", error).exceptions if isinstance(error, BaseExceptionGroup) else ()
