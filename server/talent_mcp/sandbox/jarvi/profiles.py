"""Profiles as Jarvi keeps and merges them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .bodies import Profile, separated
from .files import StoredFile, stored

Document = dict[str, Any]
HANDLE = re.compile(r"linkedin\.com/in/([^/?#\s]+)", re.IGNORECASE)
SCALARS = (
    "first_name",
    "last_name",
    "location",
    "headline",
    "current_position",
    "current_company_name",
    "current_company_id",
)
CAMEL = {name: Profile.model_fields[name].alias or name for name in SCALARS}


@dataclass(slots=True)
class StoredProfile:
    """One profile; what a merge does not mention stays."""

    id: str
    created: float
    scalars: dict[str, str] = field(default_factory=dict[str, str])
    emails: list[str] = field(default_factory=list[str])
    phones: list[str] = field(default_factory=list[str])
    handle: str | None = None
    external_id: str | None = None
    projects: list[str] = field(default_factory=list[str])
    custom: dict[str, str] = field(default_factory=dict[str, str])
    history: list[Document] = field(default_factory=list[Document])
    resumes: list[StoredFile] = field(default_factory=list[StoredFile])
    files: list[StoredFile] = field(default_factory=list[StoredFile])

    def merge(self, request: Profile) -> None:
        """Scalars are replaced, addresses and files added: the vendor documents none of it."""
        resumes = [stored(upload) for upload in request.resumes_files]
        files = [stored(upload) for upload in request.files]
        self.resumes += resumes
        self.files += files
        self.scalars |= {CAMEL[name]: value for name in SCALARS if (value := getattr(request, name))}
        self.emails = _added(self.emails, separated(request.email_addresses))
        self.phones = _added(self.phones, separated(request.phone_numbers))
        self.handle = handle_of(request.linkedin_url) or self.handle
        self.external_id = request.external_id or self.external_id
        self.custom |= {key.lower(): value for key, value in request.custom.items()}
        self._remember(request)

    def _remember(self, request: Profile) -> None:
        if request.project_id:
            self.projects = _added(self.projects, [request.project_id])
        if request.history_entry_subject or request.history_entry_message:
            self.history.append(
                {
                    "subject": request.history_entry_subject,
                    "message": request.history_entry_message,
                    "type": request.history_entry_type,
                }
            )

    def document(self) -> Document:
        return {
            "id": self.id,
            "createdAt": datetime.fromtimestamp(self.created, UTC).isoformat(),
            **{name: self.scalars.get(name) for name in CAMEL.values()},
            "emailAddresses": [{"address": email} for email in self.emails],
            "phoneNumbers": [{"number": phone, "canonicalNumber": _canonical(phone)} for phone in self.phones],
            "linkedinUrl": f"https://www.linkedin.com/in/{self.handle}" if self.handle else None,
            "publicIdentifier": self.handle,
            "externalId": self.external_id,
            "projects": [{"id": project} for project in self.projects],
            "fieldsValues": [{"fieldId": key, "value": value} for key, value in self.custom.items()],
            "historyEntries": list(self.history),
            "resumes": [file._asdict() for file in self.resumes],
            "files": [file._asdict() for file in self.files],
            "countResumes": len(self.resumes),
            "isTalent": True,
            "isContact": False,
            "deletedAt": None,
        }


def handle_of(url: str) -> str | None:
    found = HANDLE.search(url)
    return found[1].lower() if found else None


def matching(profiles: dict[str, StoredProfile], request: Profile) -> Iterator[StoredProfile]:
    """Whom a request means, the surest key first."""
    if request.external_id:
        yield from (known for known in profiles.values() if known.external_id == request.external_id)
    emails = {email.lower() for email in separated(request.email_addresses)}
    yield from (known for known in profiles.values() if emails & {email.lower() for email in known.emails})
    handle = handle_of(request.linkedin_url)
    yield from (known for known in profiles.values() if handle and known.handle == handle)


def _added(before: list[str], new: list[str]) -> list[str]:
    known = {value.lower() for value in before}
    return [*before, *(value for value in dict.fromkeys(new) if value.lower() not in known)]


def _canonical(phone: str) -> str:
    return re.sub(r"[^\d+]", "", phone)
