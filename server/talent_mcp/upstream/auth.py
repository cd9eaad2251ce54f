"""The one point where a credential meets a request."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import httpx2

from talent_mcp.credentials.secret import Secret
from talent_mcp.upstream.echoes import removed, ways_to_write
from talent_tools.vendor import Vendor

Origin = tuple[str, str, int | None]


class MisdirectedCredential(Exception):
    """A request was about to carry a key to a host that it does not belong to."""


@dataclass(frozen=True, slots=True)
class Header:
    """How a vendor wants its key: the header's name and what stands before the key."""

    name: str
    prefix: str = ""


HEADERS: dict[Vendor, Header] = {
    "ocean": Header("x-api-token"),
    "stardex": Header("Authorization", "Bearer "),
    "jarvi": Header("X-API-KEY"),
}


def origin(url: httpx2.URL) -> Origin:
    """RFC 6454: scheme, host and port."""
    return url.scheme, url.host, url.port


class HostBoundAuth(httpx2.Auth):
    """Adds the key to requests for one origin, refuses every other, and takes it off once the answer is there."""

    def __init__(self, bound_to: httpx2.URL, header: Header, secret: Secret) -> None:
        self._origin = origin(bound_to)
        self._header = header
        self._secret = secret

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        with self._attached(request):
            yield request

    # Not left to the base class: after a failure that would take the key off only when the flow is collected.
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        with self._attached(request):
            yield request

    def without_key(self, content: bytes) -> bytes:
        """The content, with a marker where it repeats the key."""
        return removed(self._ways_to_write, content)

    @cached_property
    def _ways_to_write(self) -> tuple[bytes, ...]:
        return ways_to_write(self._secret.reveal())

    @contextmanager
    def _attached(self, request: httpx2.Request) -> Generator[None]:
        if origin(request.url) != self._origin:
            raise MisdirectedCredential("a request left its vendor's host")
        request.headers[self._header.name] = self._header.prefix + self._secret.reveal()
        try:
            yield
        finally:
            # The request outlives its answer in exceptions and responses; the key must not.
            request.headers.pop(self._header.name, None)
