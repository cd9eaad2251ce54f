"""What the custom fields of a vendor hold, and which values fit them. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import JsonValue

Kind = Literal["text", "number", "whole number", "date", "yes or no", "choice", "choices", "unknown"]

VENDOR_TYPES: Mapping[str, Kind] = {
    "string": "text",
    "text": "text",
    "textarea": "text",
    "longtext": "text",
    "richtext": "text",
    "number": "number",
    "float": "number",
    "decimal": "number",
    "currency": "number",
    "integer": "whole number",
    "int": "whole number",
    "date": "date",
    "boolean": "yes or no",
    "bool": "yes or no",
    "checkbox": "yes or no",
    "select": "choice",
    "singleselect": "choice",
    "dropdown": "choice",
    "enum": "choice",
    "multiselect": "choices",
}
"""Neither vendor publishes its list: a type that is not here takes any value, unchecked."""
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
LARGEST = 10**15
"""What a number in JSON surely keeps exactly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One of the values of a closed list: what people call it, and what the vendor is sent for it."""

    id: str
    name: str
    sent: str

    def is_meant_by(self, text: str) -> bool:
        return text in (self.id, self.sent, self.name)


def kind_of(vendor_type: str | None) -> Kind:
    """The kind behind a vendor's word for it, however that is spelt."""
    return VENDOR_TYPES.get(re.sub(r"[^a-z]", "", (vendor_type or "").casefold()), "unknown")


def as_text(value: JsonValue) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("takes a text")
    return str(value)


def as_number(value: JsonValue) -> int | float:
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ValueError("takes a plain number such as 140000, without a unit or separators")
    return int(value) if float(value).is_integer() else value


def as_whole_number(value: JsonValue) -> int:
    number = as_number(value)
    if not isinstance(number, int):
        raise ValueError("takes a whole number")
    return number


def as_date(value: JsonValue) -> str:
    try:
        return date.fromisoformat(value.strip()).isoformat() if isinstance(value, str) else refuse_date()
    except ValueError:
        return refuse_date()


def refuse_date() -> str:
    raise ValueError("takes a date as YYYY-MM-DD") from None


def as_truth(value: JsonValue) -> bool:
    found = TRUTHS.get(value.strip().casefold()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("takes true or false")
    return found


CHECKS: Mapping[Kind, Callable[[JsonValue], JsonValue]] = {
    "text": as_text,
    "number": as_number,
    "whole number": as_whole_number,
    "date": as_date,
    "yes or no": as_truth,
}


def listed(value: JsonValue) -> Sequence[JsonValue]:
    """The entries of a value, which may be one alone, or nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def spellings(value: JsonValue) -> Iterator[str]:
    """By what an entry of a stored value may be known: a text, or an object with an id and a name."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        yield from (text.strip() for key in ("id", "name", "value") if isinstance(text := value.get(key), str))
