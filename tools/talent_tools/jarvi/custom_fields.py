"""What a call asks of the custom fields of a Jarvi profile, checked against their definitions. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic_core import to_json

from talent_tools.custom_fields import AskedField, CustomFields, require_once
from talent_tools.field_kinds import listed
from talent_tools.jarvi.client import JarviProfile
from talent_tools.plans import CUSTOM_FIELD, FieldChange


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedValue:
    """A value of one custom field, as the text that Jarvi takes."""

    field: AskedField
    sent: str

    @property
    def name(self) -> str:
        """What the field is called in a plan."""
        return f"{CUSTOM_FIELD}{self.field.definition.name or self.field.id}"

    def shown(self, text: JsonValue) -> JsonValue:
        """A text that is sent or stored, as people know it: options by their names."""
        definition = self.field.definition
        if definition.kind == "choices" and isinstance(text, str):
            return definition.shown([one.strip() for one in text.split(",") if one.strip()])
        return definition.shown(text)

    def is_in(self, stored: JsonValue) -> bool:
        """Whether this is what is stored, options in any order."""
        wanted, held = self.shown(self.sent), self.shown(stored)
        if self.field.definition.kind == "choices":
            return sorted(map(spelt, listed(wanted))) == sorted(map(spelt, listed(held)))
        return wanted == held

    def change(self, profile: JarviProfile | None, *, readable: bool, blind: bool) -> FieldChange:
        held = profile.custom_values().get(self.field.id) if profile else None
        return FieldChange(
            field=self.name,
            argument="custom_fields",
            identifier=self.field.id,
            before=self.shown(held),
            after=self.shown(self.sent),
            readable=readable,
            blind=blind,
        )


def checked(values: Mapping[str, JsonValue], known: CustomFields) -> Sequence[CheckedValue]:
    """The values, each for a field that there is and of its type.

    Raises:
        InvalidArguments: a field is not found, or is given twice, or a value does not fit.
    """
    found = [*checked_values(values, known)]
    require_once(one.field for one in found)
    return found


def checked_values(values: Mapping[str, JsonValue], known: CustomFields) -> Iterator[CheckedValue]:
    for position, (asked, value) in enumerate(values.items(), 1):
        field = known.field(asked, f"custom_fields, number {position}")
        accepted = field.definition.accepted(value)
        yield CheckedValue(field=field, sent=",".join(map(text_of, listed(accepted))))


def text_of(value: JsonValue) -> str:
    """A value as the text that Jarvi takes: true and false, and numbers without an exponent."""
    return value if isinstance(value, str) else to_json(value).decode()


def spelt(value: JsonValue) -> str:
    return to_json(value).decode()
