"""Values that Ocean.io listed in its OpenAPI document of 2026.

They drift, so they are advice: a value that is not listed is sent as it is.
"""

SENIORITIES = (
    "Owner", "Founder", "Board Member", "C-Level", "Partner", "VP", "Head", "Director", "Manager", "Other",
)  # fmt: skip
DEPARTMENTS = (
    "Accounting and Finance", "Board", "Business Support", "Customer Relations", "Design", "Editorial Personnel",
    "Engineering", "Founder/Owner", "Healthcare", "HR", "Legal", "Management", "Manufacturing",
    "Marketing and Advertising", "Operations", "PR and Communications", "Procurement", "Product",
    "Quality Control", "R&D", "Sales", "Security", "Supply Chain", "Other",
)  # fmt: skip
COMPANY_SIZES = (
    "0-1", "2-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001-50000",
    "50001-100000", "100001-500000", "500000+",
)  # fmt: skip
REVENUES = ("0-1M", "1-10M", "10-50M", "50-100M", "100-500M", "500-1000M", ">1000M")
FUNDING_TYPES = (
    "Seed", "Series A", "Series B", "Series C", "Series D", "Series E", "Series F", "Series G", "Series H",
    "Series I", "Series J", "Angel", "Series Unknown", "Pre-Seed", "Grant", "Convertible Note", "Debt Financing",
    "Non-Equity Assistance", "Undisclosed", "Corporate Round", "Equity Crowdfunding", "Product Crowdfunding",
    "Private Equity", "Secondary Market", "Initial Coin Offering", "Post-IPO Equity", "Post-IPO Debt",
    "Post-IPO Secondary",
)  # fmt: skip
SOCIAL_MEDIAS = ("linkedin", "x", "facebook", "instagram", "youtube", "xing", "tiktok")
GROWTH_PERIODS = ("Three months", "Six months", "Twelve months")
PERSON_FIELDS = (
    "country", "departments", "firstName", "jobTitle", "jobTitleEnglish", "lastName", "linkedinUrl", "location",
    "name", "photo", "seniorities", "summary",
)  # fmt: skip
RESULT_FIELDS = (
    "id", "domain", "name", "firstName", "lastName", "country", "state", "location", "linkedinUrl", "seniorities",
    "departments", "photo", "jobTitle", "jobTitleEnglish", "currentJobDescription", "experiences",
    "experiences.domain", "experiences.jobTitle", "experiences.dateFrom", "experiences.dateTo",
    "experiences.description", "experiences.linkedinCompanyHandle", "summary", "skills", "email", "email.address",
    "updatedAt", "connectionsCount", "followersCount", "headline", "company.revenue", "company.peopleCount",
    "company.industries", "company.technologies", "company.latestFundingRound",
)  # fmt: skip
