"""The one query of `POST /graphql` that is imitated: custom field definitions."""

import re
from typing import Any

from talent_mcp.sandbox.jsontypes import Json, members

from .fields import FIELDS

ROOT = re.compile(r"^\s*(?:query\b[^{]*)?\{\s*(?:(?P<alias>\w+)\s*:\s*)?(?P<name>\w+)", re.DOTALL)
WORD = re.compile(r"\w+")


def answered(body: Json) -> dict[str, Any]:
    """Hasura's answer, an error being a 200 too."""
    query = (members(body) or {}).get("query")
    if not isinstance(query, str):
        return refused("the key 'query' was not present", "$", "parse-failed")
    root = ROOT.match(query)
    if root is None:
        return refused("not a valid graphql query", "$.query", "validation-failed")
    name = root["name"]
    if name != "fields":
        where = f"$.selectionSet.{name}"
        return refused(f"field '{name}' not found in type: 'query_root'", where, "validation-failed")
    asked = set(WORD.findall(query[root.end() :]))
    return {"data": {root["alias"] or name: [_selected(field.document(), asked) for field in FIELDS]}}


def _selected(document: dict[str, Any], asked: set[str]) -> dict[str, Any]:
    chosen = {key: value for key, value in document.items() if key in asked}
    if "values" in chosen:
        chosen["values"] = [{key: text for key, text in value.items() if key in asked} for value in chosen["values"]]
    return chosen


def refused(message: str, path: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"path": path, "code": code}}]}
