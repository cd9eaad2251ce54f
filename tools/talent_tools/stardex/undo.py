"""The way back from a change in Stardex. Pure."""

from collections.abc import Sequence

from pydantic import JsonValue, ValidationError

from talent_tools.plans import FieldChange, is_filled
from talent_tools.stardex.changes import PersonChanges
from talent_tools.stardex.contact_changes import ContactChanges, new_entries
from talent_tools.stardex.fields import LISTS, ORDERS, list_field, same_choices, same_value, single_field, written
from talent_tools.undo import Undo


def stardex_undo(target: str, changes: Sequence[FieldChange]) -> Undo:
    """How the changes of one write to a record are taken back.

    Stardex does not say how a field of one value is emptied, so that one which was empty before stays; what is done to
    a custom field of an unknown value, and orders such as `enrich_record`, stay too.
    """
    back: dict[str, JsonValue] = {}
    custom: list[JsonValue] = []
    restores: list[str] = []
    for change in changes:
        if not change.readable:
            continue
        if change.argument == "custom_fields":
            if change.identifier is None or isinstance(change.after, dict):
                continue
            operation: dict[str, JsonValue] = (
                {"value": change.before} if is_filled(change.before) else {"clear_all": True}
            )
            custom.append({"attribute_id": change.identifier, **operation})
        elif is_restorable(change):
            back[change.field] = {"replace": change.before} if change.field in LISTS else change.before
        else:
            continue
        restores.append(change.place)
    wanted: dict[str, JsonValue] = {**back, "custom_fields": custom} if custom else back
    return Undo(
        arguments={"person_id": target.removeprefix("stardex:"), "changes": wanted} if restores else None,
        lost=[change.field for change in changes if change.place not in restores],
        same=same,
    )


def is_restorable(change: FieldChange) -> bool:
    """Whether the tool can write exactly what was there."""
    if change.field in ORDERS or change.field not in PersonChanges.model_fields or change.before is None:
        return False
    try:
        if change.field in LISTS:
            entries = ContactChanges.model_validate({"replace": change.before}).replace or ()
            PersonChanges.model_validate({change.field: {"replace": change.before}})
            return written(new_entries(entries, LISTS[change.field])) == change.before
        given = PersonChanges.model_validate({change.field: change.before}).single_values()
        return same(change.field, given[change.field], change.before)
    except ValidationError:
        return False


def same(field: str, one: JsonValue, other: JsonValue) -> bool:
    if field in LISTS:
        return list_field(field).same(one, other)
    if field in PersonChanges.model_fields:
        return single_field(field).same(one, other)
    return same_choices(one, other) or same_value(one, other)
