"""From what a client sent to a tool's validated arguments, or to a refusal that says how to mend them."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from talent_tools.arguments import Arguments
from talent_tools.errors import InvalidArguments
from talent_tools.spec import Tool

A = TypeVar("A", bound=Arguments)
R = TypeVar("R", bound=BaseModel)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MOST_PROBLEMS = 6


def validated(tool: Tool[A, R], arguments: Mapping[str, JsonValue]) -> A:
    """The arguments as the tool's model.

    Raises:
        InvalidArguments: they do not fit; the text names each place and what belongs there, never a value.
    """
    try:
        return tool.arguments.model_validate(arguments)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        problems = [problem(tool.arguments, details) for details in found[:MOST_PROBLEMS]]
        more = f" (and {len(found) - MOST_PROBLEMS} more)" if len(found) > MOST_PROBLEMS else ""
        raise InvalidArguments(
            f"Nothing was sent: the arguments of {tool.name} need mending. {'; '.join(problems)}{more}."
        ) from None


def problem(model: type[BaseModel], details: ErrorDetails) -> str:
    """One problem in words: where, and what belongs there."""
    location = details["loc"]
    if details["type"] == "extra_forbidden":
        return unknown_name(model, location)
    message = details["msg"].removeprefix("Value error, ")
    return f"{place(location)}: {message[:1].lower()}{message[1:]}"


def unknown_name(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    name = str(location[-1])
    known = list(names_at(model, location[:-1]))
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    where = f" in {place(location[:-1])}" if location[:-1] else ""
    return f"unknown argument{shown(name)}{where} ({hint})"


def shown(name: str) -> str:
    """A name, if it looks like one: a client may send a value where a name belongs."""
    return f" `{name}`" if NAME.fullmatch(name) else ""


def place(location: tuple[int | str, ...]) -> str:
    """A path such as `people.cities[0]`; what is no name of ours is left out."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if is_ours(part)]
    return "".join(parts).removeprefix(".") or "the arguments"


def is_ours(part: int | str) -> bool:
    # Pydantic adds the branch of a union, such as `list[str]` or `function-before[...]`, to the location.
    return isinstance(part, int) or NAME.fullmatch(part) is not None


def names_at(model: type[BaseModel], location: tuple[int | str, ...]) -> Iterator[str]:
    """The argument names that are valid at a place."""
    for step in location:
        field = next(
            (field for name, field in model.model_fields.items() if step in (name, field.validation_alias)),
            None,
        )
        model = model if field is None else next(models_in(field.annotation), model)
    yield from (name.rstrip("_") for name in model.model_fields)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation such as `list[City] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)
