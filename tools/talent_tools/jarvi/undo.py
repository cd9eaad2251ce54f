"""The way back from a save in Jarvi, as far as Jarvi lets one go it. Pure."""

from collections.abc import Sequence

from pydantic import JsonValue, ValidationError

from talent_tools.jarvi.plan import LISTS, holds
from talent_tools.jarvi.profile import ProfileFields
from talent_tools.plans import FieldChange, is_filled
from talent_tools.undo import Undo

NEW = "jarvi:new"
"""What a plan calls a profile that there is none of yet."""


def jarvi_undo(target: str, changes: Sequence[FieldChange]) -> Undo:
    """How the changes of one save to a profile are taken back.

    Jarvi documents no way to empty a field, to take an e-mail or phone number off, or to remove a note, a file or a
    profile.
    """
    fields: dict[str, JsonValue] = {}
    custom: dict[str, JsonValue] = {}
    for change in changes:
        if not (change.readable and is_filled(change.before)):
            continue
        if change.argument == "custom_fields" and change.identifier is not None:
            custom[change.identifier] = change.before
        elif is_restorable(change):
            fields[change.field] = change.before
    restores = custom.keys() | fields.keys()
    arguments: dict[str, JsonValue] = {"profile": {"id": target.removeprefix("jarvi:"), **fields}}
    if custom:
        arguments["custom_fields"] = custom
    return Undo(
        arguments=arguments if restores and target != NEW else None,
        lost=[change.field for change in changes if change.place not in restores],
        same=same,
    )


def is_restorable(change: FieldChange) -> bool:
    if change.field in LISTS or change.field not in ProfileFields.model_fields:
        return False
    try:
        given = ProfileFields.model_validate({change.field: change.before})
    except ValidationError:
        return False
    return same(change.field, given.model_dump(mode="json")[change.field], change.before)


def same(field: str, one: JsonValue, other: JsonValue) -> bool:
    return one == other or (field in ProfileFields.model_fields and holds(field, one, other))
