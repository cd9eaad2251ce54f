"""Why a call did not succeed, in words written for the model that made it.

ToolFailure
├── InvalidArguments      nothing was sent; other arguments would work
├── VendorRefused         the vendor answered no; nothing was changed or spent
├── VendorUnavailable     nothing was changed or spent; the same call may work later
├── UnreadableAnswer      the vendor answered something that cannot be read; the answer is kept
└── OutcomeUnknown        the request left, and whether it took effect is not known

The text of each says what to do next. It never holds a value of the call (personal data) and never the
vendor's own words (untrusted).
"""

from typing import ClassVar, Literal

from pydantic import JsonValue

Outcome = Literal["failure", "unknown"]


class ToolFailure(Exception):
    """A failure that a smarter model, or a person it tells, can do something about."""

    outcome: ClassVar[Outcome] = "failure"


class InvalidArguments(ToolFailure):
    """The arguments cannot work; nothing was sent."""


class VendorRefused(ToolFailure):
    """The vendor answered with an error; nothing was changed or spent."""

    def __init__(self, advice: str, *, status: int) -> None:
        super().__init__(advice)
        self.status = status


class VendorUnavailable(ToolFailure):
    """Nothing was changed or spent; `retry_after` says in how many seconds to ask again, if that is known."""

    def __init__(self, advice: str, *, retry_after: float | None = None) -> None:
        super().__init__(advice)
        self.retry_after = retry_after


class UnreadableAnswer(ToolFailure):
    """The vendor accepted the request and answered something unreadable, kept whole in `raw`."""

    def __init__(self, advice: str, *, raw: JsonValue) -> None:
        super().__init__(advice)
        self.raw = raw


class OutcomeUnknown(ToolFailure):
    """The request left and no answer came back: it may have taken effect, so it must not be repeated blindly."""

    outcome: ClassVar[Outcome] = "unknown"
