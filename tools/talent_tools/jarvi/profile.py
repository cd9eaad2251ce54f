"""What may be said of a person in Jarvi, in our names; Jarvi's own camelCase is understood too."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import AliasGenerator, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from talent_tools.arguments import LONGEST_NOTE, Arguments
from talent_tools.values import Contacts, Email, Phone, ProfileUrl, Text, required_uuid

IN_CAMEL_CASE_TOO = ConfigDict(
    alias_generator=AliasGenerator(validation_alias=to_camel), populate_by_name=True, loc_by_alias=False
)


class ProfileFields(Arguments):
    """The person; Jarvi merges by id, then external id, then e-mail or LinkedIn."""

    model_config = IN_CAMEL_CASE_TOO

    id: Text | None = Field(default=None, description="Jarvi uuid")
    external_id: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    email_addresses: Contacts[Email] | None = None
    phone_numbers: Contacts[Phone] | None = None
    linkedin_url: ProfileUrl | None = None
    location: Text | None = None
    headline: Text | None = None
    current_position: Text | None = None
    current_company_name: Text | None = None
    current_company_id: Text | None = None

    def identifies_somebody(self) -> bool:
        """Whether Jarvi has anything to recognise the person by."""
        return bool(self.id or self.external_id or self.email_addresses or self.linkedin_url)

    def wire(self) -> dict[str, JsonValue]:
        """The fields that were given, as Jarvi takes them."""
        lists = {"email_addresses", "phone_numbers"}
        given: dict[str, JsonValue] = self.model_dump(mode="json", exclude_none=True, exclude=lists)
        if self.email_addresses:
            given["email_addresses"] = _joined(self.email_addresses)
        if self.phone_numbers:
            given["phone_numbers"] = _joined(self.phone_numbers)
        return {to_camel(name): value for name, value in given.items()}


class HistoryEntry(Arguments):
    """A note added to the profile's history."""

    longest: ClassVar[Mapping[str, int]] = {"message": LONGEST_NOTE}

    subject: Text | None = None
    message: Text | None = None
    type: Text | None = Field(default=None, description="uuid")

    def wire(self) -> dict[str, JsonValue]:
        """The fields that were given, as Jarvi takes them.

        Raises:
            InvalidArguments: the type is not a uuid.
        """
        given: dict[str, JsonValue] = self.model_dump(mode="json", exclude_none=True)
        if self.type is not None:
            given["type"] = required_uuid(self.type, "the history entry type")
        return {to_camel(f"history_entry_{name}"): value for name, value in given.items()}


def _joined(values: tuple[str, ...]) -> str:
    """One comma-separated string, without blanks: a vendor that splits at the comma alone reads it right.

    No e-mail address or phone number that is accepted here has a comma.
    """
    return ",".join(values)
