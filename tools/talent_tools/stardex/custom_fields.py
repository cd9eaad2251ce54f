"""What a call asks of the custom fields of a Stardex person, checked against their definitions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from talent_tools.custom_fields import AskedField, CustomField, CustomFields, require_once
from talent_tools.errors import InvalidArguments
from talent_tools.field_kinds import listed
from talent_tools.stardex.changes import CustomFieldChange

ON_LISTS = frozenset({"add_values", "remove_values"})
OF_VALUES = ON_LISTS | {"value"}
ON_TEAMS = frozenset({"add_team_member_ids", "remove_team_member_ids"})


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedChange:
    """What is to be done to one custom field, each operation as Stardex takes it."""

    field: AskedField
    operations: Mapping[str, JsonValue]

    def wire(self) -> dict[str, JsonValue]:
        return {"attribute_id": self.field.id, **self.operations}

    def outcome(self, before: JsonValue, *, readable: bool) -> tuple[JsonValue, bool]:
        """What the field is brought to, for people, and whether that is a value to compare with: otherwise it is what
        is done to a value that nobody knows."""
        if set(self.operations) == {"value"}:
            return self.definition.shown(self.operations["value"]), True
        if self.operations.get("clear_all") is True and len(self.operations) == 1:
            return None, True
        if self.definition.kind == "choices" and readable and self.operations.keys() <= OF_VALUES:
            return self.listed_after(before), True
        shown = {
            name: self.definition.shown(value) if name in OF_VALUES else value
            for name, value in self.operations.items()
        }
        return shown, False

    @property
    def overwrites(self) -> bool:
        """Whether what the field held is gone afterwards, and not only what is named."""
        return bool({"value", "clear_all"} & set(self.operations))

    def listed_after(self, before: JsonValue) -> JsonValue:
        operations = {name: listed(self.definition.shown(value)) for name, value in self.operations.items()}
        start = operations.get("value", listed(self.definition.shown(before)))
        removed = operations.get("remove_values", ())
        kept = [one for one in start if one not in removed]
        return [*kept, *(one for one in operations.get("add_values", ()) if one not in kept)]

    @property
    def definition(self) -> CustomField:
        return self.field.definition


def checked(changes: Iterable[CustomFieldChange], known: CustomFields) -> Sequence[CheckedChange]:
    """The changes, each to a field that there is and with values that fit it.

    Raises:
        InvalidArguments: a field is not found, or is given twice, or a change does not fit it.
    """
    found = [checked_change(change, known, f"custom_fields[{n}]") for n, change in enumerate(changes)]
    require_once(one.field for one in found)
    return found


def checked_change(change: CustomFieldChange, known: CustomFields, place: str) -> CheckedChange:
    field = known.field(change.attribute_id, place)
    operations = change.operations()
    require_fitting(field.definition, operations.keys())
    return CheckedChange(
        field=field, operations={name: accepted(field.definition, name, value) for name, value in operations.items()}
    )


def require_fitting(definition: CustomField, names: Iterable[str]) -> None:
    if definition.kind == "unknown":
        return
    if ON_TEAMS & set(names):
        raise InvalidArguments(f"Custom field {definition.quoted} holds no team members; nothing was changed.")
    if definition.kind != "choices" and ON_LISTS & set(names):
        raise InvalidArguments(f"Custom field {definition.quoted} holds one value, so give value; nothing was changed.")


def accepted(definition: CustomField, operation: str, value: JsonValue) -> JsonValue:
    return definition.accepted(value) if operation in OF_VALUES else value
