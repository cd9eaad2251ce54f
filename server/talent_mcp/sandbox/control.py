"""Routes for tests in other processes; loopback only, never part of a vendor."""

from dataclasses import asdict
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from .exchange import Received, answer
from .faults import Fault
from .jarvi import Jarvi
from .ocean import Ocean
from .stardex import Stardex


class Controlled(Protocol):
    """The sandbox, as seen from its control routes."""

    requests: list[Received]
    ocean: Ocean
    stardex: Stardex
    jarvi: Jarvi

    def arm_fault(self, fault: Fault) -> None: ...
    def reset(self) -> None: ...


class Control:
    """Handlers over one sandbox."""

    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox

    async def faults(self, request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(await request.body())
        except ValidationError as error:
            return Response(error.json(include_url=False), 422, media_type="application/json")
        self._sandbox.arm_fault(fault)
        return JSONResponse({"armed": fault.model_dump()}, 201)

    async def requests(self, request: Request) -> Response:
        return answer(200, {"requests": [asdict(received) for received in self._sandbox.requests]})

    async def reset(self, request: Request) -> Response:
        self._sandbox.reset()
        return Response(status_code=204)

    async def state(self, request: Request) -> Response:
        return answer(200, state_of(self._sandbox))


def state_of(sandbox: Controlled) -> dict[str, Any]:
    return {
        "credits": sandbox.ocean.state.account.credits,
        "persons": [person.document(full=True) for person in sandbox.stardex.persons.values()],
        "profiles": [profile.document() for profile in sandbox.jarvi.profiles.values()],
    }


def control_routes(sandbox: Controlled) -> Mount:
    control = Control(sandbox)
    return Mount(
        "/_sandbox",
        routes=[
            Route("/faults", control.faults, methods=["POST"]),
            Route("/requests", control.requests, methods=["GET"]),
            Route("/reset", control.reset, methods=["POST"]),
            Route("/state", control.state, methods=["GET"]),
        ],
    )
