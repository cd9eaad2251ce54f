"""The value lists of the vendor's filters."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator
from pydantic_core import PydanticKnownError

from talent_mcp.sandbox.data.geography import COUNTRIES, REGION_KEYS
from talent_mcp.sandbox.data.sectors import SECTORS

Seniority = Literal[
    "Owner", "Founder", "Board Member", "C-Level", "Partner", "VP", "Head", "Director", "Manager", "Other"
]
Department = Literal[
    "Accounting and Finance",
    "Board",
    "Business Support",
    "Customer Relations",
    "Design",
    "Editorial Personnel",
    "Engineering",
    "Founder/Owner",
    "Healthcare",
    "HR",
    "Legal",
    "Management",
    "Manufacturing",
    "Marketing and Advertising",
    "Operations",
    "PR and Communications",
    "Procurement",
    "Product",
    "Quality Control",
    "R&D",
    "Sales",
    "Security",
    "Supply Chain",
    "Other",
]
CompanySize = Literal[
    "0-1",
    "2-10",
    "11-50",
    "51-200",
    "201-500",
    "501-1000",
    "1001-5000",
    "5001-10000",
    "10001-50000",
    "50001-100000",
    "100001-500000",
    "500000+",
]
Revenue = Literal["0-1M", "1-10M", "10-50M", "50-100M", "100-500M", "500-1000M", ">1000M"]
Funding = Literal[
    "Seed",
    "Series A",
    "Series B",
    "Series C",
    "Series D",
    "Series E",
    "Series F",
    "Series G",
    "Series H",
    "Series I",
    "Series J",
    "Angel",
    "Series Unknown",
    "Pre-Seed",
    "Grant",
    "Convertible Note",
    "Debt Financing",
    "Non-Equity Assistance",
    "Undisclosed",
    "Corporate Round",
    "Equity Crowdfunding",
    "Product Crowdfunding",
    "Private Equity",
    "Secondary Market",
    "Initial Coin Offering",
    "Post-IPO Equity",
    "Post-IPO Debt",
    "Post-IPO Secondary",
]
Media = Literal["linkedin", "x", "facebook", "instagram", "youtube", "xing", "tiktok"]
Months = Literal["Three months", "Six months", "Twelve months"]
SENIORITIES: tuple[str, ...] = get_args(Seniority)
DEPARTMENTS: tuple[str, ...] = get_args(Department)
Mode = Literal["anyOf", "allOf"]
Relevance = Literal["A", "B", "C"]
PersonPresence = Literal[
    "country",
    "departments",
    "firstName",
    "jobTitle",
    "jobTitleEnglish",
    "lastName",
    "linkedinUrl",
    "location",
    "name",
    "photo",
    "seniorities",
    "summary",
]
PersonField = Literal[
    "id",
    "domain",
    "name",
    "firstName",
    "lastName",
    "country",
    "state",
    "location",
    "linkedinUrl",
    "seniorities",
    "departments",
    "photo",
    "jobTitle",
    "jobTitleEnglish",
    "currentJobDescription",
    "experiences",
    "experiences.domain",
    "experiences.jobTitle",
    "experiences.dateFrom",
    "experiences.dateTo",
    "experiences.description",
    "experiences.linkedinCompanyHandle",
    "summary",
    "skills",
    "email",
    "email.address",
    "updatedAt",
    "connectionsCount",
    "followersCount",
    "headline",
    "company.revenue",
    "company.peopleCount",
    "company.industries",
    "company.technologies",
    "company.latestFundingRound",
]

INDUSTRIES = tuple(sorted({name for sector in SECTORS.values() for name in sector.industries}))
INDUSTRY_CATEGORIES = tuple(sorted({sector.category for sector in SECTORS.values()}))
LINKEDIN_INDUSTRIES = tuple(sorted({sector.linkedin for sector in SECTORS.values()}))
TECHNOLOGIES = tuple(sorted({name for sector in SECTORS.values() for name in sector.technologies}))
TECHNOLOGY_CATEGORIES = ("Analytics", "CRM", "Cloud", "Commerce", "Content", "ERP", "Marketing", "Payments")


def _one_of(*values: str) -> AfterValidator:
    allowed = frozenset(values)
    *most, last = (repr(value) for value in values)
    expected = f"{', '.join(most)} or {last}"

    def check(value: str) -> str:
        if value not in allowed:
            raise PydanticKnownError("literal_error", {"expected": expected})
        return value

    return AfterValidator(check)


Country = Annotated[str, _one_of(*sorted(COUNTRIES))]
Industry = Annotated[str, _one_of(*INDUSTRIES)]
IndustryCategory = Annotated[str, _one_of(*INDUSTRY_CATEGORIES)]
LinkedinIndustry = Annotated[str, _one_of(*LINKEDIN_INDUSTRIES)]
Technology = Annotated[str, _one_of(*TECHNOLOGIES)]
TechnologyCategory = Annotated[str, _one_of(*TECHNOLOGY_CATEGORIES)]


def known_region(country: str, code: str) -> bool:
    return (country, code) in REGION_KEYS
