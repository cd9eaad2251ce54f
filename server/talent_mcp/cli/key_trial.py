"""Does a vendor accept the key? One free request through the gate, so that the audit log knows of it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from talent_mcp.app import House
from talent_mcp.audit.calls import summary
from talent_mcp.audit.entries import StoredEntry
from talent_mcp.checks import CHECKS
from talent_mcp.identity import LOCAL_TENANT, local_caller
from talent_tools.vendor import VENDOR_NAMES, Vendor

Verdict = Literal["accepted", "refused", "unreachable", "failed"]
WRONG_ADDRESS = 404


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """How the request ended, in a word and in a sentence; `credits` are those that Ocean.io says are left."""

    verdict: Verdict
    text: str
    credits: float | None = None


async def try_key(house: House, vendor: Vendor) -> Trial:
    """Make the request.

    Raises:
        StoreUnavailable: the log could be written but not read.
    """
    completed = await house.gate.run(CHECKS[vendor], {}, local_caller("cli", None))
    if not isinstance(completed.content, str):
        text = f"{VENDOR_NAMES[vendor]} accepts the key"
        return Trial(verdict="accepted", text=text, credits=credits_left(completed.content.get("left")))
    if completed.head is None:
        return Trial(verdict="failed", text="nothing was sent, as the audit log cannot be written")
    return explained(vendor, await house.store.call(LOCAL_TENANT, completed.call_id), completed.content)


def explained(vendor: Vendor, entries: list[StoredEntry], told: str) -> Trial:
    """What the recorded entries say of a request that failed; `told` is what a model would have read."""
    name, failure = VENDOR_NAMES[vendor], summary(entries).detail
    statuses = [entry.envelope.get("status") for entry in entries if entry.entry.type == "attempt"]
    last = statuses[-1] if statuses else None
    if failure == "VendorRefused" and last == WRONG_ADDRESS:
        return Trial(verdict="failed", text=f"{name} is not at the address in the settings (it answers HTTP 404)")
    if failure == "VendorRefused":
        return Trial(verdict="refused", text=f"{name} does not accept the key (HTTP {last})")
    if statuses and last is None:
        return Trial(verdict="unreachable", text=f"{name} cannot be reached")
    return Trial(verdict="failed", text=told)


def credits_left(left: JsonValue) -> float | None:
    """The sum of what Ocean.io lists under `credits`; None where it lists nothing."""
    listed = left.get("credits") if isinstance(left, dict) else None
    kinds = listed.values() if isinstance(listed, dict) else ()
    numbers = [number for number in kinds if isinstance(number, int | float)]
    return sum(numbers) if numbers else None
