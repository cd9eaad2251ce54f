"""What may be changed in a Stardex person; the fields are Stardex's own."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, JsonValue

from talent_tools.arguments import LONGEST_NOTE, Arguments, Nested
from talent_tools.errors import InvalidArguments
from talent_tools.stardex.contact_changes import ContactChanges, EmailChanges, PhoneChanges
from talent_tools.values import Email, OneOrMany, Phone, ProfileUrl, Text

REMOVING = frozenset({"remove_values", "remove_team_member_ids", "clear_all"})
KEEPS = "fill_empty keeps all that is stored, and this removes something; nothing was changed. Leave one of them out."


class CustomFieldChange(Arguments):
    """A change to one custom field; which of the operations fits depends on the field's type."""

    longest: ClassVar[Mapping[str, int]] = {
        "value": LONGEST_NOTE,
        "add_values": LONGEST_NOTE,
        "remove_values": LONGEST_NOTE,
    }

    attribute_id: Text = Field(description="name or uuid")
    value: JsonValue = None
    add_values: OneOrMany[JsonValue] | None = None
    remove_values: OneOrMany[JsonValue] | None = None
    add_team_member_ids: OneOrMany[Text] | None = None
    remove_team_member_ids: OneOrMany[Text] | None = None
    clear_all: bool | None = None

    def require_operations(self, *, fill_empty: bool) -> None:
        """Raises InvalidArguments: nothing is to be done to the field, or something is to go that shall be kept."""
        operations = self.operations()
        if not operations:
            raise InvalidArguments("A custom field is named without anything to change in it.")
        if fill_empty and REMOVING & operations.keys():
            raise InvalidArguments(KEEPS)

    def operations(self) -> dict[str, JsonValue]:
        """What is to be done to the field, without what would do nothing."""
        given: dict[str, JsonValue] = self.model_dump(mode="json", exclude_none=True, exclude={"attribute_id"})
        return {name: value for name, value in given.items() if name == "value" or value}


class PersonChanges(Arguments):
    """The new values; what is left out stays as it is."""

    linkedin_url: ProfileUrl | None = None
    name: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    current_job_title: Text | None = None
    company_name: Text | None = None
    linkedin_location: Text | None = None
    linkedin_headline: Text | None = None
    address: Text | None = None
    enrich_record: bool | None = None
    work_email: Email | None = Field(default=None, description="Stardex's single slot; for more addresses use emails")
    personal_email: Email | None = None
    mobile_phone: Phone | None = None
    work_phone: Phone | None = None
    job_id: Text | None = None
    emails: Nested[EmailChanges] | None = None
    phone_numbers: Nested[PhoneChanges] | None = Field(default=None, description="with country code")
    custom_fields: OneOrMany[CustomFieldChange] | None = None

    def single_values(self) -> dict[str, JsonValue]:
        """The fields of one value that are given, as Stardex takes them."""
        given: dict[str, JsonValue] = self.model_dump(
            mode="json", exclude_none=True, exclude={"emails", "phone_numbers", "custom_fields"}
        )
        return given

    def lists(self) -> dict[str, ContactChanges]:
        """The changes to e-mails and phone numbers that ask for something."""
        given = {"emails": self.emails, "phone_numbers": self.phone_numbers}
        return {name: changes for name, changes in given.items() if changes and not changes.is_empty()}

    def require_workable(self, *, fill_empty: bool) -> None:
        """Refuse what cannot work before anything is read.

        Raises:
            InvalidArguments: nothing is named, or a list or a custom field is to change in a way that cannot work, or
                is to lose something in spite of `fill_empty`.
        """
        for changes in self.lists().values():
            changes.require_one_way()
            if fill_empty and changes.remove:
                raise InvalidArguments(KEEPS)
        for change in self.custom_fields or ():
            change.require_operations(fill_empty=fill_empty)
        if not (self.single_values() or self.lists() or self.custom_fields):
            raise InvalidArguments("Nothing was sent: changes names nothing to change; give at least one field.")
