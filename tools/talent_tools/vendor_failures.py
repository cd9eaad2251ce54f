"""From a vendor's error answer to the failure that says what to do next, in our own words."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from talent_tools.errors import (
    OutcomeUnknown,
    ToolFailure,
    UnreadableAnswer,
    VendorRefused,
    VendorUnavailable,
)
from talent_tools.vendor import VENDOR_NAMES, Effect, Vendor

M = TypeVar("M", bound=BaseModel)


def failure(vendor: Vendor, status: int, effect: Effect, advice: Mapping[int, str]) -> ToolFailure:
    """The failure that an error status means; `advice` holds the vendor's own cases by status."""
    name = VENDOR_NAMES[vendor]
    if status >= 500:
        return _server_failure(name, effect)
    if status in (401, 403):
        return VendorRefused(
            f"{name} did not accept the credential; nothing was changed."
            f" Ask the operator to run `talent-mcp login {vendor}`.",
            status=status,
        )
    general = f"{name} refused the request (HTTP {status}); nothing was changed. Repeating it will not help."
    return VendorRefused(advice.get(status, general), status=status)


def read_answer(vendor: Vendor, model: type[M], body: JsonValue, effect: Effect) -> M:
    """The body of a 2xx as `model`.

    Raises:
        UnreadableAnswer: it does not fit; `raw` keeps it.
    """
    try:
        return model.model_validate(body)
    except ValidationError:
        raise _unreadable(vendor, body, effect) from None


def _server_failure(name: str, effect: Effect) -> ToolFailure:
    if effect == "read":
        return VendorUnavailable(f"{name} failed while reading; nothing was changed. Try again in a minute.")
    return OutcomeUnknown(
        f"{name} failed while writing: the change may or may not be saved."
        " Read the record there before repeating the call."
    )


def _unreadable(vendor: Vendor, body: JsonValue, effect: Effect) -> UnreadableAnswer:
    """The failure for a 2xx that does not say what it should."""
    name = VENDOR_NAMES[vendor]
    if effect == "read":
        return UnreadableAnswer(f"{name} answered a read in an unknown form; nothing was changed.", raw=body)
    return UnreadableAnswer(
        f"{name} accepted the change but answered in an unknown form. Read the record there before repeating the call.",
        raw=body,
    )
