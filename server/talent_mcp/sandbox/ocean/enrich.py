"""`POST /v2/enrich/person`: who is meant, and what a reveal adds."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from talent_mcp.sandbox.data.records import Contact
from talent_mcp.sandbox.data.spelling import fold

from .account import EMAIL, ENRICH_HIT, PHONE
from .company_match import resolved
from .entries import Document, Entry, index
from .requests import EnrichCompany, EnrichPerson, EnrichRequest

PROFILE = re.compile(r"^https?://(?:[a-z]{2,3}\.)?linkedin\.com/in/([^/?#\s]+)/?(?:[?#].*)?$", re.IGNORECASE)


class Reveal(NamedTuple):
    """The answer's two contact fields and the price of it all."""

    email: Document | None
    phone: Document | None
    tenths: int


def find(request: EnrichRequest) -> Entry | None:
    return next(_candidates(request.person, request.company or EnrichCompany()), None)


def _candidates(person: EnrichPerson, company: EnrichCompany) -> Iterator[Entry]:
    """By the surest key first; a name alone counts only if nobody shares it."""
    known = index()
    profile = PROFILE.match(person.linkedin or "")
    by_key = (known.by_id.get(person.id or ""), known.by_handle.get(profile[1].lower()) if profile else None)
    yield from (entry for entry in by_key if entry)
    if person.email:
        yield from (entry for entry in known.entries if _same_email(entry, person.email))
    if person.phone:
        yield from (entry for entry in known.entries if _same_phone(entry, person.phone))
    namesakes = _namesakes(person)
    if company.domain or company.name:
        yield from (entry for entry in namesakes if _employed_by(entry, company))
    elif len(namesakes) == 1:
        yield namesakes[0]


def _same_email(entry: Entry, email: str) -> bool:
    return (entry.person.contact.email or "").lower() == email.strip().lower()


def _same_phone(entry: Entry, phone: str) -> bool:
    wanted = re.sub(r"\D", "", phone)
    return bool(wanted) and re.sub(r"\D", "", entry.person.contact.phone or "") == wanted


def _namesakes(person: EnrichPerson) -> list[Entry]:
    wanted = fold(person.name or f"{person.first_name or ''} {person.last_name or ''}").strip()
    if not wanted:
        return []
    return [entry for entry in index().entries if wanted in (entry.name, _both_names(entry))]


def _both_names(entry: Entry) -> str:
    return fold(f"{entry.person.first or ''} {entry.person.last or ''}").strip()


def _employed_by(entry: Entry, company: EnrichCompany) -> bool:
    if company.domain:
        return entry.person.domain == resolved(company.domain.lower().removeprefix("www."))
    return fold(company.name or "") == fold(entry.company.name or "")


def reveal(request: EnrichRequest, contact: Contact, *, asked_before: bool) -> Reveal:
    email = _email(contact) if request.wants_email else None
    phone = _phone(contact, asked_before=asked_before) if request.wants_phone else None
    tenths = ENRICH_HIT
    tenths += EMAIL if email and email["address"] else 0
    tenths += PHONE if phone and phone["numbers"] else 0
    return Reveal(email, phone, tenths)


def _email(contact: Contact) -> Document:
    return {"address": contact.email, "status": contact.email_status}


def _phone(contact: Contact, *, asked_before: bool) -> Document:
    """A number still being looked for is found by the next ask."""
    if contact.phone_status == "inProgress" and not asked_before:
        return {"numbers": [], "status": "inProgress"}
    if not contact.phone:
        return {"numbers": [], "status": "notFound"}
    return {"numbers": [contact.phone], "status": "verified"}
