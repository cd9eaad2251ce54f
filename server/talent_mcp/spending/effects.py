"""What an entry of the audit log does to spending: the one rule that every store keeps its sums by."""

from dataclasses import dataclass

from talent_mcp.audit.entries import Entry
from talent_mcp.spending.amounts import reported_hundredths


@dataclass(frozen=True, kw_only=True, slots=True)
class Reserve:
    """A call may cost so many hundredths of a credit, on a day (YYYY-MM-DD, in UTC)."""

    principal: str
    tool: str
    day: str
    hundredths: int


@dataclass(frozen=True, slots=True)
class Settle:
    """What a call did cost, in hundredths of a credit; where nobody reported that it is `assumed`, as the most that it
    may have cost. None is all that was reserved for it."""

    spent: int | None
    assumed: bool = False


def effect(entry: Entry) -> Reserve | Settle | None:
    """What the entry does to what its call holds; None is nothing: an outcome that is unknown leaves it reserved."""
    fields = entry.fields
    match entry.type, entry.outcome:
        case "intent", _:
            amount = reported_hundredths(fields.get("reserves"))
            if amount is None:
                return None
            day = str(fields["time"])[:10]
            principal, tool = str(fields.get("principal", "")), str(fields.get("tool", ""))
            return Reserve(principal=principal, tool=tool, day=day, hundredths=amount)
        case "outcome", "success":
            reported = reported_hundredths(fields.get("credits"))
            if reported is None:
                return Settle(reported_hundredths(fields.get("credits_at_most")), assumed=True)
            return Settle(reported)
        case "outcome", "failure":
            return Settle(reported_hundredths(fields.get("credits")) or 0)
        case "resolved", _:
            return Settle(0) if fields.get("as") == "did-not" else Settle(None, assumed=True)
        case "denied", _:
            return Settle(0)
        case _:
            return None
