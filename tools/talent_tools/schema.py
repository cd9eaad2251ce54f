"""The JSON Schema of a tool, in as few tokens as a model needs to use it.

JSON Schema 2020-12. Left out, because every session pays for them: titles, the docstrings of models, that a
field may be null (a null argument counts as not given; results are sent without null fields), and definitions
that nothing shares.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

Schema = dict[str, Any]

_BY_NAME = frozenset({"properties", "patternProperties", "$defs"})
_IN_A_LIST = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_DIRECT = frozenset({"items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"})
_NULL: Schema = {"type": "null"}


def input_schema(model: type[BaseModel]) -> Schema:
    """The advertised form of an argument model, with the fields under their own names.

    That no other names are taken is said once, for the whole: the server refuses them at every depth, and says which
    name was meant.
    """
    return {**_compacted(model, "validation", _of_known_names), "additionalProperties": False}


def output_schema(model: type[BaseModel]) -> Schema:
    """The advertised form of a result model: no descriptions, open to fields that the vendor adds."""
    return _compacted(model, "serialization", _without_words)


def _compacted(model: type[BaseModel], mode: JsonSchemaMode, edit: Callable[[Schema], Schema]) -> Schema:
    schema = model.model_json_schema(by_alias=False, mode=mode)
    for definition in (schema, *schema.get("$defs", {}).values()):
        if "properties" in definition:
            definition.pop("description", None)
    definitions: dict[str, Schema] = schema.pop("$defs", {})
    compact = _walk(schema, edit)
    shared = {name: _walk(definition, edit) for name, definition in definitions.items()}
    return _with_shared(compact, shared)


def _walk(schema: Schema, edit: Callable[[Schema], Schema]) -> Schema:
    """Edit `schema` and every schema in it; names of properties are no keywords."""
    walked: Schema = {}
    for keyword, value in edit(schema).items():
        if keyword in _BY_NAME:
            walked[keyword] = {_advertised(name): _walk(part, edit) for name, part in value.items()}
        elif keyword in _IN_A_LIST:
            walked[keyword] = [_walk(part, edit) for part in value]
        elif keyword in _DIRECT and isinstance(value, dict):
            walked[keyword] = _walk(cast("Schema", value), edit)
        elif keyword == "required":
            walked[keyword] = [_advertised(name) for name in value]
        else:
            walked[keyword] = value
    return walked


def _advertised(name: str) -> str:
    """`from_` is written so in Python only because `from` is a keyword there."""
    return name.removesuffix("_")


def _without_noise(schema: Schema) -> Schema:
    quiet = {key: value for key, value in _not_null(schema).items() if key != "title"}
    if "default" in quiet and quiet["default"] is None:
        del quiet["default"]
    return quiet


def _of_known_names(schema: Schema) -> Schema:
    quiet = _without_noise(schema)
    if quiet.get("additionalProperties") is False:
        del quiet["additionalProperties"]
    return quiet


def _without_words(schema: Schema) -> Schema:
    quiet = _without_noise(schema)
    for keyword in ("description", "default", "examples"):
        quiet.pop(keyword, None)
    if quiet.get("additionalProperties") is True:
        del quiet["additionalProperties"]
    return quiet


def _not_null(schema: Schema) -> Schema:
    """The schema of the value itself where null is allowed beside it."""
    choices = schema.get("anyOf", [])
    if _NULL not in choices:
        return schema
    others = [choice for choice in choices if choice != _NULL]
    around = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**others[0], **around} if len(others) == 1 else {**around, "anyOf": others}


def _with_shared(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """The schema with its definitions: what is used once, or allows anything, stands where it is used."""
    uses = Counter(name for part in (schema, *definitions.values()) for name in _references(part))
    # A definition that mentions itself cannot stand in its own place.
    inline = {
        name: definition
        for name, definition in definitions.items()
        if (uses[name] == 1 or not definition) and name not in _references(definition)
    }

    def spell_out(part: Schema) -> Schema:
        name = _reference(part)
        if name not in inline:
            return part
        around = {key: value for key, value in part.items() if key != "$ref"}
        return spell_out({**inline[name], **around})

    kept = {name: _walk(part, spell_out) for name, part in definitions.items() if uses[name] and name not in inline}
    whole = _walk(schema, spell_out)
    return {**whole, "$defs": kept} if kept else whole


def _reference(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")


def _references(schema: Schema) -> Iterator[str]:
    found: list[str] = []

    def collect(part: Schema) -> Schema:
        if "$ref" in part:
            found.append(_reference(part))
        return part

    _walk(schema, collect)
    return iter(found)
