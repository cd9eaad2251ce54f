"""Stardex as its clients see it."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from talent_mcp.sandbox.exchange import Call, Endpoint, Handler, InvalidJsonError, answer
from talent_mcp.sandbox.limits import Window
from talent_mcp.sandbox.options import SandboxOptions

from .bodies import PersonSearch, PersonUpdate
from .custom_fields import InvalidCustomFieldError
from .definitions import DEFINITIONS
from .seed import seed_persons

Body = TypeVar("Body", bound=BaseModel)


class Stardex:
    """Persons whose arrays are replaced whole, and a limit that every answer tells."""

    name = "stardex"

    def __init__(self, options: SandboxOptions, clock: Callable[[], float]) -> None:
        self._options = options
        self._clock = clock
        self._window = Window(60, 60.0)
        self.persons = seed_persons()
        self.endpoints: tuple[Endpoint, ...] = (
            Endpoint("GET", "/v1/persons/{id}", self._read),
            Endpoint("PATCH", "/v1/persons/{id}", self._update),
            Endpoint("POST", "/v1/persons/search", self._search),
            Endpoint("GET", "/v1/custom-fields/person", self._definitions),
        )

    def reset(self) -> None:
        self._window = Window(60, 60.0)
        self.persons = seed_persons()

    def answer(self, call: Call, handler: Handler) -> Response:
        response = self._refused(call) or self._counted() or handler(call)
        return self._with_limits(response)

    def _refused(self, call: Call) -> Response | None:
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        known = secrets.compare_digest(key.strip().encode(), self._options.stardex_key.encode())
        if scheme.lower() != "bearer" or not known:
            return refusal(401, "INVALID_API_KEY", "Invalid API key")
        return None

    def _counted(self) -> Response | None:
        if not self._options.rate_limits:
            # What is counted is told in a header, and a client that reads it would hold back.
            return None
        now = self._clock()
        if not self._window.remaining(now):
            return self.too_many(self._window.reset_in(now))
        self._window.count(now)
        return None

    def _with_limits(self, response: Response) -> Response:
        now = self._clock()
        response.headers["X-RateLimit-Limit"] = str(self._window.most)
        response.headers["X-RateLimit-Remaining"] = str(self._window.remaining(now))
        response.headers["X-RateLimit-Reset"] = str(int(now) + self._window.reset_in(now))
        return response

    def too_many(self, seconds: int) -> Response:
        refused = refusal(429, "RATE_LIMIT_EXCEEDED", "Too many requests")
        refused.headers["Retry-After"] = str(seconds)
        return self._with_limits(refused)

    def failure(self) -> Response:
        return self._with_limits(plain(500, "Internal server error", "Internal Server Error"))

    def missing(self, call: Call) -> Response:
        return plain(404, f"Route {call.method}:{call.path} not found", "Not Found")

    def _read(self, call: Call) -> Response:
        person = self.persons.get(call.parameters["id"].lower())
        if person is None:
            return plain(404, "Person not found", "Not Found")
        return answer(200, {"success": True, "data": person.document(full=True)})

    def _update(self, call: Call) -> Response:
        person = self.persons.get(call.parameters["id"].lower())
        if person is None:
            return plain(404, "Person not found", "Not Found")
        request = _parsed(PersonUpdate, call)
        if isinstance(request, Response):
            return request
        try:
            person.update(request)
        except InvalidCustomFieldError as error:
            return refusal(400, "INVALID_CUSTOM_FIELD", str(error))
        return answer(200, {"success": True, "data": {"message": "Person updated successfully"}, "error": None})

    def _search(self, call: Call) -> Response:
        wanted = _parsed(PersonSearch, call)
        if isinstance(wanted, Response):
            return wanted
        found = [person for person in self.persons.values() if person.matches(wanted)]
        page = found[wanted.offset : wanted.offset + wanted.limit]
        full = "work_experience" in (wanted.include or ())
        return _listed([person.document(full=full) for person in page], len(found), wanted.offset, wanted.limit)

    def _definitions(self, call: Call) -> Response:
        documents = [definition.document() for definition in DEFINITIONS]
        return _listed(documents, len(documents), 0, len(documents))


def _listed(data: list[dict[str, object]], total: int, offset: int, limit: int) -> Response:
    meta = {"total": total, "offset": offset, "limit": limit}
    return answer(200, {"success": True, "data": data, "meta": meta})


def refusal(status: int, code: str, message: str) -> Response:
    """The vendor's own error shape."""
    return answer(status, {"success": False, "error": {"code": code, "message": message}})


def plain(status: int, message: str, error: str) -> Response:
    """The shape of the framework beneath, for some 404 and 500."""
    return answer(status, {"message": message, "error": error, "statusCode": status})


def _parsed(model: type[Body], call: Call) -> Body | Response:
    try:
        return model.model_validate(call.json())
    except InvalidJsonError:
        return refusal(400, "INVALID_JSON", "Body is not valid JSON")
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "body"
        return refusal(400, "VALIDATION_ERROR", f"{where}: {problem['msg']}")
