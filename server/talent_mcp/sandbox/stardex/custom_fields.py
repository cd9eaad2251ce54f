"""How a custom field's value changes."""

import re
from collections.abc import Callable

from talent_mcp.sandbox.jsontypes import Json, items

from .bodies import CustomFieldChange
from .definitions import BY_ID, Definition

DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class InvalidCustomFieldError(ValueError):
    """The change does not fit the definition."""


def changed(change: CustomFieldChange, before: Json) -> Json:
    """The value afterwards; None means that the field is empty."""
    definition = BY_ID.get(change.attribute_id)
    if definition is None:
        raise InvalidCustomFieldError(f"Unknown attribute_id {change.attribute_id}")
    if change.clear_all:
        return None
    if definition.data_type == "team-members":
        return _team(change, list(before or ()))
    if definition.data_type == "multi-select":
        return _selection(definition, change, list(before or ()))
    if change.add_values or change.remove_values:
        raise InvalidCustomFieldError(f"{definition.name} holds one value: use value")
    return CHECKS[definition.data_type](definition, change.value)


def _team(change: CustomFieldChange, before: list[str]) -> list[str] | None:
    removed = change.remove_team_member_ids or ()
    after = dict.fromkeys([*before, *(change.add_team_member_ids or ())])
    return [member for member in after if member not in removed] or None


def _selection(definition: Definition, change: CustomFieldChange, before: list[str]) -> list[str] | None:
    if change.value is not None:
        given = items(change.value)
        before = [_tag(definition, value) for value in ([change.value] if given is None else given)]
    removed = {_tag(definition, value) for value in change.remove_values or ()}
    added = [_tag(definition, value) for value in change.add_values or ()]
    return [value for value in dict.fromkeys([*before, *added]) if value not in removed] or None


def _tag(definition: Definition, value: Json) -> str:
    tag = definition.tag_named(value) if isinstance(value, str) else None
    if tag is None:
        raise InvalidCustomFieldError(f"{definition.name} has no such option")
    return tag


def _text(definition: Definition, value: Json) -> str:
    if not isinstance(value, str):
        raise InvalidCustomFieldError(f"{definition.name} must be a string")
    return value


def _number(definition: Definition, value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidCustomFieldError(f"{definition.name} must be a number")
    return value


def _date(definition: Definition, value: Json) -> str:
    if not isinstance(value, str) or not DATE.match(value):
        raise InvalidCustomFieldError(f"{definition.name} must be a date as YYYY-MM-DD")
    return value


def _truth(definition: Definition, value: Json) -> bool:
    if not isinstance(value, bool):
        raise InvalidCustomFieldError(f"{definition.name} must be true or false")
    return value


CHECKS: dict[str, Callable[[Definition, Json], Json]] = {
    "string": _text,
    "integer": _number,
    "date": _date,
    "boolean": _truth,
    "single-select": _tag,
}
