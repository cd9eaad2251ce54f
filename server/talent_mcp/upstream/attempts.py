"""One request to a vendor, as the audit log remembers it."""

from dataclasses import dataclass

from talent_tools.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it went: `status` is None when no answer came, `error` then says what happened instead.

    `path` is the template, not the path that was sent: an identifier of a person stays out of the envelope.
    """

    vendor: Vendor
    host: str
    method: str
    path: str
    number: int
    status: int | None
    error: str | None
    milliseconds: int
