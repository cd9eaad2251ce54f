"""Custom field definitions of persons: some easy to confuse, two of one name, one with what nobody sees in it."""

import uuid
from typing import NamedTuple

NAMESPACE = uuid.UUID("5f2d3a34-6f0e-4a63-9a53-1c0de57a4de8")


class Definition(NamedTuple):
    """One custom field: its vendor type and, for selections, the tags it may hold."""

    key: str
    name: str
    data_type: str
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return stable_id(f"field {self.key}")

    def tag_id(self, tag: str) -> str:
        return stable_id(f"tag {self.key} {tag}")

    def tag_named(self, text: str) -> str | None:
        """The tag meant by its name or id."""
        return next((tag for tag in self.tags if text in (tag, self.tag_id(tag))), None)

    def document(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "data_type": self.data_type,
            "job_id": None,
            "list_id": None,
            "tags": [self._tag(tag) for tag in self.tags],
        }

    def _tag(self, tag: str) -> dict[str, object]:
        return {"id": self.tag_id(tag), "name": tag, "color": "#86efac", "description": None}


def stable_id(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))


DEFINITIONS = (
    Definition("current-salary", "Current salary", "integer"),
    Definition("expected-salary", "Expected salary", "integer"),
    Definition("notice", "Notice period", "string"),
    Definition("notice-months", "Notice period (months)", "integer"),
    Definition("available", "Available from", "date"),
    Definition("remarks", "Remarks", "string"),
    Definition("seniority", "Seniority level", "single-select", ("Junior", "Mid", "Senior", "Executive")),
    Definition("open", "Open to relocation", "single-select", ("Yes", "No", "Perhaps")),
    Definition("tags", "Tags", "multi-select", ("Banking", "Fintech", "SaaS", "Referred", "Board-ready")),
    Definition("sponsor", "Visa\u200b sponsor\u00adship", "boolean"),
    Definition("source-first", "Source", "string"),
    Definition("source-second", "source ", "single-select", ("Referral", "Event")),
    Definition("region", "Région", "multi-select", ("Île-de-France", "DACH", "dach")),
    Definition("owners", "Owners", "team-members"),
    Definition("languages", "Languages", "multi-select", ("English", "German", "French", "Arabic", "Japanese")),
)
BY_ID = {definition.id: definition for definition in DEFINITIONS}
