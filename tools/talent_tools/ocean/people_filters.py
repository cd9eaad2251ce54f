"""`peopleFilters` of Ocean.io's people search v3: which people."""

from typing import Annotated

from pydantic import AfterValidator, Field

from talent_tools.arguments import Nested
from talent_tools.ocean.enums import DEPARTMENTS, PERSON_FIELDS, SENIORITIES
from talent_tools.ocean.repairs import each, spelling
from talent_tools.ocean.values import (
    Cities,
    City,
    Countries,
    Departments,
    Handles,
    List,
    Month,
    Months,
    OceanArguments,
    Range,
    Regions,
    Seniorities,
    TextFilter,
)


def only_city_and_country(cities: tuple[City, ...]) -> tuple[City, ...]:
    """Raises ValueError: there is more, which only filters on companies take."""
    if any(city.region or city.postal_code for city in cities):
        raise ValueError("for people give only city and country")
    return cities


PersonCities = Annotated[Cities, AfterValidator(only_city_and_country)]
PersonFields = Annotated[List, each(spelling(*PERSON_FIELDS))]


class PeopleFilters(OceanArguments):
    lookalike_linkedin_handles: Handles | None = Field(default=None, description="people like these")
    include_linkedin_handles: Handles | None = None
    exclude_linkedin_handles: Handles | None = None
    include_people_ids: List | None = None
    exclude_people_ids: List | None = None
    countries: Countries | None = None
    exclude_countries: Countries | None = None
    states: Regions | None = None
    exclude_states: Regions | None = None
    cities: PersonCities | None = None
    exclude_cities: PersonCities | None = None
    names: List | None = None
    seniorities: Seniorities | None = Field(default=None, description=", ".join(SENIORITIES))
    departments: Departments | None = Field(default=None, description=", ".join(DEPARTMENTS) + " (a CEO is Management)")
    exclude_departments: Departments | None = None
    job_title_keywords: TextFilter | None = None
    skills: TextFilter | None = None
    all_job_descriptions: TextFilter | None = None
    current_job_description: TextFilter | None = None
    profile_description: TextFilter | None = None
    changed_position_after: Month | None = None
    changed_position_before: Month | None = None
    updated_within_months: Months | None = None
    connections: Nested[Range] | None = None
    followers: Nested[Range] | None = None
    fields_exist: PersonFields | None = Field(default=None, description="such as photo, summary")
    fields_not_exist: PersonFields | None = None
