"""The narrow contract between a typed vendor client and whatever sends its requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import JsonValue

Vendor = Literal["ocean", "stardex", "jarvi"]
Method = Literal["GET", "POST", "PATCH"]
Effect = Literal["read", "spend", "write"]
"""What a request may do at the vendor: only a `read` may ever be sent twice for one call."""

VENDOR_NAMES: Mapping[Vendor, str] = {"ocean": "Ocean.io", "stardex": "Stardex", "jarvi": "Jarvi"}


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorRequest:
    """One request in a vendor's own terms, without host or credential.

    `path` is a template such as `/v1/persons/{id}`; each of `path_values` becomes exactly one encoded
    segment of it.
    """

    method: Method
    path: str
    effect: Effect
    path_values: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: JsonValue = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorAnswer:
    """Any HTTP answer but an exhausted 429: its status and its parsed JSON body (None when empty or, on an
    error status, not JSON; `unreadable` tells these apart)."""

    status: int
    body: JsonValue
    unreadable: bool = False


class Send(Protocol):
    """Sends one request to one vendor.

    Raises:
        InvalidArguments: a path value is not a single segment.
        VendorUnavailable: nothing took effect (no credential, no connection, rate limit past the deadline).
        OutcomeUnknown: a spending or writing request left and no answer came back.
        UnreadableAnswer: a 2xx whose body is not JSON or is over the size limit.
    """

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer: ...


class HasKey(Protocol):
    """Tells whether the caller has a key for a vendor. Nothing is sent."""

    async def __call__(self, vendor: Vendor, /) -> bool: ...


async def for_every_vendor(_: Vendor, /) -> bool:
    """There is a key for all of them."""
    return True
