"""Which companies people work at, as the vendor accepts it."""

from typing import Literal

from pydantic import Field

from .enums import (
    CompanySize,
    Department,
    Funding,
    Industry,
    IndustryCategory,
    LinkedinIndustry,
    Media,
    Mode,
    Months,
    Relevance,
    Revenue,
    Technology,
    TechnologyCategory,
)
from .shapes import Clause, Days, Domain, Locations, MonthsBack, Real, Strict, Whole


class Industries(Strict):
    """Industries, any of them unless `mode` says all."""

    industries: list[Industry]
    mode: Mode = "anyOf"


class IndustryCategories(Strict):
    """Categories of industries."""

    industry_categories: list[IndustryCategory]
    mode: Mode = "anyOf"


class TechnologyClause(Strict):
    """Technologies by name."""

    all_of: list[Technology] | None = None
    any_of: list[Technology] | None = None
    none_of: list[Technology] | None = None


class CategoryClause(Strict):
    """Technologies by kind."""

    all_of: list[TechnologyCategory] | None = None
    any_of: list[TechnologyCategory] | None = None
    none_of: list[TechnologyCategory] | None = None


class Technologies(Strict):
    """What a company runs on."""

    apps: TechnologyClause | None = None
    categories: CategoryClause | None = None


class FundingRound(Strict):
    """The latest round."""

    raised: Whole | None = None
    types: list[Funding] | None = None
    date: Days | None = None


class HeadcountGrowth(Strict):
    """Growth as a share (0.5 = 50 %) or a number of people."""

    as_percentage: bool
    growth_range: Real
    months: Months


class DepartmentGrowth(HeadcountGrowth):
    """Growth of one department."""

    department: Department


class DepartmentGrowths(Strict):
    """Growth of several departments."""

    any_of: list[DepartmentGrowth] | None = None
    all_of: list[DepartmentGrowth] | None = None


class DepartmentSize(Strict):
    """How many people one department has."""

    department: Department
    at_least: int | None = Field(None, alias="from")
    at_most: int | None = Field(None, alias="to")


class WebTraffic(Strict):
    """Visits and views a month."""

    visits: Whole | None = None
    views: Whole | None = None


class MediaClause(Strict):
    """Social media by name."""

    all_of: list[Media] | None = None
    any_of: list[Media] | None = None
    none_of: list[Media] | None = None


class SocialMedias(Strict):
    """Where a company is present."""

    medias: MediaClause | None = None
    min_count: int | None = Field(None, ge=1, le=50)


class MobileApps(Strict):
    """What a company publishes for phones."""

    count: Whole | None = None
    downloads: Whole | None = None
    release_year: Whole | None = None


class CompaniesFilters(Strict):
    """Which companies."""

    lookalike_domains: list[Domain] | None = Field(None, max_length=10)
    include_domains: list[Domain] | None = None
    exclude_domains: list[Domain] | None = None
    company_matching_mode: Literal["precise", "broad"] | None = None
    min_relevance: Relevance | None = None
    max_relevance: Relevance | None = None
    company_sizes: list[CompanySize] | None = None
    revenues: list[Revenue] | None = None
    employee_count_ocean: Whole | None = None
    employee_count_linkedin: Whole | None = None
    year_founded: Whole | None = None
    countries_count: Whole | None = None
    locations_count: Whole | None = None
    ecommerce: bool | None = None
    industries: Industries | None = None
    exclude_industries: list[Industry] | None = None
    industry_categories: IndustryCategories | None = None
    exclude_industry_categories: list[IndustryCategory] | None = None
    linkedin_industries: list[LinkedinIndustry] | None = None
    exclude_linkedin_industries: list[LinkedinIndustry] | None = None
    keywords: Clause | None = None
    technologies: Technologies | None = None
    primary_locations: Locations | None = None
    other_locations: Locations | None = None
    funding_round: FundingRound | None = None
    headcount_growth: HeadcountGrowth | None = None
    department_headcount_growth: DepartmentGrowths | None = None
    department_sizes: list[DepartmentSize] | None = None
    web_traffic: WebTraffic | None = None
    social_medias: SocialMedias | None = None
    mobile_apps_filter: MobileApps | None = None
    updated_within_months: MonthsBack | None = None
    fields_exist: list[str] | None = None
    fields_not_exist: list[str] | None = None
