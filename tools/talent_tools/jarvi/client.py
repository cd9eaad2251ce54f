"""Jarvi: its wire models and a typed client. Routes and fields are those of its public API pages."""

from typing import TypeVar

from pydantic import BaseModel, Field, JsonValue
from pydantic_core import to_json

from talent_tools.result import VendorData
from talent_tools.vendor import Send, VendorRequest
from talent_tools.vendor_failures import failure, read_answer

_ADVICE = {
    400: "Jarvi did not accept a value; nothing was changed. Check that ids, the history entry type and"
    " custom field keys are uuids of this Jarvi account, and that e-mails and phone numbers are well formed.",
    404: "Jarvi does not know one of the ids; nothing was changed. Check id, current_company_id and project_id.",
    413: "The request is too large for Jarvi; nothing was changed. Send fewer or smaller files.",
}
PAGE = 20
_CUSTOM_FIELDS = "query { fields { id name type targetedEntity values { id name technicalValue } } }"


class SavedProfile(VendorData):
    """The answer to a save; it does not say whether the profile was created or merged."""

    profile_id: str
    task_id: str | None = None
    message: str | None = None


class JarviAddress(VendorData):
    """An e-mail address of a profile as it is read."""

    address: str | None = None


class JarviNumber(VendorData):
    """A phone number of a profile as it is read."""

    number: str | None = None


class JarviFieldValue(VendorData):
    """What a profile holds in a custom field."""

    field_id: str | None = None
    value: JsonValue = None


class JarviProfile(VendorData):
    """A profile as it is read; lists are objects here and one text in a save."""

    id: str
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email_addresses: tuple[JarviAddress, ...] | None = None
    phone_numbers: tuple[JarviNumber, ...] | None = None
    linkedin_url: str | None = None
    location: str | None = None
    headline: str | None = None
    current_position: str | None = None
    current_company_name: str | None = None
    current_company_id: str | None = None
    fields_values: tuple[JarviFieldValue, ...] | None = None

    def custom_values(self) -> dict[str, JsonValue]:
        """What the custom fields hold, by their uuids."""
        return {one.field_id.lower(): one.value for one in self.fields_values or () if one.field_id}


class _Profiles(VendorData):
    data: tuple[JarviProfile, ...]


class JarviCustomFieldValue(VendorData):
    """One of the values that a custom field of a closed list takes."""

    id: str
    name: str | None = None
    technical_value: str | None = None


class JarviCustomField(VendorData):
    """The definition of a custom field; `id` is the uuid that is its key in a save."""

    id: str
    name: str | None = None
    type: str | None = None
    targeted_entity: str | None = None
    values: tuple[JarviCustomFieldValue, ...] | None = None


class _CustomFields(VendorData):
    definitions: tuple[JarviCustomField, ...] = Field(alias="fields")


class _CustomFieldsAnswer(VendorData):
    data: _CustomFields


M = TypeVar("M", bound=BaseModel)


class Jarvi:
    """The Jarvi routes that the tools use.

    Each method raises what `Send` raises, VendorRefused, UnreadableAnswer for a 2xx in an unknown form, and
    for a 5xx VendorUnavailable (reads) or OutcomeUnknown (writes).
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def save_profile(self, body: dict[str, JsonValue]) -> SavedProfile:
        """Create a profile, or merge into the one with the same id, external id, e-mail or LinkedIn."""
        request = VendorRequest(method="POST", path="/rest/v2/profiles", effect="write", body=body)
        return await self._call(request, SavedProfile)

    async def find_profiles(self, where: dict[str, JsonValue]) -> tuple[JarviProfile, ...]:
        """The first profiles that Jarvi gives for this; it ignores what it does not understand, so verify each."""
        query = {"where": to_json(where).decode(), "limit": str(PAGE)}
        request = VendorRequest(method="GET", path="/rest/v2/profiles", effect="read", query=query)
        return (await self._call(request, _Profiles)).data

    async def custom_fields(self) -> tuple[JarviCustomField, ...]:
        """The definitions of the account's custom fields, of every entity."""
        body: JsonValue = {"query": _CUSTOM_FIELDS}
        request = VendorRequest(method="POST", path="/graphql", effect="read", body=body)
        return (await self._call(request, _CustomFieldsAnswer)).data.definitions

    async def _call(self, request: VendorRequest, model: type[M]) -> M:
        answer = await self._send(request)
        if not 200 <= answer.status < 300:
            raise failure("jarvi", answer.status, request.effect, _ADVICE)
        return read_answer("jarvi", model, answer.body, request.effect)
