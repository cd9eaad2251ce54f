"""The synthetic people: a seeded line-up for every company, the demo story, and the hostile ones."""

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from .companies import companies
from .hostile import hostile_people
from .names import FAMILY_FIRST, LOCAL_NAMES, OTHER_SCRIPTS
from .phones import fictional_phone
from .posts import named, posted
from .records import Company, Contact, Experience, Person
from .spelling import ascii_slug
from .story import story_people
from .titles import LINE_UP, ROLES, SPARE, Role

SEED = 20_260_101
EMAIL_STATUSES = ("verified", "verified", "verified", "guessed", "catchAll", "notFound")
PHONE_STATUSES = ("verified", "verified", "inProgress", "notFound")
LOCALES = tuple({**LOCAL_NAMES, **OTHER_SCRIPTS})


class Name(NamedTuple):
    """A name in its own script and spelled in Latin letters."""

    first: str
    last: str
    full: str
    slug: str


@cache
def people() -> tuple[Person, ...]:
    """Everybody, the story first; the same in every process."""
    employers = tuple(company for company in companies().values() if company.industries)
    return (*story_people(), *_staff(employers), *hostile_people())


def person_id(handle: str) -> str:
    return hashlib.sha256(handle.encode()).hexdigest()[:16]


def _staff(employers: tuple[Company, ...]) -> Iterator[Person]:
    rng = random.Random(SEED)  # noqa: S311 - synthetic people, not secrets
    number = 2000
    for index, company in enumerate(employers):
        for role in (*LINE_UP, SPARE[index % len(SPARE)]):
            number += 1
            yield _person(rng, company, role, number, employers)


def _person(rng: random.Random, company: Company, role: str, number: int, employers: tuple[Company, ...]) -> Person:
    name = _name(rng, company.country if rng.random() < 0.8 else rng.choice(LOCALES))
    handle = f"{name.slug}-{number}"
    since = f"{rng.randint(2016, 2026)}-{rng.randint(1, 9):02d}"
    person = Person(
        id=person_id(handle),
        handle=handle,
        domain=company.domain,
        headline=f"{ROLES[role].title} at {company.name}",
        summary=_summary(ROLES[role], company),
        experiences=_experiences(rng, company, ROLES[role], since, employers),
        connections=rng.randint(40, 4_000),
        followers=rng.randint(10, 9_000),
        photo=f"https://media.example.com/{number}.jpg" if rng.random() < 0.7 else None,
        updated=f"{rng.randint(2025, 2026)}-{rng.randint(1, 9):02d}-{rng.randint(1, 28):02d}",
        contact=_contact(rng, name, company, number),
        pending=number % 13 == 0,
    )
    return posted(named(person, name.first, name.last, name.full), company, role)


def _name(rng: random.Random, locale: str) -> Name:
    if locale in LOCAL_NAMES:
        given, family = (rng.choice(names.split()) for names in LOCAL_NAMES[locale])
        return Name(given, family, f"{given} {family}", ascii_slug(f"{given}-{family}"))
    first, last = (rng.choice(names.split()).split("=") for names in OTHER_SCRIPTS[locale])
    full = f"{last[0]}{first[0]}" if locale in FAMILY_FIRST else f"{first[0]} {last[0]}"
    return Name(first[0], last[0], full, f"{first[1]}-{last[1]}")


def _summary(role: Role, company: Company) -> str:
    skills = ", ".join(role.skills)
    keywords = " and ".join(company.keywords[:2])
    return f"{role.title} with a background in {keywords}. Works with {skills}."


def _experiences(
    rng: random.Random, company: Company, role: Role, since: str, employers: tuple[Company, ...]
) -> tuple[Experience, ...]:
    before = rng.choice(employers)
    year = int(since[:4])
    current = Experience(
        domain=company.domain,
        title=role.title,
        since=since,
        description=f"Leads {role.department.lower()} for {company.keywords[0]}.",
    )
    earlier = Experience(
        domain=before.domain,
        title=f"Senior {role.skills[0]} Specialist",
        since=f"{year - rng.randint(2, 6)}-03",
        until=since,
        description=f"Worked on {before.keywords[-1]} and {role.skills[-1]}.",
    )
    return (current, earlier)


def _contact(rng: random.Random, name: Name, company: Company, number: int) -> Contact:
    email, phone = rng.choice(EMAIL_STATUSES), rng.choice(PHONE_STATUSES)
    return Contact(
        email=None if email == "notFound" else f"{name.slug.replace('-', '.', 1)}@{company.domain}",
        email_status=email,
        phone=None if phone == "notFound" else fictional_phone(company.country, number),
        phone_status=phone,
    )
