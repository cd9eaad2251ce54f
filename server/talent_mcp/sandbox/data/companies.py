"""About forty synthetic companies; every domain is reserved for examples."""

from functools import cache
from typing import NamedTuple

from .records import Company
from .sectors import SECTORS

SIZES = (
    (1, "0-1"),
    (10, "2-10"),
    (50, "11-50"),
    (200, "51-200"),
    (500, "201-500"),
    (1_000, "501-1000"),
    (5_000, "1001-5000"),
    (10_000, "5001-10000"),
    (50_000, "10001-50000"),
    (100_000, "50001-100000"),
    (500_000, "100001-500000"),
)
REVENUES = (
    (10, "0-1M"),
    (60, "1-10M"),
    (250, "10-50M"),
    (600, "50-100M"),
    (3_000, "100-500M"),
    (6_000, "500-1000M"),
)


class Row(NamedTuple):
    """One company of the table."""

    domain: str
    name: str
    country: str
    state: str | None
    city: str
    sector: str
    employees: int
    founded: int
    growth: float  # over twelve months


ROWS = (
    Row("ledgerloop.example", "Ledgerloop", "gb", "ENG", "London", "software", 320, 2014, 0.42),
    Row("harbourstack.example", "Harbourstack", "gb", "ENG", "Bristol", "software", 140, 2017, 0.25),
    Row("glenmetrics.example", "Glenmetrics", "gb", "SCT", "Edinburgh", "software", 480, 2011, 0.12),
    Row("penny-wharf.example", "Penny Wharf", "gb", "ENG", "London", "fintech", 760, 2013, 0.31),
    Row("moorland-freight.example", "Moorland Freight", "gb", "ENG", "Leeds", "logistics", 2_300, 1978, -0.04),
    Row("tidegate-energy.example", "Tidegate Energy", "gb", "SCT", "Aberdeen", "energy", 900, 2006, 0.09),
    Row("kontobahn.example", "Kontobahn", "de", "BY", "Munich", "software", 410, 2012, 0.38),
    Row("wolkenwerk.example", "Wolkenwerk", "de", "BE", "Berlin", "software", 95, 2019, 0.6),
    Row("rechnungsheld.example", "Rechnungsheld", "de", "HH", "Hamburg", "software", 230, 2015, 0.18),
    Row("fraesmeister.example", "Fräsmeister", "de", "BW", "Stuttgart", "manufacturing", 5_600, 1954, -0.02),
    Row("gruenstrom-nord.example", "Grünstrom Nord", "de", "HH", "Hamburg", "energy", 1_800, 1999, 0.07),
    Row("paketfuchs.example", "Paketfuchs", "de", "NW", "Cologne", "logistics", 640, 2010, 0.15),
    Row("nuagerie.example", "Nuagerie", "fr", "IDF", "Paris", "software", 350, 2013, 0.33),
    Row("facturelle.example", "Facturelle", "fr", "ARA", "Lyon", "software", 120, 2018, 0.47),
    Row("quai-logiciel.example", "Quai Logiciel", "fr", "PDL", "Nantes", "software", 205, 2010, 0.11),
    Row("biolune.example", "Biolune", "fr", "ARA", "Grenoble", "health", 780, 2003, 0.05),
    Row("maison-verdoyante.example", "Maison Verdoyante", "fr", "IDF", "Paris", "retail", 1_400, 1996, -0.08),
    Row("cloudorchard.example", "Cloudorchard", "us", "CA", "San Francisco", "software", 620, 2012, 0.29),
    Row("ledgerpine.example", "Ledgerpine", "us", "NY", "New York", "fintech", 1_150, 2009, 0.16),
    Row("prairie-robotics.example", "Prairie Robotics", "us", "IL", "Chicago", "manufacturing", 870, 2008, 0.13),
    Row("bayou-health.example", "Bayou Health", "us", "TX", "Austin", "health", 2_900, 1991, 0.03),
    Row("cascade-studio.example", "Cascade Studio", "us", "WA", "Seattle", "media", 75, 2016, 0.22),
    Row(
        "advisory.northfield.example",
        "Northfield Advisory",
        "us",
        "MA",
        "Boston",
        "consulting",
        45,
        2005,
        0.02,
    ),
    Row("nubeclara.example", "Nubeclara", "es", "MD", "Madrid", "software", 180, 2016, 0.27),
    Row("tiendasol.example", "Tiendasol", "es", "CT", "Barcelona", "retail", 530, 2011, 0.1),
    Row("torni-precisi.example", "Torni Precisi", "it", "25", "Milan", "manufacturing", 340, 1969, 0.01),
    Row("poldersoft.example", "Poldersoft", "nl", "NH", "Amsterdam", "software", 260, 2014, 0.2),
    Row("chmurka.example", "Chmurka", "pl", "MZ", "Warsaw", "software", 150, 2015, 0.35),
    Row("fjallnat.example", "Fjällnät", "se", "AB", "Stockholm", "energy", 410, 2007, 0.14),
    Row("vltava-pay.example", "Vltava Pay", "cz", "10", "Prague", "fintech", 88, 2018, 0.5),
    Row("dnipro-cloud.example", "Дніпро Хмара", "ua", "30", "Kyiv", "software", 310, 2013, 0.19),
    Row("vitosha-soft.example", "Витоша Софт", "bg", "22", "Sofia", "software", 130, 2016, 0.24),
    Row("aigaio-freight.example", "Αιγαίο Μεταφορές", "gr", "I", "Athens", "logistics", 720, 1985, 0.04),
    Row("wahat-tech.example", "واحة التقنية", "ae", "DU", "Dubai", "software", 275, 2015, 0.41),
    Row("galil-bio.example", "גליל ביו", "il", "HA", "Haifa", "health", 160, 2010, 0.17),
    Row("yunfan.example", "云帆科技", "cn", "SH", "Shanghai", "software", 4_200, 2008, 0.21),
    Row("hikari-seiki.example", "光精機", "jp", "13", "Tokyo", "manufacturing", 12_500, 1948, -0.01),
    Row("sagar-pay.example", "सागर पे", "in", "KA", "Bengaluru", "fintech", 1_900, 2014, 0.55),
    Row("media.jacaranda.example.com", "Jacaranda Mídia", "br", "SP", "São Paulo", "media", 390, 2002, 0.06),
    Row("lindenhof.example", "Lindenhof Beratung", "de", "HE", "Frankfurt", "consulting", 8, 2020, 0.0),
)

UNLISTED = Company(domain="unlisted.example", name=None)

REDIRECTS = {
    "ledgerloop-old.example": "ledgerloop.example",
    "kontobahn-gmbh.example": "kontobahn.example",
}
DOMAIN_PROBLEMS = {
    "blocked.example": "bad content",
    "brand-new.example": "data gathering started",
    UNLISTED.domain: "missing context vector",
}
UNKNOWN_DOMAIN = "data gathering started"

DEPARTMENT_SHARES = {
    "Engineering": 0.3,
    "Sales": 0.2,
    "Operations": 0.15,
    "Accounting and Finance": 0.08,
    "Marketing and Advertising": 0.08,
    "HR": 0.05,
    "Legal": 0.02,
}


@cache
def companies() -> dict[str, Company]:
    """Every company by its domain."""
    known = map(_company, ROWS)
    return {company.domain: company for company in (*known, UNLISTED)}


def size_of(employees: int) -> str:
    return next((band for most, band in SIZES if employees <= most), "500000+")


def _revenue_of(employees: int) -> str:
    return next((band for most, band in REVENUES if employees <= most), ">1000M")


def _company(row: Row) -> Company:
    shared = SECTORS[row.sector]
    return Company(
        domain=row.domain,
        name=row.name,
        country=row.country,
        state=row.state,
        city=row.city,
        industries=shared.industries,
        category=shared.category,
        linkedin_industry=shared.linkedin,
        employees=row.employees,
        size=size_of(row.employees),
        revenue=_revenue_of(row.employees),
        founded=row.founded,
        growth=row.growth,
        keywords=shared.keywords,
        technologies=shared.technologies,
        departments={name: round(row.employees * share) for name, share in DEPARTMENT_SHARES.items()},
    )
