"""What the page answers: it shows a plan at its one-time address, and takes one decision there.

Whoever has the address is not believed yet. A decision needs the cookie and the form of this page, the page's own
origin, and the exact host: what a page of another site, or a name that was bent to this computer, cannot have.
"""

import hmac
import math
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from talent_mcp.approvals.desk import NOT_WAITING, Decision, Desk, NotWaiting
from talent_mcp.errors import StoreUnavailable
from talent_mcp.identity import local_caller
from talent_mcp.web.links import Link, Links
from talent_mcp.web.page import FORM_FIELD, headers, message_page, plan_page

PLACE = re.compile(r"/plans/([\w-]{43})", re.ASCII)
MOST_BYTES = 16_384
FORM_TYPE = "application/x-www-form-urlencoded"
COOKIE = "talent-mcp-approval"
DECISIONS: Mapping[str, Decision] = {"approve": "approved", "refuse": "refused"}
CLOSE = "You can close this page."
TERMINAL = "The terminal shows what waits: talent-mcp approve."
UNDECIDED = "Nothing was decided"
OVER = {
    "used": ("Decided already", "An address works once, and somebody has decided here. The assistant goes on by that."),
    "expired": (UNDECIDED, f"This address worked for ten minutes, and they are over. {TERMINAL}"),
}
"""What a page says that works no more, in a title and a sentence."""


class Refused(Exception):
    """A request that is not answered with a plan; the text says why, to whoever sent it."""

    def __init__(self, status: HTTPStatus, text: str, *, title: str = UNDECIDED) -> None:
        super().__init__(text)
        self.status = status
        self.title = title


class ApprovalPage:
    """The ASGI application at one origin, such as `http://127.0.0.1:40123`. `clock` is in Unix seconds."""

    def __init__(self, desk: Desk, links: Links, *, origin: str, clock: Callable[[], float] = time.time) -> None:
        self._desk = desk
        self._links = links
        self._origin = origin
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(Request(scope, receive))
        except Refused as refusal:
            response = message(refusal.status, refusal.title, str(refusal))
        except NotWaiting as reason:
            response = message(HTTPStatus.GONE, "Nothing to decide", f"About this change: {reason}.")
        except StoreUnavailable as failure:
            text = f"The audit log cannot be used: {failure}. Try again once it can."
            response = message(HTTPStatus.SERVICE_UNAVAILABLE, UNDECIDED, text)
        response.headers.update(headers())
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.headers.getlist("host") != [self._origin.removeprefix("http://")]:
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "This page is only at its own address.")
        place = PLACE.fullmatch(request.scope["path"])
        link = self._links.find(place[1]) if place else None
        if place is None or link is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"There is nothing at this address. {TERMINAL}")
        if request.method not in ("GET", "POST"):
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "This page is shown, and answered with its form.")
        self._require_open(link)
        answer = self._show if request.method == "GET" else self._decide
        return await answer(request, place[1], link)

    def _require_open(self, link: Link) -> None:
        state = self._links.state(link)
        if state != "open":
            title, text = OVER[state]
            raise Refused(HTTPStatus.GONE, text, title=title)

    async def _show(self, request: Request, token: str, link: Link) -> Response:
        """The plan. Nothing changes by it: programs fetch addresses to show what is behind them."""
        if request.headers.get("sec-fetch-dest", "document") != "document":
            raise Refused(HTTPStatus.FORBIDDEN, "This page is not a part of another one.")
        plan = await self._desk.shown(link.tenant, link.plan_id)
        if plan.state != "waiting" or plan.digest != link.digest:
            raise NotWaiting(NOT_WAITING.get(plan.state, "it is another one by now"))
        left = link.expires - self._clock()
        response = HTMLResponse(plan_page(plan, self._links.secret(token, "form"), minutes=math.ceil(left / 60)))
        response.set_cookie(
            COOKIE,
            self._links.secret(token, "cookie"),
            max_age=math.ceil(left),
            path=request.scope["path"],
            httponly=True,
            samesite="strict",
        )
        return response

    async def _decide(self, request: Request, token: str, link: Link) -> Response:
        self._require_own_page(request)
        form = await form_of(request)
        given = (request.cookies.get(COOKIE, ""), form.get(FORM_FIELD, ""))
        expected = (self._links.secret(token, "cookie"), self._links.secret(token, "form"))
        if not all(map(same, given, expected)):
            raise Refused(HTTPStatus.FORBIDDEN, "This did not come from the form of this page. Open its address again.")
        decision = DECISIONS.get(form.get("decision", ""))
        if decision is None:
            raise Refused(HTTPStatus.BAD_REQUEST, "A decision is to approve or to refuse.")
        self._require_open(link)
        link.used = True
        try:
            await self._record(link, decision, form.get("reason", ""))
        except StoreUnavailable:
            link.used = False
            raise
        if decision == "approved":
            return message(HTTPStatus.OK, "Approved", f"Tell the agent to go on. {CLOSE}")
        return message(HTTPStatus.OK, "Refused", f"Nothing will be changed or spent, and the agent is told. {CLOSE}")

    def _require_own_page(self, request: Request) -> None:
        """Refuse what another site, or a page in a frame, sends: browsers say whose page it comes from."""
        if request.headers.getlist("origin") != [self._origin]:
            raise Refused(HTTPStatus.FORBIDDEN, "This did not come from this page.")
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Refused(HTTPStatus.FORBIDDEN, "This did not come from this page.")

    async def _record(self, link: Link, decision: Decision, reason: str) -> None:
        await self._desk.decide(
            link.tenant,
            link.plan_id,
            decision,
            by="page",
            principal=local_caller("page", None).principal,
            reason=reason if decision == "refused" else "",
        )


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        Refused: it is none, has a field twice, or is longer than the page's own can be.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This is not the form of this page.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is more than the form of this page can hold.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=10)
    except ValueError:
        pairs = []
    fields = dict(pairs)
    if not pairs or len(fields) != len(pairs):
        raise Refused(HTTPStatus.BAD_REQUEST, "This is not the form of this page.")
    return fields


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def message(status: HTTPStatus, title: str, text: str) -> Response:
    return HTMLResponse(message_page(title, text), status)
