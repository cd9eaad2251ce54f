"""The bodies that the vendor's routes accept."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .company_filters import CompaniesFilters
from .enums import Country, Department, PersonField, PersonPresence, Seniority
from .shapes import City, Clause, Handle, Month, MonthsBack, Region, Strict, Whole

Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class PeopleFilters(Strict):
    """Which people."""

    lookalike_linkedin_handles: list[Handle] | None = None
    include_linkedin_handles: list[Handle] | None = None
    exclude_linkedin_handles: list[Handle] | None = None
    include_people_ids: list[str] | None = None
    exclude_people_ids: list[str] | None = None
    countries: list[Country] | None = None
    exclude_countries: list[Country] | None = None
    states: list[Region] | None = None
    exclude_states: list[Region] | None = None
    cities: list[City] | None = None
    exclude_cities: list[City] | None = None
    names: list[str] | None = None
    seniorities: list[Seniority] | None = None
    departments: list[Department] | None = None
    exclude_departments: list[Department] | None = None
    job_title_keywords: Clause | None = None
    skills: Clause | None = None
    all_job_descriptions: Clause | None = None
    current_job_description: Clause | None = None
    profile_description: Clause | None = None
    changed_position_after: Month | None = None
    changed_position_before: Month | None = None
    updated_within_months: MonthsBack | None = None
    connections: Whole | None = None
    followers: Whole | None = None
    fields_exist: list[PersonPresence] | None = None
    fields_not_exist: list[PersonPresence] | None = None


class SearchRequest(Strict):
    """`POST /v3/search/people`."""

    size: int = Field(50, ge=1, le=10_000)
    search_after: str | None = None
    people_per_company: int | None = Field(None, ge=1, le=20)
    job_title_threshold: float = Field(0.8, ge=0, le=1)
    fields: list[PersonField] | None = None
    people_filters: PeopleFilters | None = None
    companies_filters: CompaniesFilters | None = None

    @model_validator(mode="after")
    def _one_way_to_page(self) -> Self:
        if self.search_after and self.people_per_company:
            message = "Value error, searchAfter cannot be used together with peoplePerCompany"
            raise PydanticCustomError("value_error", message)
        return self


class EnrichPerson(Strict):
    """Who is meant."""

    id: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    facebook: str | None = None
    twitter: str | None = None
    linkedin: str | None = None
    country: str | None = None

    @property
    def empty(self) -> bool:
        return not any(self.model_dump().values())


class EnrichCompany(Strict):
    """Where they work."""

    name: str | None = None
    registration_number: str | None = None
    email: str | None = None
    phone: str | None = None
    country_code: str | None = None
    state: str | None = None
    city: str | None = None
    street_address: str | None = None
    postal_code: str | None = None
    address: str | None = None
    facebook: str | None = None
    twitter: str | None = None
    linkedin: str | None = None
    instagram: str | None = None
    xing: str | None = None
    domain: str | None = None
    youtube: str | None = None


class RevealEmails(Strict):
    """A webhook address alone asks for nothing."""

    include_emails: bool = False
    webhook_url: Url | None = None


class RevealPhones(Strict):
    """A webhook address alone asks for nothing."""

    include_phones: bool = False
    webhook_url: Url | None = None


class EnrichRequest(Strict):
    """`POST /v2/enrich/person`."""

    person: EnrichPerson
    company: EnrichCompany | None = None
    reveal_emails: RevealEmails | None = None
    reveal_phones: RevealPhones | None = None

    @property
    def wants_email(self) -> bool:
        return self.reveal_emails is not None and self.reveal_emails.include_emails

    @property
    def wants_phone(self) -> bool:
        return self.reveal_phones is not None and self.reveal_phones.include_phones
