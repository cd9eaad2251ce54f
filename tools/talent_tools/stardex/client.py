"""Stardex: its wire models and a typed client, after its public API pages."""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue

from talent_tools.errors import InvalidArguments, UnreadableAnswer, VendorRefused
from talent_tools.vendor import Send, VendorAnswer, VendorRequest
from talent_tools.vendor_failures import failure, read_answer

PAGE = 50
MAX_PAGES = 4

_ADVICE = {
    400: "Stardex did not accept a value; nothing was changed. Check that ids are Stardex ids and that"
    " e-mails, phone numbers and URLs are well formed.",
    404: "Stardex knows no person with this id; nothing was changed. Use `find` with linkedin_url or email.",
    413: "The request is too large for Stardex; nothing was changed. Send fewer changes in a call.",
}


class StardexData(BaseModel):
    """A part of a Stardex answer: snake_case on the wire, unknown fields kept, nulls no error."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, hide_input_in_errors=True)


class StardexContact(StardexData):
    """An e-mail or a phone number; Stardex publishes no list of types (seen: work, personal, mobile)."""

    value: str | None = None
    contact_data_type: str | None = None

    def has_value(self) -> bool:
        return bool(self.value and self.value.strip())

    def entry(self) -> dict[str, str | None]:
        """The contact as it is written back: the two fields that Stardex takes, exactly as they were read."""
        return self.model_dump(include={"value", "contact_data_type"}, exclude_unset=True)


class StardexPerson(StardexData):
    """A person as read; `phones` is what a write calls `phone_numbers`.

    None for either list means none stored, or a list that this answer leaves out: `model_fields_set` tells.
    """

    id: str
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    linkedin_public_id: str | None = None
    linkedin_url: str | None = None
    current_job_title: str | None = None
    current_company_name: str | None = None
    emails: tuple[StardexContact, ...] | None = None
    phones: tuple[StardexContact, ...] | None = None


class StardexCustomField(StardexData):
    """The definition of a custom field of persons; `tags` are the options of a closed list, each an id and a name.

    Neither Stardex's types nor the form of its options are documented, so that no form of them is an error.
    """

    id: str = Field(validation_alias=AliasChoices("id", "attribute_id"))
    name: str | None = None
    data_type: JsonValue = None
    tags: JsonValue = None


class _Updated(StardexData):
    success: Literal[True]


class _PersonAnswer(StardexData):
    data: StardexPerson


class _ListMeta(StardexData):
    total: int | None = None


class _PersonsAnswer(StardexData):
    data: tuple[StardexPerson, ...]
    meta: _ListMeta | None = None


class _CustomFieldsAnswer(StardexData):
    data: tuple[StardexCustomField, ...]


class Stardex:
    """The Stardex routes that the tools use.

    Each method raises what `Send` raises, VendorRefused, UnreadableAnswer for a 2xx in an unknown form, and
    for a 5xx VendorUnavailable (reads) or OutcomeUnknown (writes).
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def person(self, person_id: str) -> StardexPerson:
        """The person with this id; UnreadableAnswer too, if another one is answered."""
        request = VendorRequest(method="GET", path="/v1/persons/{id}", effect="read", path_values={"id": person_id})
        body = await self._call(request)
        # Whether one person comes in an envelope, as lists do, is not documented.
        if isinstance(body, dict) and "data" in body:
            person = read_answer("stardex", _PersonAnswer, body, "read").data
        else:
            person = read_answer("stardex", StardexPerson, body, "read")
        if person.id.casefold() != person_id.casefold():
            raise UnreadableAnswer(
                "Stardex answered with another person than asked for; nothing was changed.", raw=body
            )
        return person

    async def find_persons(
        self, *, linkedin_url: str | None = None, email: str | None = None, name: str | None = None
    ) -> tuple[StardexPerson, ...]:
        """Every person that Stardex's search gives for one of these; it matches loosely, so verify each.

        Raises:
            InvalidArguments: more came back than can be looked through.
        """
        given = {"linkedin_url": linkedin_url, "email": email, "name": name}
        criteria: dict[str, JsonValue] = {key: value for key, value in given.items() if value}
        found: tuple[StardexPerson, ...] = ()
        for _ in range(MAX_PAGES):
            page = await self._search(criteria, offset=len(found))
            found += page.data
            total = page.meta.total if page.meta else None
            if not page.data or (len(page.data) < PAGE if total is None else len(found) >= total):
                return found
        raise InvalidArguments("Stardex finds too many persons for this; give person_id instead.")

    async def update_person(self, person_id: str, body: dict[str, JsonValue]) -> None:
        """Write the given fields; `emails` and `phone_numbers` replace all stored values."""
        request = VendorRequest(
            method="PATCH", path="/v1/persons/{id}", effect="write", path_values={"id": person_id}, body=body
        )
        read_answer("stardex", _Updated, await self._call(request), "write")

    async def custom_fields(self) -> tuple[StardexCustomField, ...]:
        """The definitions of the custom fields of persons."""
        request = VendorRequest(method="GET", path="/v1/custom-fields/person", effect="read")
        return read_answer("stardex", _CustomFieldsAnswer, await self._call(request), "read").data

    async def _search(self, criteria: dict[str, JsonValue], *, offset: int) -> _PersonsAnswer:
        body: JsonValue = {**criteria, "offset": offset, "limit": PAGE}
        request = VendorRequest(method="POST", path="/v1/persons/search", effect="read", body=body)
        return read_answer("stardex", _PersonsAnswer, await self._call(request), "read")

    async def _call(self, request: VendorRequest) -> JsonValue:
        """The body of a 2xx that does not say `success: false`."""
        answer = await self._send(request)
        status = _reported_status(answer)
        if not 200 <= status < 300:
            raise failure("stardex", status, request.effect, _ADVICE)
        if isinstance(answer.body, dict) and answer.body.get("success") is False:
            raise VendorRefused(
                "Stardex answered that the request failed; nothing was changed. Check the ids and values.",
                status=status,
            )
        return answer.body


def _reported_status(answer: VendorAnswer) -> int:
    """The status that the answer means, in either of Stardex's error forms.

    `{"success": false, "error": {"code", "message"}}` and `{"message", "error", "statusCode"}`.
    """
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    if isinstance(error, dict) and error.get("code") == "INVALID_API_KEY":
        return 401
    reported = body.get("statusCode")
    if answer.status < 300 and isinstance(reported, int) and reported >= 400:
        return reported
    return answer.status
