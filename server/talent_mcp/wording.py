"""What a value must be, in the words of JSON: for a model or an operator, and never with the value itself."""

from collections.abc import Mapping, Sequence

from pydantic_core import ErrorDetails

TEXT, NUMBER, WHOLE, FLAG = "must be text", "must be a number", "must be a whole number", "must be true or false"
LIST, OBJECT = "must be a list", "must be an object"
WORDS: Mapping[str, str] = {
    "missing": "is needed",
    "string_type": TEXT,
    "string_unicode": "must be text without broken characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "path_type": TEXT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "decimal_max_places": "must have at most {decimal_places} decimal places",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "bool_type": FLAG,
    "bool_parsing": FLAG,
    "literal_error": "must be {expected}",
    "list_type": LIST,
    "tuple_type": LIST,
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "value_error": "{error}",
}
"""By pydantic's error type; its own messages speak Python, and some repeat what was given."""


def expectation(details: ErrorDetails) -> str:
    """What belongs there, such as `must be text`."""
    return WORDS.get(details["type"], "does not fit").format_map(details.get("ctx", {}))


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that somebody may have meant."""
    # Loaded when somebody has misspelt a name.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, known, n=1)), None)
