"""From a plan that waits to a person who looks at it: a page of this process, started when one is first needed."""

import logging
import time
from collections.abc import Callable

import anyio
import anyio.abc

from talent_mcp.approvals.desk import Desk
from talent_mcp.web.browser import OpenPage
from talent_mcp.web.links import Links

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
MOST_OPEN = 5
"""An agent that makes plans without end does not fill the screen with them; the terminal shows the rest."""
STOP_SECONDS = 5.0


class ApprovalPages:
    """Brings plans before the person at this computer, whose browser `open_page` opens.

    `port` 0 takes a free one. What listens does so in `background`, until `aclose`.
    """

    def __init__(
        self,
        desk: Desk,
        background: anyio.abc.TaskGroup,
        *,
        port: int,
        open_page: OpenPage,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk = desk
        self._background = background
        self._port = port
        self._open_page = open_page
        self._clock = clock
        self._links = Links(clock)
        self._turn = anyio.Lock()
        self._origin: str | None = None
        self._stop: Callable[[], None] = lambda: None
        self._ended = anyio.Event()

    async def offer(self, tenant: str, plan_id: str) -> bool:
        """Whether the plan is before a person, in the browser that this opened; it is opened once for each address.

        Raises:
            StoreUnavailable: the log cannot be used.
            NotWaiting: there is no such plan.
        """
        async with self._turn:
            if self._links.waits(tenant, plan_id):
                return True
            if self._links.count_open() >= MOST_OPEN:
                return False
            plan = await self._desk.shown(tenant, plan_id)
            origin = self._origin or await self._listen()
            if origin is None:
                return False
            token = self._links.issue(tenant, plan_id, plan.digest, until=plan.expires)
            is_open = False
            try:
                is_open = await self._open_page(f"{origin}/plans/{token}")
            finally:
                if not is_open:
                    self._links.withdraw(token)
            return is_open

    async def aclose(self) -> None:
        """Answer what is being asked, and stop listening."""
        self._stop()
        if self._origin is not None:
            with anyio.move_on_after(STOP_SECONDS, shield=True):
                await self._ended.wait()

    async def _listen(self) -> str | None:
        """The origin at which the page is from now on; None if the port cannot be had."""
        # Web servers are no part of stdio start-up.
        import uvicorn

        from talent_mcp.transports.http import Listener, address, listen
        from talent_mcp.web.approving import ApprovalPage

        try:
            listening = listen(HOST, self._port)
        except OSError as error:
            logger.warning("no approval page: port %d cannot be used: %s", self._port, error.strerror)
            return None
        self._origin = address(listening)
        app = ApprovalPage(self._desk, self._links, origin=self._origin, clock=self._clock)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            limit_concurrency=100,
            timeout_graceful_shutdown=1,
        )
        listener = Listener(config, lambda: None)
        self._stop = listener.stop

        async def serve() -> None:
            try:
                # Cancelled, it would leave its sockets open; `aclose` ends it.
                with anyio.CancelScope(shield=True):
                    await listener.serve(sockets=[listening])
            finally:
                self._ended.set()

        self._background.start_soon(serve)
        return self._origin
