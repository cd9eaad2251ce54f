"""`where` and `orderBy` of the profile list; what is not understood is silently ignored, as users found."""

import re
from collections.abc import Callable
from typing import Any

from talent_mcp.sandbox.jsontypes import Json, items, members

Document = dict[str, Any]


def _like(value: Json, pattern: Json) -> bool:
    expression = re.escape(str(pattern)).replace("%", ".*").replace("_", ".")
    return re.fullmatch(expression, str(value or ""), re.DOTALL) is not None


def _ilike(value: Json, pattern: Json) -> bool:
    return _like(str(value or "").lower(), str(pattern).lower())


def _search(value: Json, wanted: Json) -> bool:
    """Over all texts in a value; telephone numbers by their digits."""
    texts = " ".join(_texts(value)).lower()
    number = re.sub(r"\D", "", str(wanted))
    return str(wanted).lower() in texts or (bool(number) and number in re.sub(r"\D", "", texts))


def _texts(value: Json) -> list[str]:
    parts = members(value)
    several = items(list(parts.values())) if parts else items(value)
    if several is not None:
        return [text for item in several for text in _texts(item)]
    return [] if value is None else [str(value)]


def _in(value: Json, wanted: Json) -> bool:
    return value in (items(wanted) or ())


OPERATORS: dict[str, Callable[[Json, Json], bool]] = {
    "_eq": lambda value, wanted: value == wanted,
    "_neq": lambda value, wanted: value != wanted,
    "_in": _in,
    "_nin": lambda value, wanted: not _in(value, wanted),
    "_is_null": lambda value, wanted: (value is None) == wanted,
    "_like": _like,
    "_ilike": _ilike,
    "_search": _search,
}
ALIASES = {"phones": "phoneNumbers", "emails": "emailAddresses"}


def holds(where: Json, document: Document) -> bool:
    return all(_part(key, condition, document) for key, condition in (members(where) or {}).items())


def _part(key: str, condition: Json, document: Document) -> bool:
    alternatives = items(condition)
    match key:
        case "_and" if alternatives is not None:
            return all(holds(part, document) for part in alternatives)
        case "_or" if alternatives is not None:
            return any(holds(part, document) for part in alternatives)
        case "_not":
            return not holds(condition, document)
        case _:
            return _compared(ALIASES.get(key, key), condition, document)


def _compared(name: str, condition: Json, document: Document) -> bool:
    known = (members(condition) or {}) if name in document else {}
    tests = [(OPERATORS[operator], wanted) for operator, wanted in known.items() if operator in OPERATORS]
    return all(test(document[name], wanted) for test, wanted in tests)


def ordered(documents: list[Document], order: Json) -> list[Document]:
    """By one field or several, the first the most important."""
    parts = order if items(order) is not None else [order]
    keys = [pair for part in parts for pair in (members(part) or {}).items()]
    for name, way in reversed(keys):
        documents = sorted(documents, key=lambda document: str(document.get(name) or ""), reverse=way == "desc")
    return documents
