"""Roles, their titles in several languages, and what people in them know."""

from typing import NamedTuple


class Role(NamedTuple):
    """A function held in a company."""

    title: str
    seniority: str
    department: str
    skills: tuple[str, ...]


FINANCE = "Accounting and Finance"
ROLES = {
    "cfo": Role("Chief Financial Officer", "C-Level", FINANCE, ("Fundraising", "IFRS", "M&A", "SaaS metrics")),
    "vp-finance": Role("VP Finance", "VP", FINANCE, ("FP&A", "IFRS", "Revenue recognition", "NetSuite")),
    "ceo": Role("Chief Executive Officer", "C-Level", "Management", ("Strategy", "Board relations", "P&L")),
    "cto": Role("Chief Technology Officer", "C-Level", "Engineering", ("Architecture", "Hiring", "Kubernetes")),
    "controller": Role("Financial Controller", "Manager", FINANCE, ("Consolidation", "IFRS", "SAP", "Audit")),
    "sales": Role("VP Sales", "VP", "Sales", ("Enterprise sales", "Salesforce", "Negotiation")),
    "people": Role("Head of People", "Head", "HR", ("Recruiting", "Compensation", "Labour law")),
    "marketing": Role(
        "Marketing Director",
        "Director",
        "Marketing and Advertising",
        ("Demand generation", "Brand", "HubSpot"),
    ),
    "product": Role("Product Manager", "Manager", "Product", ("Roadmaps", "User research", "SQL")),
    "engineer": Role("Software Engineer", "Other", "Engineering", ("Python", "PostgreSQL", "Kubernetes")),
    "operations": Role("Chief Operating Officer", "C-Level", "Management", ("Operations", "Lean", "Procurement")),
    "counsel": Role("General Counsel", "Director", "Legal", ("Contracts", "Privacy", "M&A")),
}
LINE_UP = ("cfo", "vp-finance", "ceo", "controller", "cto", "sales", "people", "engineer")
SPARE = ("marketing", "product", "operations", "counsel")

NATIVE_TITLES = {
    "de": {"cfo": "Finanzvorstand (CFO)", "vp-finance": "Bereichsleiter Finanzen", "ceo": "Geschäftsführer"},
    "fr": {
        "cfo": "Directeur administratif et financier",
        "vp-finance": "VP Finance",
        "ceo": "Directeur général",
    },
    "es": {"cfo": "Director financiero", "ceo": "Directora general", "engineer": "Ingeniero de software"},
    "it": {"cfo": "Direttore finanziario", "ceo": "Amministratore delegato"},
    "pl": {"cfo": "Dyrektor finansowy", "engineer": "Programista"},
    "cz": {"cfo": "Finanční ředitel", "ceo": "Generální ředitel"},
    "se": {"cfo": "Ekonomichef", "ceo": "Verkställande direktör"},
    "ua": {"cfo": "Фінансовий директор", "cto": "Технічний директор"},
    "bg": {"cfo": "Финансов директор", "ceo": "Изпълнителен директор"},
    "gr": {"cfo": "Οικονομικός Διευθυντής", "ceo": "Διευθύνων Σύμβουλος"},
    "ae": {"cfo": "المدير المالي", "ceo": "الرئيس التنفيذي"},
    "il": {"cfo": "סמנכ״ל כספים", "ceo": "מנכ״ל"},
    "cn": {"cfo": "首席财务官", "ceo": "首席执行官", "engineer": "软件工程师"},
    "jp": {"cfo": "最高財務責任者", "ceo": "代表取締役社長", "engineer": "ソフトウェアエンジニア"},
    "in": {"cfo": "मुख्य वित्तीय अधिकारी", "people": "मानव संसाधन प्रमुख"},
    "br": {"cfo": "Diretor financeiro", "marketing": "Diretora de marketing"},
}

# What a keyword and a title both mean when they are written differently.
SYNONYMS = (
    ("cfo", "chief financial officer"),
    ("ceo", "chief executive officer"),
    ("cto", "chief technology officer"),
    ("coo", "chief operating officer"),
    ("vp", "vice president"),
)
