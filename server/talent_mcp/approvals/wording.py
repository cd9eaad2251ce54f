"""A plan in words for the person who decides: whom it is about first, then each field, before and after. Pure."""

from collections.abc import Iterator

from pydantic import JsonValue

from talent_mcp.approvals.desk import ShownPlan
from talent_tools.vendor import VENDOR_NAMES

LONGEST_VALUE = 400
LONGEST_TEXT = 6_000
CUT = " [...]"
NOTHING = "(nothing)"
NOT_SHOWN = "(not shown by the vendor)"


def headline(plan: ShownPlan) -> str:
    """Whom a plan is about, and where."""
    vendor, _, record = plan.target.partition(":")
    place = next((name for key, name in VENDOR_NAMES.items() if key == vendor), vendor)
    whom = plan.name or "a person without a name"
    return f"{cut(whom)} in {place}: new profile" if record == "new" else f"{cut(whom)} in {place} ({cut(record)})"


def lines(plan: ShownPlan) -> Iterator[str]:
    """Each change in a line of its own, then what cannot be foreseen or taken back."""
    for change in plan.changes:
        yield f"{str(change.get('field')).replace('_', ' ')}: {difference(change)}"
    yield from plan.notes


def text(plan: ShownPlan) -> str:
    """The whole plan; the same words for the same plan."""
    whole = "\n".join([f"Change {headline(plan)}", *(f"- {line}" for line in lines(plan))])
    return whole if len(whole) <= LONGEST_TEXT else whole[: LONGEST_TEXT - len(CUT)] + CUT


def difference(change: dict[str, JsonValue]) -> str:
    """What becomes of one field."""
    before, after = change.get("before"), change.get("after")
    if isinstance(before, list) and isinstance(after, list):
        added = [value(one) for one in after if one not in before]
        removed = [value(one) for one in before if one not in after]
        parts = [f"adds {', '.join(added)}"] if added else []
        parts += [f"removes {', '.join(removed)}"] if removed else []
        return "; ".join(parts) or "in another order"
    old = value(before) if "before" in change else NOT_SHOWN
    return f"{old} -> {value(after)}"


def value(shown: JsonValue) -> str:
    """A value as people read it."""
    if shown is None or shown in ("", []):
        return NOTHING
    if isinstance(shown, dict):
        if isinstance(shown.get("value"), str):
            label = shown.get("contact_data_type")
            return cut(f"{shown['value']} ({label})" if label else str(shown["value"]))
        return cut(", ".join(f"{key.replace('_', ' ')} {value(part)}" for key, part in shown.items()))
    if isinstance(shown, list):
        return cut(", ".join(map(value, shown)))
    return cut(str(shown))


def cut(words: str) -> str:
    """On one line, and not too long."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - len(CUT)] + CUT
