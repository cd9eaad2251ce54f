"""Persons as Stardex keeps, changes and finds them."""

import re
from dataclasses import dataclass, field
from typing import Any

from talent_mcp.sandbox.data.spelling import fold
from talent_mcp.sandbox.jsontypes import Json

from .bodies import ContactData, PersonSearch, PersonUpdate
from .custom_fields import changed
from .definitions import BY_ID, stable_id

Document = dict[str, Any]
PROFILE = re.compile(r"linkedin\.com/in/([^/?#\s]+)", re.IGNORECASE)
SCALARS = {
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "current_job_title": "current_job_title",
    "company_name": "current_company_name",
    "linkedin_location": "linkedin_location",
    "linkedin_headline": "linkedin_headline",
    "address": "address",
}
ONE_ADDRESS = {
    "work_email": ("emails", "work"),
    "personal_email": ("emails", "personal"),
    "mobile_phone": ("phones", "mobile"),
    "work_phone": ("phones", "work"),
}


@dataclass(slots=True)
class StoredPerson:
    """One record; `phones` is the read name of what is written as `phone_numbers`."""

    id: str
    scalars: dict[str, str | None]
    linkedin: str | None = None
    contacts: dict[str, list[Document]] = field(default_factory=lambda: {"emails": [], "phones": []})
    work: list[Document] = field(default_factory=list[Document])
    jobs: list[str] = field(default_factory=list[str])
    custom: dict[str, Any] = field(default_factory=dict[str, Any])

    def update(self, request: PersonUpdate) -> None:
        """Everything or nothing: custom fields are checked before anything is written."""
        custom = dict(self.custom)
        for change in request.custom_fields:
            custom[change.attribute_id] = changed(change, custom.get(change.attribute_id))
        self.custom = {key: value for key, value in custom.items() if value is not None}
        sent = request.model_fields_set
        self.scalars |= {SCALARS[name]: getattr(request, name) for name in SCALARS if name in sent}
        if "linkedin_url" in sent:
            self.linkedin = handle_of(request.linkedin_url)
        if "job_id" in sent:
            self.jobs.append(request.job_id)
        self._contacts(request, sent)

    def _contacts(self, request: PersonUpdate, sent: set[str]) -> None:
        if "emails" in sent:
            self.contacts["emails"] = _written(request.emails)
        if "phone_numbers" in sent:
            self.contacts["phones"] = _written(request.phone_numbers)
        for name in ONE_ADDRESS.keys() & sent:
            self._put(*ONE_ADDRESS[name], getattr(request, name))

    def _put(self, kind: str, label: str, value: str) -> None:
        others = [known for known in self.contacts[kind] if known["contact_data_type"] != label]
        self.contacts[kind] = [*others, {"contact_data_type": label, "value": value}]

    def document(self, *, full: bool) -> Document:
        brief: Document = {
            "id": self.id,
            "linkedin_public_id": self.linkedin,
            **self.scalars,
            "current_company_id": stable_id(f"company {self.scalars.get('current_company_name')}"),
            "external_source_id": None,
            **self.contacts,
            "custom_fields": [_custom(key, value) for key, value in self.custom.items()],
        }
        if not full:
            return brief
        jobs = [{"candidate_id": stable_id(f"{self.id} {job}"), "job_id": job} for job in self.jobs]
        empty: Document = {"education_experience": [], "certifications": []}
        return {**brief, "work_experience": self.work, **empty, "candidates": jobs}

    def matches(self, wanted: PersonSearch) -> bool:
        tests = (
            wanted.email is None or fold(wanted.email.strip()) in map(fold, self._values("emails")),
            wanted.phone is None or digits(wanted.phone) in map(digits, self._values("phones")),
            wanted.linkedin_url is None or handle_of(wanted.linkedin_url) == self.linkedin,
            wanted.name is None or fold(wanted.name) in fold(self.scalars.get("name") or ""),
            all(fold(word) in self._text() for word in wanted.keywords or ()),
        )
        return all(tests)

    def _values(self, kind: str) -> list[str]:
        return [known["value"] for known in self.contacts[kind]]

    def _text(self) -> str:
        return fold(" ".join(value for value in self.scalars.values() if value))


def handle_of(url: str) -> str:
    """The public id in a profile URL, or the text itself."""
    found = PROFILE.search(url)
    return found[1].lower() if found else url


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _written(entries: list[ContactData]) -> list[Document]:
    return [entry.model_dump() for entry in entries]


def _custom(key: str, value: Json) -> Document:
    definition = BY_ID[key]
    return {"attribute_id": key, "name": definition.name, "data_type": definition.data_type, "value": value}
