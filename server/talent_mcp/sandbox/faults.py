"""Faults on demand."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

VendorName = Literal["ocean", "stardex", "jarvi"]
FaultKind = Literal["latency", "429", "500", "malformed", "drop", "html502", "huge"]
REFUSED_BEFOREHAND: frozenset[FaultKind] = frozenset({"429", "500", "html502"})
HUGE = 11_000_000
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Fault(BaseModel):
    """What to do to the next requests of a vendor; `route` narrows it to paths that contain it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    vendor: VendorName
    kind: FaultKind
    times: int = Field(1, ge=1)
    seconds: float = Field(1.0, ge=0)
    route: str = ""


class Faults:
    """Armed faults, used up in the order they were armed."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        self._armed.append(fault.model_copy())

    def clear(self) -> None:
        self._armed.clear()

    def take(self, vendor: str, path: str) -> Fault | None:
        fault = next(_meant(self._armed, vendor, path), None)
        if fault is None:
            return None
        fault.times -= 1
        if not fault.times:
            self._armed.remove(fault)
        return fault


def _meant(armed: list[Fault], vendor: str, path: str) -> Iterator[Fault]:
    yield from (fault for fault in armed if fault.vendor == vendor and fault.route in path)


def gateway_page() -> Response:
    return Response(GATEWAY_PAGE, 502, media_type="text/html")


def damaged(response: Response, kind: FaultKind) -> Response:
    """The answer cut in half, or padded beyond what a client should read."""
    body = bytes(response.body)
    content = body[: len(body) // 2] if kind == "malformed" else padded(body)
    headers = {
        name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")
    }
    return Response(content, response.status_code, headers, "application/json")


def padded(body: bytes) -> bytes:
    return (body[:-1] or b'{"padded":true') + b',"padding":"' + b"x" * HUGE + b'"}'
