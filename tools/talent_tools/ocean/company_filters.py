"""`companiesFilters` of Ocean.io's people search v3: at which companies."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from talent_tools.arguments import Nested
from talent_tools.ocean.enums import COMPANY_SIZES, FUNDING_TYPES, REVENUES
from talent_tools.ocean.repairs import each, spelling, under
from talent_tools.ocean.values import (
    Cities,
    Countries,
    Dates,
    Department,
    FewHosts,
    HeadcountGrowth,
    Hosts,
    List,
    Medias,
    Mode,
    Months,
    OceanArguments,
    Range,
    Regions,
    TextFilter,
)
from talent_tools.values import OneOrMany

Sizes = Annotated[List, each(spelling(*COMPANY_SIZES))]
Revenues = Annotated[List, each(spelling(*REVENUES))]
FundingTypes = Annotated[List, each(spelling(*FUNDING_TYPES))]
MatchingMode = Annotated[str, AfterValidator(spelling("precise", "broad"))]
# What every model knows, or a short description says, is left out of the schema.
Latitude = Annotated[float, Field(ge=-90, le=90), WithJsonSchema({"type": "number"})]
Longitude = Annotated[float, Field(ge=-180, le=180), WithJsonSchema({"type": "number"})]
Radius = Annotated[int, Field(ge=1, le=1_000_000), WithJsonSchema({"type": "integer"})]
Relevance = Annotated[str, AfterValidator(spelling("A", "B", "C"))]


class Circle(OceanArguments):
    latitude: Latitude
    longitude: Longitude
    radius: Radius = Field(description="metres")


class Locations(OceanArguments):
    include_countries: Countries | None = None
    exclude_countries: Countries | None = None
    include_regions: Regions | None = None
    exclude_regions: Regions | None = None
    include_cities: Cities | None = None
    exclude_cities: Cities | None = None
    geolocation: Nested[Circle] | None = None


class Industries(OceanArguments):
    industries: List
    mode: Mode | None = None


class IndustryCategories(OceanArguments):
    industry_categories: List
    mode: Mode | None = None


class Technologies(OceanArguments):
    apps: TextFilter | None = None
    categories: TextFilter | None = None


class FundingRound(OceanArguments):
    raised: Nested[Range] | None = None
    types: FundingTypes | None = Field(default=None, description="Seed, Series A, Grant, ...")
    date: Nested[Dates] | None = None


class DepartmentGrowth(HeadcountGrowth):
    department: Department


# In words: the schema of the rarest filter would be its longest.
Growths = OneOrMany[Annotated[DepartmentGrowth, WithJsonSchema({"type": "object"})]]


class DepartmentGrowths(OceanArguments):
    any_of: Growths | None = Field(default=None, description="headcount_growth and department")
    all_of: Growths | None = None


class DepartmentSize(Range):
    department: Department


class WebTraffic(OceanArguments):
    visits: Nested[Range] | None = None
    views: Nested[Range] | None = None


class SocialMedias(OceanArguments):
    medias: Medias | None = Field(default=None, description="linkedin, x, xing, ...")
    min_count: Annotated[int, Field(ge=1, le=50), WithJsonSchema({"type": "integer"})] | None = None


class MobileApps(OceanArguments):
    count: Nested[Range] | None = None
    downloads: Nested[Range] | None = None
    release_year: Nested[Range] | None = None


class CompanyFilters(OceanArguments):
    lookalike_domains: FewHosts | None = Field(default=None, description="companies like these")
    include_domains: Hosts | None = None
    exclude_domains: Hosts | None = None
    company_matching_mode: MatchingMode | None = Field(default=None, description="precise or broad")
    min_relevance: Relevance | None = Field(default=None, description="A (best), B or C")
    max_relevance: Relevance | None = None
    company_sizes: Sizes | None = Field(default=None, description="0-1, 2-10, 11-50, ... 500000+")
    revenues: Revenues | None = Field(default=None, description="0-1M, 1-10M, ... >1000M")
    employee_count_ocean: Nested[Range] | None = None
    employee_count_linkedin: Nested[Range] | None = None
    year_founded: Nested[Range] | None = None
    countries_count: Nested[Range] | None = None
    locations_count: Nested[Range] | None = None
    ecommerce: bool | None = None
    industries: Annotated[Industries, under("industries")] | None = None
    exclude_industries: List | None = None
    industry_categories: Annotated[IndustryCategories, under("industry_categories")] | None = None
    exclude_industry_categories: List | None = None
    linkedin_industries: List | None = None
    exclude_linkedin_industries: List | None = None
    keywords: TextFilter | None = None
    technologies: Nested[Technologies] | None = None
    primary_locations: Nested[Locations] | None = None
    other_locations: Nested[Locations] | None = None
    funding_round: Nested[FundingRound] | None = None
    headcount_growth: Nested[HeadcountGrowth] | None = None
    department_headcount_growth: Nested[DepartmentGrowths] | None = None
    department_sizes: OneOrMany[DepartmentSize] | None = None
    web_traffic: Nested[WebTraffic] | None = None
    social_medias: Nested[SocialMedias] | None = None
    mobile_apps_filter: Nested[MobileApps] | None = None
    updated_within_months: Months | None = None
    fields_exist: List | None = None
    fields_not_exist: List | None = None
