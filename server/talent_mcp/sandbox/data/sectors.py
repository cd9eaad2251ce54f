"""What companies of one line of business share."""

from typing import NamedTuple


class Sector(NamedTuple):
    """What companies of one sector share."""

    industries: tuple[str, ...]
    category: str
    linkedin: str
    keywords: tuple[str, ...]
    technologies: tuple[str, ...]


SECTORS = {
    "software": Sector(
        ("Software", "SaaS"),
        "Information Technology",
        "Software Development",
        ("b2b saas", "subscription billing", "cloud platform"),
        ("Salesforce", "HubSpot", "Amazon Web Services", "NetSuite"),
    ),
    "fintech": Sector(
        ("Financial Technology", "Software"),
        "Financial Services",
        "Financial Services",
        ("payments", "open banking", "embedded finance"),
        ("Stripe", "Amazon Web Services", "Salesforce"),
    ),
    "manufacturing": Sector(
        ("Industrial Machinery", "Manufacturing"),
        "Manufacturing",
        "Machinery Manufacturing",
        ("machine tools", "automation", "precision parts"),
        ("SAP", "Siemens NX"),
    ),
    "health": Sector(
        ("Biotechnology", "Health Care"),
        "Health Care",
        "Biotechnology Research",
        ("diagnostics", "clinical trials", "medical devices"),
        ("Veeva", "SAP"),
    ),
    "retail": Sector(
        ("E-Commerce", "Retail"),
        "Commerce and Shopping",
        "Retail",
        ("online shop", "omnichannel", "marketplace"),
        ("Shopify", "Google Analytics", "Klaviyo"),
    ),
    "energy": Sector(
        ("Renewable Energy", "Energy"),
        "Energy",
        "Renewable Energy Power Generation",
        ("wind power", "grid storage", "solar parks"),
        ("SAP", "Microsoft Azure"),
    ),
    "logistics": Sector(
        ("Logistics", "Transportation"),
        "Transportation",
        "Transportation, Logistics, Supply Chain and Storage",
        ("freight forwarding", "last mile", "warehousing"),
        ("Oracle", "Microsoft Azure"),
    ),
    "media": Sector(
        ("Publishing", "Media"),
        "Media and Entertainment",
        "Online Audio and Video Media",
        ("podcasts", "newsroom", "streaming"),
        ("WordPress", "Google Analytics"),
    ),
    "consulting": Sector(
        ("Management Consulting", "Professional Services"),
        "Professional Services",
        "Business Consulting and Services",
        ("interim management", "due diligence", "restructuring"),
        ("Microsoft 365", "Salesforce"),
    ),
}
