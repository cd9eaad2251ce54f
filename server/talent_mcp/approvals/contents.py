"""What a plan would change, as it is recorded and shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanContent:
    """Whom a plan is about, as `vendor:record` and by name, each field before and after, and what cannot be foreseen
    or taken back."""

    target: str
    name: str | None
    changes: list[dict[str, JsonValue]]
    notes: list[str]


def plan_content(held: JsonValue) -> PlanContent | None:
    """What the payload of a plan's entry says; None where it is not there (any more)."""
    if not isinstance(held, Mapping) or "changes" not in held:
        return None
    name, changes, notes = held.get("name"), held.get("changes"), held.get("notes")
    return PlanContent(
        target=str(held.get("target")),
        name=name if isinstance(name, str) else None,
        changes=[change for change in changes if isinstance(change, dict)] if isinstance(changes, list) else [],
        notes=[str(note) for note in notes] if isinstance(notes, list) else [],
    )
