"""The way back from a write: what the same tool is asked for, and what nothing brings back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from talent_tools.plans import FieldChange, field_label

SameValue = Callable[[str, JsonValue, JsonValue], bool]
"""Whether two values of this field are one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """`arguments` of the tool that made the changes, to take them back; None if none can be.

    `lost` are the fields that they do not bring back; `same` tells values of a field apart.
    """

    arguments: Mapping[str, JsonValue] | None
    lost: Sequence[str]
    same: SameValue


def lost_note(undo: Undo, changes: Sequence[FieldChange]) -> list[str]:
    """What a person is told before the write of fields that are shown and still cannot be brought back; of those that
    are not shown, and of what is added beside fields, the tools say so themselves."""
    stay = [field_label(change.field) for change in changes if change.readable and change.field in undo.lost]
    return [f"Once changed, talent-mcp cannot bring this back to what it is now: {', '.join(stay)}."] if stay else []


def moved(undo: Undo, left: Mapping[str, JsonValue], proposed: Sequence[FieldChange]) -> list[str]:
    """The fields that hold neither what the write `left` there, by their places, nor what was there before."""
    return [
        change.field
        for change in proposed
        if not (change.readable and change.place in left and undo.same(change.field, change.before, left[change.place]))
    ]
