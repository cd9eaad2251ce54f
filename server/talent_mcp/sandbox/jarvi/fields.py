"""Custom field definitions: some easy to confuse, two of one name, and one with what nobody sees in it."""

import uuid
from typing import Any, NamedTuple

NAMESPACE = uuid.UUID("8f0a2a1c-7a54-4f39-b0ab-6a2d0b1e2f77")


class FieldDefinition(NamedTuple):
    """One custom field and, for choices, its values."""

    key: str
    name: str
    type: str
    values: tuple[str, ...] = ()
    entity: str = "profile"

    @property
    def id(self) -> str:
        return stable_id(f"field {self.key}")

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "targetedEntity": self.entity,
            "values": [self._value(value) for value in self.values],
        }

    def _value(self, value: str) -> dict[str, str]:
        return {
            "id": stable_id(f"value {self.key} {value}"),
            "name": value,
            "technicalValue": value.lower().replace(" ", "_"),
        }

    def accepts(self, given: str) -> bool:
        names = {name for value in self.values for name in self._value(value).values()}
        return not self.values or {part.strip() for part in given.split(",")} <= names


def stable_id(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))


FIELDS = (
    FieldDefinition("owner", "Préavis", "text", entity="company"),
    FieldDefinition("salary-current", "Salaire actuel", "number"),
    FieldDefinition("salary-wanted", "Salaire souhaité", "number"),
    FieldDefinition("notice", "Préavis", "text"),
    FieldDefinition("available", "Disponible à partir du", "date"),
    FieldDefinition("remote", "Télétravail", "select", ("Oui", "Non", "Partiel")),
    FieldDefinition("languages", "Langues", "multiselect", ("Français", "Anglais", "Allemand", "Arabe")),
    FieldDefinition("mobility", "Mobi\u200blité", "boolean"),
    FieldDefinition("source-first", "Source", "text"),
    FieldDefinition("source-second", "SOURCE", "text"),
    FieldDefinition("sector", "Secteur", "select", ("Banque, assurance", "Industrie")),
    FieldDefinition("fee", "Honoraires", "number", entity="project"),
)
BY_ID = {definition.id: definition for definition in FIELDS}
