"""Jarvi as its clients see it."""

import json
import secrets
from collections.abc import Callable

from pydantic import ValidationError
from starlette.responses import Response

from talent_mcp.sandbox.exchange import Call, Endpoint, Handler, InvalidJsonError, answer
from talent_mcp.sandbox.jsontypes import Json
from talent_mcp.sandbox.options import SandboxOptions

from .bodies import Profile
from .fields import BY_ID, stable_id
from .files import InvalidFileError
from .graphql import answered
from .profiles import StoredProfile, matching
from .seed import seed_profiles
from .where import holds, ordered
from .working_hours import ExecutionTime

REQUEST_LIMIT = 4_500_000


class Jarvi:
    """Profiles that are merged, never simply updated."""

    name = "jarvi"

    def __init__(self, options: SandboxOptions, clock: Callable[[], float]) -> None:
        self._options = options
        self._clock = clock
        self._time = ExecutionTime()
        self._tasks = 0
        self.profiles = seed_profiles()
        self.endpoints: tuple[Endpoint, ...] = (
            Endpoint("POST", "/rest/v2/profiles", self._save),
            Endpoint("GET", "/rest/v2/profiles", self._list),
            Endpoint("POST", "/graphql", self._graphql),
        )

    def reset(self) -> None:
        self._time = ExecutionTime()
        self._tasks = 0
        self.profiles = seed_profiles()

    def answer(self, call: Call, handler: Handler) -> Response:
        key = call.headers.get("x-api-key", "")
        if not secrets.compare_digest(key.encode(), self._options.jarvi_key.encode()):
            return message(401, "Unauthorized")
        if len(call.content) > REQUEST_LIMIT:
            return message(413, "Request Entity Too Large")
        return self._delayed() or handler(call)

    def _delayed(self) -> Response | None:
        now = self._clock()
        wait = self._time.wait(now)
        if wait and self._options.rate_limits:
            return self.too_many(wait)
        self._time.spend(now, self._options.jarvi_seconds_per_call)
        return None

    def too_many(self, seconds: int) -> Response:
        refused = message(429, "Too Many Requests")
        refused.headers["Retry-After"] = str(seconds)
        return refused

    def failure(self) -> Response:
        return message(500, "Internal Server Error")

    def missing(self, call: Call) -> Response:
        return message(404, "Not Found")

    def _save(self, call: Call) -> Response:
        try:
            request = Profile.model_validate(call.json())
            problem = _custom_problem(request)
            return message(400, problem) if problem else self._merged(request)
        except InvalidJsonError:
            return message(400, "Invalid JSON")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            return message(400, f"{where}: {first['msg']}")
        except InvalidFileError as error:
            return message(400, str(error))

    def _merged(self, request: Profile) -> Response:
        if request.id and request.id.lower() not in self.profiles:
            return message(404, "Profile not found")
        self._tasks += 1
        profile = self._meant(request)
        profile.merge(request)
        self.profiles[profile.id] = profile
        task = stable_id(f"task {self._tasks}")
        return answer(201, {"message": "Profile saved successfully", "taskId": task, "profileId": profile.id})

    def _meant(self, request: Profile) -> StoredProfile:
        if request.id:
            return self.profiles[request.id.lower()]
        new = StoredProfile(id=stable_id(f"created {self._tasks}"), created=self._clock())
        return next(matching(self.profiles, request), new)

    def _list(self, call: Call) -> Response:
        try:
            where, order = _json(call.query.get("where")), _json(call.query.get("orderBy"))
            limit, offset = int(call.query.get("limit", "50")), int(call.query.get("offset", "0"))
        except ValueError:
            return message(400, "where and orderBy must be JSON, limit and offset numbers")
        documents = [profile.document() for profile in self.profiles.values()]
        found = ordered([document for document in documents if holds(where, document)], order)
        return answer(200, {"data": found[offset : offset + limit], "total": len(found)})

    def _graphql(self, call: Call) -> Response:
        try:
            return answer(200, answered(call.json()))
        except InvalidJsonError:
            return message(400, "Invalid JSON")


def message(status: int, text: str) -> Response:
    return answer(status, {"message": text})


def _json(text: str | None) -> Json:
    return json.loads(text) if text else None


def _custom_problem(request: Profile) -> str | None:
    for key, value in request.custom.items():
        definition = BY_ID.get(key.lower())
        if definition is None or definition.entity != "profile":
            return f"Unknown field {key}"
        if not isinstance(value, str):
            return f"{key} must be a string"
        if not definition.accepts(value):
            return f"{definition.name} has no such value"
    return None
