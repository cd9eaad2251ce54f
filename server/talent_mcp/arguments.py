"""From what a client sent to a tool's validated arguments, or to a refusal that says what belongs there."""

import json
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from talent_mcp.wording import expectation, nearest
from talent_tools.arguments import Arguments
from talent_tools.errors import InvalidArguments
from talent_tools.spec import Tool

A = TypeVar("A", bound=Arguments)
R = TypeVar("R", bound=BaseModel)

Location: TypeAlias = tuple[int | str, ...]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
AROUND = (Annotated, Union, UnionType)
MOST_PROBLEMS = 6
MOST_FIELDS = 6
"""So many fields of an object are named where something else was sent."""
MOST_PLACES = 3
"""In more places than that a name says nothing about what was meant."""
NO_OBJECT = ("model_type", "model_attributes_type")


def validated(tool: Tool[A, R], arguments: Mapping[str, JsonValue]) -> A:
    """The arguments as the tool's model.

    Raises:
        InvalidArguments: they do not fit; the text names each place and what belongs there, never a value.
    """
    require_json(arguments)
    try:
        return tool.arguments.model_validate(arguments)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    problems = list(dict.fromkeys(problem(tool.arguments, details) for details in found[:MOST_PROBLEMS]))
    more = f" (and {len(found) - MOST_PROBLEMS} more)" if len(found) > MOST_PROBLEMS else ""
    raise InvalidArguments(f"Nothing was sent: the arguments of {tool.name} do not fit. {'; '.join(problems)}{more}.")


def require_json(arguments: Mapping[str, JsonValue]) -> None:
    """Raises InvalidArguments: some text is no Unicode, or some number is none; neither can be recorded or sent."""
    try:
        json.dumps(arguments, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        pass
    else:
        return
    raise InvalidArguments("Nothing was sent: the arguments hold broken characters, or a number that JSON has not.")


def problem(model: type[BaseModel], details: ErrorDetails) -> str:
    """One problem in words: where, and what belongs there."""
    location = details["loc"]
    if details["type"] == "extra_forbidden":
        return unknown_name(model, location)
    where, annotation = followed(model, location)
    fields = known_in(annotation) if details["type"] in NO_OBJECT else []
    holding = f" with {', '.join(fields)}" if 0 < len(fields) <= MOST_FIELDS else ""
    return f"{where or 'the arguments'}: {expectation(details)}{holding}"


def unknown_name(model: type[BaseModel], location: Location) -> str:
    name = str(location[-1])
    where, annotation = followed(model, location[:-1])
    hint = meant(model, name, where, known_in(annotation))
    return f"unknown argument{shown(name)}{f' in {where}' if where else ''} ({hint})"


def meant(model: type[BaseModel], name: str, where: str, known: list[str]) -> str:
    """What may have been meant by a name that is not among those `known` there; else these."""
    if NAME.fullmatch(name):
        if near := nearest(name.lower(), known):
            return f"did you mean `{near}`?"
        places = [*places_of(model, name)]
        if where and name in places:
            return f"it belongs beside `{where.partition('.')[0]}`, not in it"
        if not where and 0 < len(places) <= MOST_PLACES:
            return f"did you mean {' or '.join(f'`{place}`' for place in places)}?"
    return f"known here: {', '.join(known)}"


def known_in(annotation: Any) -> list[str]:
    """The names that clients know of what belongs there."""
    return list(dict.fromkeys(field for holder in models_in(annotation) for field, _ in fields_of(holder)))


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """The fields under the names that clients know, and what belongs in each."""
    return ((ours(name), field.annotation) for name, field in model.model_fields.items())


def places_of(model: type[BaseModel], name: str, around: str = "") -> Iterator[str]:
    """Where a field of this name is, in the model or in an object in it."""
    for field, annotation in fields_of(model):
        if field == name:
            yield f"{around}{field}"
        for inner in objects_in(annotation):
            yield from places_of(inner, name, f"{around}{field}.")


def objects_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation such as `City | None` takes, and none that it takes many of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in AROUND:
        for argument in get_args(annotation):
            yield from objects_in(argument)


def shown(name: str) -> str:
    """A name, if it looks like one: a client may send a value where a name belongs."""
    return f" `{name}`" if NAME.fullmatch(name) else ""


def followed(model: type[BaseModel], location: Location) -> tuple[str, Any]:
    """A place such as `people.cities[0]`, and the annotation of what belongs there.

    Left out are the branches of unions, which pydantic counts as steps, and keys that do not look like names.
    """
    parts: list[str] = []
    annotation: Any = model
    for step in location:
        fields = [holder.model_fields[step] for holder in models_in(annotation) if step in holder.model_fields]
        if fields:
            parts.append(f".{ours(str(step))}")
            annotation = fields[0].annotation
        elif isinstance(step, int):
            parts.append(f"[{step}]")
        elif NAME.fullmatch(step) and takes_keys(annotation):
            parts.append(f".{step}")
    return "".join(parts).removeprefix("."), annotation


def ours(field: str) -> str:
    """A field under the name that clients know: `from_` is written so only because `from` is a keyword."""
    return field.removesuffix("_")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation such as `list[City] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def takes_keys(annotation: Any) -> bool:
    """Whether an object with names of the client's own belongs there, as in `dict[str, str] | None`."""
    origin = get_origin(annotation)
    if origin in AROUND:
        return any(takes_keys(argument) for argument in get_args(annotation))
    return origin is dict
