"""URL paths from templates: each value is exactly one segment."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from talent_tools.errors import InvalidArguments

PLACE = re.compile(r"\{(\w+)\}")
LONGEST = 256


def fill(template: str, values: Mapping[str, str]) -> str:
    """The path with each `{name}` replaced by its percent-encoded value.

    Raises:
        InvalidArguments: a value is empty, `.` or `..`, too long to identify anything, or holds a control
            character.
        KeyError: the template names a place that has no value.
    """
    return PLACE.sub(lambda place: segment(place[1], values[place[1]]), template)


def segment(name: str, value: str) -> str:
    if value in ("", ".", "..") or not value.isprintable() or len(value) > LONGEST:
        raise InvalidArguments(f"The {name} given is not an identifier. Look it up and call again.")
    return quote(value, safe="")
