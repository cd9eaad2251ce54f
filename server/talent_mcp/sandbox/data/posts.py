"""What a post says about whoever holds it."""

from dataclasses import replace

from .geography import COUNTRY_NAMES
from .records import Company, Person
from .titles import NATIVE_TITLES, ROLES


def posted(person: Person, company: Company, role: str) -> Person:
    """The person with place, title, rank and skills of a role at a company."""
    meaning = ROLES[role]
    return replace(
        person,
        domain=company.domain,
        role=role,
        country=company.country,
        state=company.state,
        city=company.city,
        location=f"{company.city}, {COUNTRY_NAMES[company.country]}",
        seniorities=(meaning.seniority,),
        departments=(meaning.department,),
        title=NATIVE_TITLES.get(company.country, {}).get(role, meaning.title),
        title_english=meaning.title,
        skills=meaning.skills,
    )


def named(person: Person, first: str, last: str, full: str | None = None) -> Person:
    return replace(person, first=first, last=last, name=full or f"{first} {last}")
