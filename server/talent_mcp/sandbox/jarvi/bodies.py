"""What `POST /rest/v2/profiles` accepts."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
]
NOTHING = ""


class Body(BaseModel):
    """Strict types; keys that are neither documented nor a uuid are refused, to be on the safe side."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class Upload(Body):
    """A file as a data URI."""

    file_name: str
    data: str


class Profile(Body):
    """A profile to create or to merge; several addresses are one comma-separated string."""

    model_config = ConfigDict(extra="allow")

    project_id: str = NOTHING
    first_name: str = NOTHING
    last_name: str = NOTHING
    email_addresses: str = NOTHING
    phone_numbers: str = NOTHING
    linkedin_url: str = NOTHING
    location: str = NOTHING
    headline: str = NOTHING
    current_position: str = NOTHING
    current_company_name: str = NOTHING
    current_company_id: str = NOTHING
    external_id: str = NOTHING
    id: Uuid | None = None
    history_entry_subject: str = NOTHING
    history_entry_message: str = NOTHING
    history_entry_type: Uuid | None = None
    resumes_files: list[Upload] = []
    files: list[Upload] = []

    @property
    def custom(self) -> Mapping[str, Any]:
        return self.model_extra or {}


def separated(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
