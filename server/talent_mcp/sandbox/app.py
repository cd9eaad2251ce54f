"""The ASGI application: three vendors, faults, and the control routes."""

import math
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from .control import control_routes
from .dropping import Dropped, drop_if_asked
from .exchange import Call, Endpoint, Handler, Received
from .faults import REFUSED_BEFOREHAND, Fault, FaultKind, Faults, VendorName, damaged, gateway_page
from .jarvi import Jarvi
from .ocean import Ocean
from .options import SandboxOptions
from .stardex import Stardex

DEFAULTS = SandboxOptions()
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Vendor(Protocol):
    """What the application needs of a stand-in."""

    name: str
    endpoints: tuple[Endpoint, ...]

    def answer(self, call: Call, handler: Handler) -> Response: ...
    def too_many(self, seconds: int) -> Response: ...
    def failure(self) -> Response: ...
    def missing(self, call: Call) -> Response: ...
    def reset(self) -> None: ...


class SandboxApp(Starlette):
    """Starlette that can drop a connection after the request was read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)
        await drop_if_asked(scope, receive, send)


class Sandbox:
    """Stand-ins of Ocean.io, Stardex and Jarvi with state in memory."""

    def __init__(self, options: SandboxOptions = DEFAULTS, *, clock: Callable[[], float] = time.time) -> None:
        self.options = options
        self.requests: list[Received] = []
        self.ocean = Ocean(options, clock)
        self.stardex = Stardex(options, clock)
        self.jarvi = Jarvi(options, clock)
        self._clock = clock
        self._faults = Faults()
        mounts = [Mount(f"/{vendor.name}", routes=list(self._routes(vendor))) for vendor in self._vendors]
        self.app: Starlette = SandboxApp(routes=[*mounts, control_routes(self)])

    @property
    def _vendors(self) -> tuple[Vendor, ...]:
        return (self.ocean, self.stardex, self.jarvi)

    def arm(
        self, vendor: VendorName, kind: FaultKind, *, times: int = 1, seconds: float = 1.0, route: str = ""
    ) -> None:
        """Let the next requests of a vendor go wrong."""
        self.arm_fault(Fault(vendor=vendor, kind=kind, times=times, seconds=seconds, route=route))

    def arm_fault(self, fault: Fault) -> None:
        self._faults.arm(fault)

    def reset(self) -> None:
        """As freshly started."""
        self.requests.clear()
        self._faults.clear()
        for vendor in self._vendors:
            vendor.reset()

    def _routes(self, vendor: Vendor) -> Iterator[Route]:
        for endpoint in vendor.endpoints:
            serve = self._serving(vendor, endpoint.handler)
            yield Route(endpoint.path, serve, methods=[endpoint.method])
        yield Route("/{path:path}", self._serving(vendor, vendor.missing), methods=METHODS)

    def _serving(self, vendor: Vendor, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            call = await Call.read(request, f"/{vendor.name}")
            self.requests.append(call.received(vendor.name, self._clock()))
            fault = self._faults.take(vendor.name, call.path)
            response = _answered(vendor, handler, call, fault)
            delay = fault.seconds if fault and fault.kind == "latency" else 0.0
            if self.options.latency or delay:
                await anyio.sleep(self.options.latency + delay)
            return response

        return serve


def _answered(vendor: Vendor, handler: Handler, call: Call, fault: Fault | None) -> Response:
    """The effect happens before an answer is damaged or lost, and not at all when a fault refuses."""
    if fault and fault.kind in REFUSED_BEFOREHAND:
        return _refusal(vendor, fault)
    response = vendor.answer(call, handler)
    match fault.kind if fault else None:
        case "malformed" | "huge" as kind:
            return damaged(response, kind)
        case "drop":
            return Dropped()
        case _:
            return response


def _refusal(vendor: Vendor, fault: Fault) -> Response:
    match fault.kind:
        case "429":
            return vendor.too_many(math.ceil(fault.seconds))
        case "500":
            return vendor.failure()
        case _:
            return gateway_page()
