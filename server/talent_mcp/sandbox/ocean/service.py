"""Ocean.io as its clients see it."""

import json
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from talent_mcp.sandbox.exchange import Call, Endpoint, Handler, InvalidJsonError, answer
from talent_mcp.sandbox.limits import Window
from talent_mcp.sandbox.options import SandboxOptions

from . import errors
from .account import SEARCH_RESULT, Account
from .data_fields import DATA_FIELDS
from .enrich import find, reveal
from .entries import Entry, index
from .paging import ForeignCursorError
from .requests import EnrichRequest, SearchRequest
from .search import search

Body = TypeVar("Body", bound=BaseModel)
DAY = 86_400.0


@dataclass(slots=True)
class OceanState:
    """What changes while the sandbox runs."""

    account: Account
    asks: Counter[str] = field(default_factory=Counter[str])
    minute: Window = field(default_factory=lambda: Window(60, 60.0))
    day: Window = field(default_factory=lambda: Window(1_000, DAY))


class Ocean:
    """People search and enrichment over synthetic people."""

    name = "ocean"

    def __init__(self, options: SandboxOptions, clock: Callable[[], float]) -> None:
        self._options = options
        self._clock = clock
        self.state = OceanState(Account(options.credits))
        self.endpoints: tuple[Endpoint, ...] = (
            Endpoint("POST", "/v3/search/people", self._limited(self._search)),
            Endpoint("POST", "/v2/enrich/person", self._limited(self._enrich)),
            Endpoint("GET", "/v2/credits/balance", self._balance),
            Endpoint("GET", "/v2/data-fields", self._data_fields),
        )

    def reset(self) -> None:
        self.state = OceanState(Account(self._options.credits))

    def answer(self, call: Call, handler: Handler) -> Response:
        """The handler's answer, if the token is good."""
        return self._refused(call) or handler(call)

    def _refused(self, call: Call) -> Response | None:
        header, query = call.headers.get("x-api-token"), call.query.get("apiToken")
        if header and query:
            return errors.detail(400, errors.TWO_TOKENS)
        token = header or query
        if not token:
            return errors.detail(403, errors.NO_TOKEN)
        if not secrets.compare_digest(token.encode(), self._options.ocean_token.encode()):
            return errors.detail(403, errors.UNKNOWN_TOKEN)
        return None

    def too_many(self, seconds: int) -> Response:
        return errors.detail(429, "Too many requests", {"Retry-After": str(seconds)})

    def failure(self) -> Response:
        return errors.detail(500, "Internal Server Error")

    def missing(self, call: Call) -> Response:
        return errors.detail(404, "Not Found")

    def _limited(self, handler: Handler) -> Handler:
        """Billable routes count against the account's two limits."""

        def limited(call: Call) -> Response:
            now = self._clock()
            windows = (self.state.minute, self.state.day)
            waits = [window.reset_in(now) for window in windows if not window.remaining(now)]
            if waits and self._options.rate_limits:
                return self.too_many(max(waits))
            for window in windows:
                window.count(now)
            return handler(call)

        return limited

    def _search(self, call: Call) -> Response:
        request = _parsed(SearchRequest, call)
        if isinstance(request, Response):
            return request
        if _unknown_people(request):
            return Response(status_code=404)
        try:
            page = search(request, self._clock())
        except ForeignCursorError as error:
            return errors.bad_cursor(str(error), request.search_after)
        tenths = SEARCH_RESULT * len(page.hits)
        if not self.state.account.charge(tenths):
            return errors.detail(402, "Insufficient credits")
        used = {"creditsUsed": tenths / 10} if self._options.credits_used else {}
        return answer(200, {**page.body(request.fields), **used})

    def _enrich(self, call: Call) -> Response:
        request = _parsed(EnrichRequest, call)
        if isinstance(request, Response):
            return request
        if request.person.empty:
            return errors.detail(400, "Empty `person` body")
        entry = find(request)
        if entry is None:
            return errors.detail(404, "No matching record found")
        return self._enriched(request, entry)

    def _enriched(self, request: EnrichRequest, entry: Entry) -> Response:
        asks = self.state.asks[entry.person.id]
        if entry.person.pending and asks < self._options.pending_asks:
            self.state.asks[entry.person.id] += 1
            return errors.detail(201, errors.PENDING)
        ask = json.dumps([entry.person.id, request.wants_phone])
        revealed = reveal(request, entry.person.contact, asked_before=self.state.asks[ask] > 0)
        if not self.state.account.charge(revealed.tenths):
            return errors.detail(402, "Insufficient credits")
        self.state.asks[ask] += 1
        known = {key: value for key, value in entry.document.items() if key != "company"}
        return answer(200, {**known, "email": revealed.email, "phone": revealed.phone})

    def _balance(self, call: Call) -> Response:
        now = self._clock()
        nothing = {"oneTime": 0, "recurrent": 0}
        body = {
            "credits": {"oneTime": self.state.account.credits, "recurrent": 0},
            "emailCredits": nothing,
            "phoneCredits": nothing,
            "dailyLimitRateLeft": self.state.day.remaining(now),
            "dailyLimitRateSecondsToReset": self.state.day.reset_in(now),
        }
        return answer(200, body)

    def _data_fields(self, call: Call) -> Response:
        return answer(200, DATA_FIELDS)


def _unknown_people(request: SearchRequest) -> bool:
    """The vendor's other way to say that nobody matched: 404 with an empty body."""
    wanted = request.people_filters.include_people_ids if request.people_filters else None
    return bool(wanted) and not any(person in index().by_id for person in wanted or ())


def _parsed(model: type[Body], call: Call) -> Body | Response:
    try:
        given = call.json()
        if given is None:
            return errors.no_body()
        return model.model_validate(given, from_attributes=True)
    except InvalidJsonError as error:
        return errors.not_json(error)
    except ValidationError as error:
        return errors.invalid(error)
