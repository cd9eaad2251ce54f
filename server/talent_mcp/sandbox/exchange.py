"""One request as a vendor sees it, its record for tests, and the answers vendors give."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from talent_mcp.sandbox.jsontypes import Json

CREDENTIAL_HEADERS = frozenset({"x-api-token", "authorization", "x-api-key"})
CREDENTIAL_QUERY = frozenset({"apitoken"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A vendor request as it arrived, without the credential's value."""

    vendor: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json
    at: float


class InvalidJsonError(ValueError):
    """The body is not JSON."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A vendor request, read to its end."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""

    @classmethod
    async def read(cls, request: Request, mount: str) -> "Call":
        return cls(
            method=request.method,
            path=request.url.path.removeprefix(mount),
            query=dict(request.query_params),
            headers=dict(request.headers),
            parameters={key: str(value) for key, value in request.path_params.items()},
            content=await request.body(),
        )

    def json(self) -> Json:
        """The body's JSON, None for an empty body."""
        if not self.content:
            return None
        try:
            return json.loads(self.content)
        except UnicodeDecodeError as error:
            raise InvalidJsonError(error.start, "invalid encoding") from error
        except json.JSONDecodeError as error:
            raise InvalidJsonError(error.pos, error.msg) from error

    def received(self, vendor: str, at: float) -> Received:
        return Received(
            vendor=vendor,
            method=self.method,
            path=self.path,
            query=_without_credentials(self.query, CREDENTIAL_QUERY),
            headers=_without_credentials(self.headers, CREDENTIAL_HEADERS),
            body=self._body_or_text(),
            at=at,
        )

    def _body_or_text(self) -> Json:
        try:
            return self.json()
        except InvalidJsonError:
            return self.content.decode("utf-8", "replace")


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route of a vendor."""

    method: str
    path: str
    handler: Handler


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, its text unescaped as the vendors send it."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(content, status, headers, "application/json")


def _without_credentials(pairs: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {key: "set" if key.lower() in names else value for key, value in pairs.items()}
