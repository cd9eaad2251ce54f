"""From an error answer of Ocean.io to the failure that says what to do next, in our own words."""

import re
from typing import Literal

from pydantic import JsonValue
from pydantic.alias_generators import to_snake

from talent_tools.errors import OutcomeUnknown, ToolFailure, VendorRefused, VendorUnavailable
from talent_tools.vendor import VendorAnswer

_LOGIN = "Ask the operator to run `talent-mcp login ocean`"
_ADVICE = {
    400: "Ocean.io found nothing to work with in the request. Give other keys or filters.",
    401: f"Ocean.io did not accept the API token. {_LOGIN}.",
    402: "Ocean.io has too few credits left for this call. Ask the user for a smaller one or a top-up.",
    403: f"Ocean.io did not accept the API token. {_LOGIN}.",
    404: "The address in the settings does not seem to be Ocean.io's. Ask the operator to run `talent-mcp doctor`.",
    429: "Ocean.io's rate limit is used up. Wait before calling again.",
}
# Some causes share a status; their published texts tell them apart.
_CAUSES = (
    ("conflicting api tokens", f"Ocean.io received two API tokens at once. {_LOGIN} with one."),
    ("plan version not supported", "The operator's Ocean.io plan does not include this call. Tell the user."),
)
_OUR_NAMES = {
    "peopleFilters": "people",
    "companiesFilters": "companies",
    "size": "limit",
    "searchAfter": "cursor",
    "peoplePerCompany": "max_per_company",
}
_IDENTIFIER = re.compile("[A-Za-z][A-Za-z0-9]{0,39}")
_MOST_FIELDS = 10


def failure(answer: VendorAnswer, effect: Literal["read", "spend"]) -> ToolFailure | None:
    """The failure that an answer means; none for a 2xx."""
    if 200 <= answer.status < 300:
        return None
    if answer.status >= 500:
        return _server_failure(effect)
    return VendorRefused(f"{_advice(answer)} Nothing was charged.", status=answer.status)


def _server_failure(effect: Literal["read", "spend"]) -> ToolFailure:
    if effect == "read":
        return VendorUnavailable("Ocean.io failed; nothing was spent. Try again in a minute.")
    return OutcomeUnknown(
        "Ocean.io failed after it had the request: credits may have been taken."
        " Compare the balance in talent://status, and ask the user before repeating the call."
    )


def _advice(answer: VendorAnswer) -> str:
    detail = answer.body.get("detail") if isinstance(answer.body, dict) else None
    if isinstance(detail, list):
        return _about_fields(detail)
    text = detail.casefold() if isinstance(detail, str) else ""
    for cause, advice in _CAUSES:
        if cause in text:
            return advice
    general = f"Ocean.io refused the request (HTTP {answer.status}); repeating it will not help."
    return _ADVICE.get(answer.status, general)


def _about_fields(detail: list[JsonValue]) -> str:
    paths = [path for item in detail if (path := _path(item))]
    # Each once, in the vendor's order.
    named = ", ".join(list(dict.fromkeys(paths))[:_MOST_FIELDS])
    if not named:
        return "Ocean.io did not accept a value of the request. Check it against the tool's description."
    return f"Ocean.io did not accept: {named}. Check each against the tool's description, and its spelling."


def _path(item: JsonValue) -> str:
    """The place that one entry of a 422 is about, such as `people.skills.any_of`; empty if it names none."""
    location = item.get("loc") if isinstance(item, dict) else None
    if not isinstance(location, list):
        return ""
    names = [part for part in location if isinstance(part, str) and part != "body"]
    if not all(_IDENTIFIER.fullmatch(name) for name in names):
        return ""
    return ".".join(_OUR_NAMES.get(name, to_snake(name)) for name in names)
