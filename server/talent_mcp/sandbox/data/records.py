"""The shapes of synthetic companies and people."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """A company; one without industries is known to the vendor by its domain only."""

    domain: str
    name: str | None
    country: str = ""
    state: str | None = None
    city: str = ""
    industries: tuple[str, ...] = ()
    category: str = ""
    linkedin_industry: str = ""
    employees: int = 0
    size: str = ""
    revenue: str = ""
    founded: int = 0
    growth: float = 0.0
    keywords: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    departments: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, kw_only=True, slots=True)
class Experience:
    """A position held, the current one without an end."""

    domain: str
    title: str
    since: str
    until: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """What a reveal finds, with the vendor's status words."""

    email: str | None = None
    email_status: str = "notFound"
    phone: str | None = None
    phone_status: str = "notFound"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A person as the vendor knows them; `role` groups titles that mean the same."""

    id: str
    handle: str | None
    domain: str
    role: str = ""
    name: str | None = None
    first: str | None = None
    last: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    location: str | None = None
    seniorities: tuple[str, ...] | None = None
    departments: tuple[str, ...] | None = None
    title: str | None = None
    title_english: str | None = None
    headline: str | None = None
    summary: str | None = None
    skills: tuple[str, ...] | None = None
    experiences: tuple[Experience, ...] = ()
    connections: int | None = None
    followers: int | None = None
    photo: str | None = None
    updated: str | None = None
    contact: Contact = Contact()
    pending: bool = False
