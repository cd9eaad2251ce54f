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
    where, _ = followed(model, location)
    return f"{where or 'the arguments'}: {expectation(details)}"


def unknown_name(model: type[BaseModel], location: Location) -> str:
    name = str(location[-1])
    where, annotation = followed(model, location[:-1])
    known = [ours(field) for holder in models_in(annotation) for field in holder.model_fields]
    near = nearest(name.lower(), known) if NAME.fullmatch(name) else None
    hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"
    return f"unknown argument{shown(name)}{f' in {where}' if where else ''} ({hint})"


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
