"""`GET /v2/data-fields`: the values that filters accept."""

from typing import get_args

from talent_mcp.sandbox.data.geography import REGIONS

from .enums import (
    DEPARTMENTS,
    INDUSTRIES,
    INDUSTRY_CATEGORIES,
    LINKEDIN_INDUSTRIES,
    SENIORITIES,
    TECHNOLOGIES,
    TECHNOLOGY_CATEGORIES,
    CompanySize,
    Funding,
    Media,
    Revenue,
)

DATA_FIELDS: dict[str, list[str] | dict[str, list[str]]] = {
    "industries": list(INDUSTRIES),
    "industryCategories": list(INDUSTRY_CATEGORIES),
    "linkedinIndustries": list(LINKEDIN_INDUSTRIES),
    "technologies": list(TECHNOLOGIES),
    "technologyCategories": list(TECHNOLOGY_CATEGORIES),
    "regions": {country: codes.split() for country, codes in REGIONS.items()},
    "seniorities": list(SENIORITIES),
    "departments": list(DEPARTMENTS),
    "companySizes": list(get_args(CompanySize)),
    "revenues": list(get_args(Revenue)),
    "fundingTypes": list(get_args(Funding)),
    "socialMedias": list(get_args(Media)),
}
