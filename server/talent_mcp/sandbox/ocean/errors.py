"""The vendor's refusals."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from talent_mcp.sandbox.exchange import InvalidJsonError, answer

NO_TOKEN = "API token should be provided in headers or query parameters"  # noqa: S105 - a message
UNKNOWN_TOKEN = "Current API token is not registered in our database"  # noqa: S105 - a message
TWO_TOKENS = "Conflicting API tokens provided in query parameters and headers"
PENDING = "Data gathering process has started. Please try again later."


def detail(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return answer(status, {"detail": text}, headers)


def invalid(error: ValidationError) -> Response:
    """The 422 array, the input echoed as the vendor's framework does."""
    problems = error.errors(include_url=False)
    return answer(422, {"detail": [_located(dict(problem)) for problem in problems]})


def _located(problem: dict[str, Any]) -> dict[str, Any]:
    if "ctx" in problem:
        problem["ctx"] = {key: str(value) for key, value in problem["ctx"].items()}
    return problem | {"loc": ["body", *problem["loc"]]}


def not_json(error: InvalidJsonError) -> Response:
    return single(["body", error.position], "JSON decode error", "json_invalid", {}, {"error": error.reason})


def no_body() -> Response:
    return single(["body"], "Field required", "missing", None)


def bad_cursor(text: str, cursor: str | None) -> Response:
    return single(["body", "searchAfter"], f"Value error, {text}", "value_error", cursor)


def single(loc: Sequence[str | int], msg: str, kind: str, given: object, ctx: dict[str, str] | None = None) -> Response:
    problem: dict[str, Any] = {"type": kind, "loc": list(loc), "msg": msg, "input": given}
    return answer(422, {"detail": [problem | {"ctx": ctx} if ctx else problem]})
