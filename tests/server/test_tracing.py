"""Spans: one a vendor request, in the client's trace, and nothing in them that identifies a person."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from secrets import randbits
from typing import Any

import anyio
import httpx2
import pytest
from mcp import MCPError
from mcp.types import ResourceTemplateReference
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, Tracer, TracerProvider

from talent_mcp.app import open_house
from tests.houses import KEYS, on_vendor, settings_in
from tests.judge import JudgedClient
from tests.server.upstream.vendors import asking, way
from tests.server.upstream.virtual_time import VIRTUAL_TIME

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
REMOTE = SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, is_remote=True)
"""A span of the client's, which its SDK names in `_meta.traceparent`."""
PERSON = ResourceTemplateReference(type="ref/resource", uri="talent://people/{ocean_id}")
EMPTY_PAGE: dict[str, Any] = {"people": [], "detail": "OK", "total": 0}


class KeptSpan(NonRecordingSpan):
    """A span that remembers what it was told; its `parent` is the span that it was started in."""

    def __init__(self, name: str, kind: SpanKind, parent: SpanContext, attributes: dict[str, Any]) -> None:
        trace_id = parent.trace_id if parent.is_valid else randbits(128)
        super().__init__(SpanContext(trace_id, randbits(64), is_remote=False))
        self.name, self.kind, self.parent, self.attributes = name, kind, parent, attributes
        self.status: StatusCode | None = None
        self.description: str | None = None
        self.ended = 0

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.status, self.description = status, description

    def end(self, end_time: int | None = None) -> None:
        self.ended += 1


class KeepingTracer(Tracer):
    """Keeps spans while `kept` is a list, and makes none otherwise."""

    kept: list[KeptSpan] | None = None

    def start_span(
        self,
        name: str,
        context: Any = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Any = None,
        *_: Any,
        **__: Any,
    ) -> Span:
        parent = trace.get_current_span(context)
        if self.kept is None:
            return NonRecordingSpan(parent.get_span_context())
        span = KeptSpan(name, kind, parent.get_span_context(), dict(attributes or {}))
        self.kept.append(span)
        return span

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **options: Any) -> Generator[Span]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # the API's own decorator is private
        with trace.use_span(self.start_span(name, *args, **options), end_on_exit=True, record_exception=False) as span:
            yield span


class KeepingProvider(TracerProvider):
    """The provider that a user would configure; the API takes one for the life of a process."""

    def __init__(self) -> None:
        self.tracer = KeepingTracer()

    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return self.tracer


PROVIDER = KeepingProvider()


@pytest.fixture
def spans() -> Generator[list[KeptSpan]]:
    if trace.get_tracer_provider() is not PROVIDER:
        trace.set_tracer_provider(PROVIDER)
    kept: list[KeptSpan] = []
    PROVIDER.tracer.kept = kept
    yield kept
    PROVIDER.tracer.kept = None


def to_vendors(spans: list[KeptSpan]) -> list[KeptSpan]:
    return [span for span in spans if "url.template" in span.attributes]


def answer(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json=EMPTY_PAGE)


@pytest.mark.parametrize("era", ERAS)
async def test_a_vendor_request_is_a_child_of_the_span_that_serves_the_clients_call(
    tmp_path: Path, era: str, spans: list[KeptSpan]
) -> None:
    async with (
        open_house(settings_in(tmp_path), KEYS, transport=httpx2.MockTransport(answer)) as house,
        JudgedClient(house.server("memory"), mode=era) as client,
    ):
        await client.call_tool("search_people", {})
    (request,) = to_vendors(spans)
    (serving,) = [span for span in spans if span.name == "tools/call search_people"]
    assert request.parent == serving.get_span_context()
    assert (request.name, request.kind) == ("POST /v3/search/people", SpanKind.CLIENT)
    assert request.attributes == {
        "http.request.method": "POST",
        "server.address": "api.ocean.io",
        "server.port": 443,
        "url.template": "/v3/search/people",
        "http.response.status_code": 200,
    }
    assert (request.status, request.ended) == (None, 1)


@pytest.mark.parametrize("era", ERAS)
async def test_the_trace_is_the_one_that_the_client_names_in_meta(
    tmp_path: Path, era: str, spans: list[KeptSpan]
) -> None:
    async with (
        open_house(settings_in(tmp_path), KEYS, transport=httpx2.MockTransport(answer)) as house,
        JudgedClient(house.server("memory"), mode=era) as client,
    ):
        with trace.use_span(NonRecordingSpan(REMOTE)):
            await client.call_tool("search_people", {})
    (request,) = to_vendors(spans)
    assert request.parent.trace_id == REMOTE.trace_id
    assert request.parent.span_id != REMOTE.span_id


async def test_a_vendor_is_told_nothing_of_the_trace(tmp_path: Path, spans: list[KeptSpan]) -> None:
    headers: list[str] = []

    def vendor(request: httpx2.Request) -> httpx2.Response:
        headers.extend(request.headers)
        return answer(request)

    async with on_vendor(tmp_path, vendor) as on:
        with trace.use_span(NonRecordingSpan(REMOTE)):
            await on.call("search_people")
    assert to_vendors(spans)
    assert headers
    assert not {"traceparent", "tracestate", "baggage"} & set(headers)


async def test_no_identifier_of_a_person_stands_in_any_span(tmp_path: Path, spans: list[KeptSpan]) -> None:
    def vendor(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404, json={"error": "no canary-person-77"})

    async with on_vendor(tmp_path, vendor) as on:
        changes = {"first_name": "Canary-name"}
        await on.client.call_tool("update_stardex_person", {"person_id": "canary-person-77", "changes": changes})
        await on.client.call_tool("enrich_person", {"person": {"email": "canary@ledgerloop.example"}})
        with pytest.raises(MCPError):
            await on.client.read_resource("talent://people/canary-person-77")
        await on.client.complete(PERSON, {"name": "ocean_id", "value": "canary"})
    assert len(to_vendors(spans)) >= 2
    assert any("{" in str(span.attributes["url.template"]) for span in to_vendors(spans))
    told = str([(span.name, span.attributes, span.description) for span in spans]).lower()
    assert "resources/read" in told
    assert "canary" not in told
    assert "ledgerloop" not in told


async def test_an_error_status_is_the_type_of_the_error(tmp_path: Path, spans: list[KeptSpan]) -> None:
    async with on_vendor(tmp_path, lambda _: httpx2.Response(422, json={})) as on:
        await on.refusal("search_people")
    (request,) = to_vendors(spans)
    assert (request.attributes["error.type"], request.attributes["http.response.status_code"]) == ("422", 422)
    assert (request.status, request.ended) == (StatusCode.ERROR, 1)


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME], ids=["virtual time"])
async def test_each_attempt_is_a_span_of_its_own_that_says_which_it_is(spans: list[KeptSpan]) -> None:
    sent = way(
        httpx2.ConnectError("no"),
        httpx2.Response(503),
        httpx2.Response(200, json={}),
        base_url="http://127.0.0.1:8080/ocean/",
    )
    await sent.http.send(asking("read"), sent.trip())
    assert [span.name for span in spans] == ["POST /ocean/v1/things/{id}"] * 3
    assert [span.attributes.get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [span.attributes.get("error.type") for span in spans] == ["ConnectError", "503", None]
    assert [span.attributes.get("http.response.status_code") for span in spans] == [None, 503, 200]
    assert {span.attributes["server.port"] for span in spans} == {8080}


async def test_a_request_that_is_given_up_ends_its_span(spans: list[KeptSpan]) -> None:
    started = anyio.Event()

    async def hang(_: httpx2.Request) -> httpx2.Response:
        started.set()
        await anyio.sleep_forever()
        raise AssertionError("nobody answers")

    sent = way(transport=lambda _: httpx2.MockTransport(hang))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sent.send)
        await started.wait()
        tasks.cancel_scope.cancel()
    (request,) = spans
    assert (request.attributes["error.type"], request.status, request.ended) == ("cancelled", StatusCode.ERROR, 1)
