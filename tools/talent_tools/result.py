"""The base of every result model and of every part of one."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

VERBATIM = frozenset({"next_cursor"})
"""Fields of results that have to work when they are sent back: cleaning leaves them alone."""


class Result(BaseModel):
    """A result in our own names; it is sent without its null fields."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)


class VendorData(BaseModel):
    """A part of a vendor's answer.

    Read from the vendor's camelCase, written in snake_case; a field that is not known here is kept under the
    vendor's own name, and none but the ones a subclass requires may make the answer unreadable by being
    null or missing.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )
