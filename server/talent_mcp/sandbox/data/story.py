"""The people of the demo: finance leaders at software companies in gb, de and fr."""

import hashlib
from typing import NamedTuple

from .companies import companies
from .posts import named, posted
from .records import Company, Contact, Experience, Person
from .titles import ROLES


class Leader(NamedTuple):
    """One row of the story."""

    handle: str
    first: str
    last: str
    role: str
    domain: str
    since: str
    contact: Contact
    pending: bool = False


def _sure(email: str, phone: str) -> Contact:
    return Contact(email=email, email_status="verified", phone=phone, phone_status="verified")


FARAH = Contact(
    email="farah.quillon@harbourstack.example",
    email_status="catchAll",
    phone="+447700900105",
    phone_status="inProgress",
)
LEADERS = (
    Leader(
        "ada-demo-1001",
        "Ada",
        "Brightwell",
        "cfo",
        "ledgerloop.example",
        "2021-05",
        _sure("ada.brightwell@ledgerloop.example", "+447700900101"),
    ),
    Leader(
        "ben-demo-1002",
        "Benedikt",
        "Hallermann",
        "vp-finance",
        "kontobahn.example",
        "2022-02",
        _sure("benedikt.hallermann@kontobahn.example", "+493023125102"),
    ),
    Leader(
        "chloe-demo-1003",
        "Chloé",
        "Marchandeau",
        "cfo",
        "nuagerie.example",
        "2020-09",
        _sure("chloe.marchandeau@nuagerie.example", "+33639981003"),
    ),
    Leader(
        "emil-pending-1004",
        "Emil",
        "Sörensfeld",
        "cfo",
        "wolkenwerk.example",
        "2025-11",
        _sure("emil.soerensfeld@wolkenwerk.example", "+493023125104"),
        pending=True,
    ),
    Leader("farah-phone-1005", "Farah", "Quillon", "cfo", "harbourstack.example", "2024-03", FARAH),
    Leader(
        "gus-unreachable-1006",
        "Gustave",
        "Perrinelle",
        "vp-finance",
        "facturelle.example",
        "2023-07",
        Contact(),
    ),
)


def story_people() -> tuple[Person, ...]:
    return tuple(_person(leader, companies()[leader.domain]) for leader in LEADERS)


def _person(leader: Leader, company: Company) -> Person:
    title = ROLES[leader.role].title
    person = Person(
        id=hashlib.sha256(leader.handle.encode()).hexdigest()[:16],
        handle=leader.handle,
        domain=company.domain,
        headline=f"{title} at {company.name}: finance for subscription businesses",
        summary=f"{title} who led {company.name} from Series A to profit in {company.keywords[0]}.",
        experiences=_career(leader, company),
        connections=1_850,
        followers=2_400,
        photo=f"https://media.example.com/{leader.handle}.jpg",
        updated="2026-08-14",
        contact=leader.contact,
        pending=leader.pending,
    )
    return posted(named(person, leader.first, leader.last), company, leader.role)


def _career(leader: Leader, company: Company) -> tuple[Experience, ...]:
    title = ROLES[leader.role].title
    current = Experience(
        domain=company.domain,
        title=title,
        since=leader.since,
        description=f"Leads finance, legal and data for {company.keywords[0]}.",
    )
    earlier = Experience(
        domain="penny-wharf.example",
        title="Financial Controller",
        since="2014-01",
        until=leader.since,
        description="Built consolidation and audit readiness.",
    )
    return (current, earlier)
