"""The bodies that Stardex accepts; keys it does not document are refused, to be on the safe side."""

from pydantic import BaseModel, ConfigDict, Field

from talent_mcp.sandbox.jsontypes import Json

NOTHING = ""


class Body(BaseModel):
    """Strict types, known keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ContactData(Body):
    """One e-mail address or telephone number."""

    contact_data_type: str
    value: str = Field(min_length=1)


class CustomFieldChange(Body):
    """What to do to one custom field."""

    attribute_id: str
    value: Json = None
    add_values: list[str] | None = None
    remove_values: list[str] | None = None
    add_team_member_ids: list[str] | None = None
    remove_team_member_ids: list[str] | None = None
    clear_all: bool = False


class PersonUpdate(Body):
    """`PATCH /v1/persons/{id}`; what is not named stays."""

    linkedin_url: str = NOTHING
    emails: list[ContactData] = Field(default_factory=list[ContactData])
    phone_numbers: list[ContactData] = Field(default_factory=list[ContactData])
    name: str = NOTHING
    first_name: str = NOTHING
    last_name: str = NOTHING
    current_job_title: str = NOTHING
    company_name: str = NOTHING
    linkedin_location: str = NOTHING
    linkedin_headline: str = NOTHING
    address: str = NOTHING
    enrich_record: bool = False
    work_email: str = NOTHING
    personal_email: str = NOTHING
    mobile_phone: str = NOTHING
    work_phone: str = NOTHING
    job_id: str = NOTHING
    custom_fields: list[CustomFieldChange] = Field(default_factory=list[CustomFieldChange])


class PersonSearch(Body):
    """`POST /v1/persons/search`; further filters of the vendor are not imitated."""

    offset: int = Field(0, ge=0)
    limit: int = Field(20, ge=1, le=100)
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    linkedin_url: str | None = None
    keywords: list[str] | None = None
    include: list[str] | None = None
