"""The base of every argument model: strict about names, silent about rejected values."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import from_json

T = TypeVar("T")


class Arguments(BaseModel):
    """Arguments of a tool, or a part of them.

    Built at first use: listing tools and starting up need none of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


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
