"""URL paths from templates: each value is exactly one segment."""

from collections.abc import Mapping
from urllib.parse import quote

from talent_tools.errors import InvalidArguments


def fill(template: str, values: Mapping[str, str]) -> str:
    """The path with each `{name}` replaced by its percent-encoded value.

    Raises:
        InvalidArguments: a value is empty, `.` or `..`, or holds a control character.
    """
    for name, value in values.items():
        if value in ("", ".", "..") or not value.isprintable():
            raise InvalidArguments(f"The {name} given is not an identifier. Look it up and call again.")
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template
