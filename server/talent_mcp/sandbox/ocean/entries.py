"""People made ready for searching: their answer rendered and their text folded once."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from talent_mcp.sandbox.data.companies import UNLISTED, companies
from talent_mcp.sandbox.data.people import people
from talent_mcp.sandbox.data.records import Company, Person
from talent_mcp.sandbox.data.spelling import fold
from talent_mcp.sandbox.data.titles import SYNONYMS

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A person, their employer, the vendor's answer and the text that filters read."""

    person: Person
    company: Company
    document: Document
    name: str
    title: str
    words: frozenset[str]
    skills: str
    current_job: str
    jobs: str
    profile: str


@dataclass(frozen=True, slots=True)
class Index:
    """Everybody in the vendor's stable order, and the ways to find one."""

    entries: tuple[Entry, ...]
    by_id: dict[str, Entry]
    by_handle: dict[str, Entry]


@cache
def index() -> Index:
    entries = tuple(sorted((_entry(person) for person in people()), key=lambda entry: entry.person.id))
    return Index(
        entries,
        {entry.person.id: entry for entry in entries},
        {entry.person.handle: entry for entry in entries if entry.person.handle},
    )


def spelled_out(text: str) -> str:
    """Folded text with abbreviations and their long forms side by side."""
    folded = fold(text)
    for short, long in SYNONYMS:
        if short in folded.split() or long in folded:
            folded = f"{folded} {short} {long}"
    return folded


def _entry(person: Person) -> Entry:
    company = companies().get(person.domain, UNLISTED)
    title = spelled_out(f"{person.title or ''} {person.title_english or ''}")
    return Entry(
        person=person,
        company=company,
        document=_document(person, company),
        name=fold(person.name or ""),
        title=title,
        words=frozenset(title.split()),
        skills=fold(" | ".join(person.skills or ())),
        current_job=_told(person, current=True),
        jobs=_told(person, current=False),
        profile=fold(f"{person.headline or ''} {person.summary or ''}"),
    )


def _told(person: Person, *, current: bool) -> str:
    jobs = person.experiences[:1] if current else person.experiences
    return fold(" ".join(f"{job.title} {job.description or ''}" for job in jobs))


def _document(person: Person, company: Company) -> Document:
    return {
        "id": person.id,
        "domain": person.domain,
        "name": person.name,
        "firstName": person.first,
        "lastName": person.last,
        "country": person.country,
        "state": person.state,
        "location": person.location,
        "linkedinUrl": f"https://www.linkedin.com/in/{person.handle}" if person.handle else None,
        **_work(person),
        "phone": None,
        "email": None,
        "updatedAt": person.updated and f"{person.updated}T06:00:00Z",
        "connectionsCount": person.connections,
        "followersCount": person.followers,
        "headline": person.headline,
        "inferredEmails": [],
        "company": _employer(company),
    }


def _work(person: Person) -> Document:
    return {
        "seniorities": _listed(person.seniorities),
        "departments": _listed(person.departments),
        "photo": person.photo,
        "jobTitle": person.title,
        "jobTitleEnglish": person.title_english,
        "currentJobDescription": person.experiences[0].description if person.experiences else None,
        "experiences": _experiences(person),
        "summary": person.summary,
        "skills": _listed(person.skills),
    }


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _experiences(person: Person) -> list[Document]:
    return [
        {
            "dateFrom": job.since,
            "dateTo": job.until,
            "description": job.description,
            "domain": job.domain,
            "jobTitle": job.title,
        }
        for job in person.experiences
    ]


def _employer(company: Company) -> Document:
    known = bool(company.industries)
    return {
        "companySize": company.size if known else None,
        "logo": f"https://media.example.com/logos/{company.domain}.png" if known else None,
        "name": company.name,
        "revenue": company.revenue if known else None,
        "employeeCountOcean": company.employees if known else None,
        "industries": list(company.industries),
        "technologies": list(company.technologies),
        "fundingRound": None,
    }
