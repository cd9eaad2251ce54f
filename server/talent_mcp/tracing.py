"""A span for each request to a vendor, as OpenTelemetry's conventions for HTTP clients name things.

Only its API is used: who wants to see spans adds an SDK and an exporter, and without them a span is nothing.
A span says nothing personal: `url.template` stands for the path, and `url.full`, which the conventions ask for,
is left out. No trace context is sent to a vendor.
Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

import httpx2
from opentelemetry.trace import Span, SpanKind, StatusCode, get_tracer

from talent_mcp import __version__

TRACER = get_tracer("talent-mcp", __version__)
PORTS = {"http": 80, "https": 443}


def request_span(base: httpx2.URL, method: str, path: str, number: int) -> Span:
    """A span of the call's own trace for the request with this number (from 1), whose path is a template."""
    template = base.path.rstrip("/") + path
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "server.address": base.host,
        "server.port": base.port or PORTS[base.scheme],
        "url.template": template,
    }
    if number > 1:
        attributes["http.request.resend_count"] = number - 1
    return TRACER.start_span(f"{method} {template}", kind=SpanKind.CLIENT, attributes=attributes)


def end_span(span: Span, status: int | None, error: str | None) -> None:
    """End it with the answer's status or, where there is none, the name of what happened instead."""
    if status is not None:
        span.set_attribute("http.response.status_code", status)
        if error is None and status >= 400:
            error = str(status)
    if error is not None:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end()
