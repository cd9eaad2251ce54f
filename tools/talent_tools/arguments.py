"""The base of every argument model: strict about names and sizes, silent about rejected values."""

from collections.abc import Mapping, Sized
from typing import Annotated, ClassVar, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator
from pydantic_core import from_json

T = TypeVar("T")

LONGEST_TEXT = 2_000
LONGEST_NOTE = 20_000
"""Of a text that people write by the page."""
MOST_ENTRIES = 1_000


class Arguments(BaseModel):
    """Arguments of a tool, or a part of them.

    Built at first use: listing tools and starting up need none of it. `longest` holds the fields whose texts may
    have more or fewer characters than `LONGEST_TEXT`; no schema tells of limits, as every session would pay for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)
    longest: ClassVar[Mapping[str, int]] = {}

    @field_validator("*")
    @classmethod
    def _is_bounded(cls, value: T, info: ValidationInfo) -> T:
        require_bounded(value, cls.longest.get(info.field_name or "", LONGEST_TEXT))
        return value


def require_bounded(value: object, longest: int) -> None:
    """Refuse what is too long, at any depth; models in it have looked after themselves.

    Raises:
        ValueError: a text has more than `longest` characters, or a list or object too many entries.
    """
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, str) and len(part) > longest:
            raise ValueError(f"must have at most {longest:,} characters")
        pending.extend(_entries(part))


def _entries(part: object) -> tuple[object, ...]:
    if isinstance(part, dict):
        held = cast("dict[object, object]", part)
        require_few(held)
        return (*held, *held.values())
    if isinstance(part, list | tuple):
        listed = cast("list[object] | tuple[object, ...]", part)
        require_few(listed)
        return tuple(listed)
    return ()


def require_few(entries: Sized, most: int = MOST_ENTRIES) -> None:
    """Raises ValueError: there are more than `most`."""
    if len(entries) > most:
        raise ValueError(f"must have at most {most:,} entries")


def parse_json_text(value: object) -> object:
    """Read back an object or a list that a host sent as its JSON text."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return from_json(value)
    except ValueError:
        return value


Nested = Annotated[T, BeforeValidator(parse_json_text)]
"""An object or list argument, which some hosts send as JSON text."""
